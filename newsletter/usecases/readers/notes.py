"""Notes that editors write about a subscriber, part of what is known of the person."""

from __future__ import annotations

from sqlalchemy import delete

from newsletter.domain.errors import InvalidInput
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import SubscriberNote
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import load_subscriber

LONGEST_NOTE = 2000


def add_note(
    context: Context, slug: str, subscriber_id: int, text: str, principal: Principal
) -> None:
    """Raises InvalidInput, NotFound, and Conflict once the person is erased."""
    require_for_newsletter(context, principal, "add_note", slug)
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST_NOTE:
        raise InvalidInput(f"Write a note of at most {LONGEST_NOTE} characters.", field="note")
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        _ = reader.address
        session.add(
            SubscriberNote(
                newsletter_id=reader.newsletter.id,
                subscriber_id=subscriber_id,
                text=said,
                at=context.now(),
                by=principal.name,
            )
        )


def delete_note(
    context: Context, slug: str, subscriber_id: int, note_id: int, principal: Principal
) -> None:
    """One that is gone is no error."""
    require_for_newsletter(context, principal, "delete_note", slug)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id)
        session.execute(
            delete(SubscriberNote).where(
                SubscriberNote.id == note_id,
                SubscriberNote.subscriber_id == subscriber_id,
                SubscriberNote.newsletter_id == reader.newsletter.id,
            )
        )
