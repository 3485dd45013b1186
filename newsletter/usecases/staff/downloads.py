"""Writes down who took data out of the service. Before its first byte leaves."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.usecases.context import Context


def record_download(
    context: Context, who: Principal, action: Action, newsletter_id: int | None, **facts: str
) -> None:
    """None is the whole server."""
    of = {} if newsletter_id is None else {"newsletter_id": newsletter_id}
    with context.database.write() as session:
        record_event(
            session,
            at=context.now(),
            who=who,
            action=action,
            subject_id=newsletter_id or 0,
            facts={**of, **facts},
        )
