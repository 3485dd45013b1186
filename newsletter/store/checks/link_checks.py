"""How links answered, kept so that nobody is asked twice a day."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from newsletter.domain.link_answers import LinkAnswer, Outcome
from newsletter.store.models import LinkCheck


def known_answers(session: Session, urls: Iterable[str]) -> dict[str, LinkAnswer]:
    """Of any age: how long one counts is not the store's to say."""
    hashes = sorted({_hash(url) for url in urls})
    found: dict[str, LinkAnswer] = {}
    for start in range(0, len(hashes), 500):
        piece = hashes[start : start + 500]
        for row in session.scalars(select(LinkCheck).where(LinkCheck.url_hash.in_(piece))):
            found[row.url] = _answer(row)
    return found


def save_answers(session: Session, answers: Iterable[LinkAnswer]) -> None:
    """In place of earlier ones."""
    rows = {_hash(answer.url): answer for answer in answers}
    if not rows:
        return
    session.execute(delete(LinkCheck).where(LinkCheck.url_hash.in_(sorted(rows))))
    session.execute(
        insert(LinkCheck),
        [
            {
                "url_hash": key,
                "url": answer.url,
                "outcome": answer.outcome.value,
                "checked_at": answer.checked_at,
                "status": answer.status,
                "final_url": answer.final_url,
                "is_permanent": answer.is_permanent,
                "content_type": answer.content_type,
                "length": answer.length,
                "detail": answer.detail,
            }
            for key, answer in sorted(rows.items())
        ],
    )


def _answer(row: LinkCheck) -> LinkAnswer:
    return LinkAnswer(
        url=row.url,
        outcome=Outcome(row.outcome),
        checked_at=row.checked_at,
        status=row.status,
        final_url=row.final_url,
        is_permanent=row.is_permanent,
        content_type=row.content_type,
        length=row.length,
        detail=row.detail,
    )


def _hash(url: str) -> str:
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
