"""The last answer of each link, stored so that a link is not asked twice a day."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult
from newsletter.store.models import LinkCheck


def known_answers(session: Session, urls: Iterable[str]) -> dict[str, LinkAnswer]:
    """The stored answers by URL, however old. The caller decides which are too old."""
    hashes = sorted({_hash(url) for url in urls})
    found: dict[str, LinkAnswer] = {}
    for start in range(0, len(hashes), 500):
        piece = hashes[start : start + 500]
        for row in session.scalars(select(LinkCheck).where(LinkCheck.url_hash.in_(piece))):
            found[row.url] = _answer(row)
    return found


def save_answers(session: Session, answers: Iterable[LinkAnswer]) -> None:
    """Replaces earlier answers of the same links."""
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
                "outcome": answer.result.value,
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
        result=LinkResult(row.outcome),
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
