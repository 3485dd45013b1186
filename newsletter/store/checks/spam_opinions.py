"""What a spam filter said about an issue, valid until the issue changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.checks.spam_opinions import Opinion
from newsletter.store.models import SpamOpinion


def known_opinion(session: Session, issue_id: int, version: int) -> Opinion | None:
    """None if this version was not scored."""
    row = session.get(SpamOpinion, issue_id)
    if row is None or row.version != version:
        return None
    return Opinion(
        filter=row.filter,
        score=row.score,
        limit=row.acts_from,
        is_spam=row.is_spam,
        is_doubtful=row.is_doubtful,
        symbols=tuple(row.symbols),
    )


def save_opinion(
    session: Session, issue_id: int, version: int, opinion: Opinion, now: datetime
) -> None:
    """Replaces an earlier opinion about this issue."""
    session.merge(
        SpamOpinion(
            issue_id=issue_id,
            version=version,
            asked_at=now,
            filter=opinion.filter,
            score=opinion.score,
            acts_from=opinion.limit,
            is_spam=opinion.is_spam,
            is_doubtful=opinion.is_doubtful,
            symbols=list(opinion.symbols),
        )
    )
