"""The figures of a report, kept once its issue has ended, so that no look waits for a large ledger.

Whether readers still get issues changes afterwards, so copies that can be sent again are counted
for each look, among those that were not taken.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.store.clicks.edition_domains import DomainCount
from newsletter.store.models import Edition, EditionFigures, Issue
from newsletter.store.sending.issue_figures import Figures, figures_of
from newsletter.store.sending.resends import Ended, count_resendable, resendable_copies
from newsletter.store.upserts import insert_of

LARGE = 1000
"""Up to this many copies are always counted, however slow the machine is just now."""
MOST_NAMED = 10_000
"""Of more that were not taken, those who still get issues are counted with the rest."""
_ENDED = (IssueState.SENT, IssueState.CANCELLED)


def editions_to_keep(session: Session, ended_since: datetime) -> list[int]:
    """The large ones that ended since then, or whose figures are not kept."""
    kept = EditionFigures.ended_at == Issue.state_at
    found = (
        select(Edition.id)
        .join(Issue, Issue.id == Edition.issue_id)
        .outerjoin(EditionFigures, (EditionFigures.edition_id == Edition.id) & kept)
        .where(Issue.state.in_(_ENDED), Edition.active_at_freeze > LARGE)
        .where(or_(EditionFigures.edition_id.is_(None), Issue.state_at >= ended_since))
        .order_by(Edition.frozen_at.desc())
    )
    return list(session.scalars(found))


@dataclass(frozen=True, slots=True)
class Counted:
    """`ended_at` says which end of the issue they are of; `named` are those that can be sent again,
    None if they are too many to be named.
    """

    ended_at: datetime
    figures: Figures
    named: list[int] | None


def count_figures(session: Session, edition_id: int) -> Counted:
    edition = session.get_one(Edition, edition_id)
    issue = session.get_one(Issue, edition.issue_id)
    until = issue.sent_at or issue.state_at
    found = figures_of(session, edition_id, edition.frozen_at, until, issue.state_at)
    named = resendable_copies(session, edition_id, found.resendable, MOST_NAMED)
    return Counted(issue.state_at, found, named)


def keep_figures_of(session: Session, edition_id: int, counted: Counted) -> None:
    values = {"ended_at": counted.ended_at, "figures": _to_json(counted)}
    statement = insert_of(session, EditionFigures).values(edition_id=edition_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["edition_id"], set_=values))


def kept_figures(session: Session, edition_id: int, ended_at: datetime) -> Figures | None:
    """None if they were not counted since the issue ended last."""
    row = session.get(EditionFigures, edition_id)
    if row is None or row.ended_at != ended_at:
        return None
    found, named = _from_json(row.figures), row.figures["named"]
    if named is None:
        return found
    return replace(
        found, resendable=count_resendable(session, edition_id, found.resendable, named)[0]
    )


def count_again(session: Session, edition_id: int) -> None:
    """A copy was accepted after the issue had ended."""
    session.execute(delete(EditionFigures).where(EditionFigures.edition_id == edition_id))


def _to_json(counted: Counted) -> dict[str, Any]:
    found = counted.figures
    return {
        "by_state": found.by_state,
        "held": found.held,
        "held_since": found.held_since and found.held_since.isoformat(),
        "not_taken": list(found.not_taken),
        "resendable": {kind.value: copies for kind, copies in found.resendable.items()},
        "accepted_at": [[at.isoformat(), copies] for at, copies in found.accepted_at.items()],
        "domains": [asdict(one) for one in found.domains],
        "are_domains_exact": found.are_domains_exact,
        "named": counted.named,
    }


def _from_json(kept: dict[str, Any]) -> Figures:
    held_since = kept["held_since"]
    return Figures(
        by_state=kept["by_state"],
        held=kept["held"],
        held_since=datetime.fromisoformat(held_since) if held_since else None,
        not_taken=tuple(kept["not_taken"]),
        resendable={Ended(kind): copies for kind, copies in kept["resendable"].items()},
        accepted_at={datetime.fromisoformat(at): copies for at, copies in kept["accepted_at"]},
        domains=tuple(DomainCount(**one) for one in kept["domains"]),
        are_domains_exact=kept["are_domains_exact"],
    )
