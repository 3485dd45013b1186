"""The first start: something to sign up for, and a way in for the first editor."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.newsletters.newsletter import FIRST_UNDO_MINUTES
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import record_event
from newsletter.store.models import Newsletter, User
from newsletter.store.newsletters import all_newsletters
from newsletter.store.roles import own_new_newsletter
from newsletter.store.staff import add_user, all_users, has_editor_with_password
from newsletter.usecases.context import Context
from newsletter.usecases.staff.sign_in_link import sign_in_link

FIRST_SLUG = "news"
FIRST_NAME = "My newsletter"
SANDBOX_SENDER = "news@example.org"
"""Only the sandbox can take mail from it; a real relay needs a real sender."""


@dataclass(frozen=True, slots=True)
class FirstStart:
    """`sign_in_url` is None once an editor has chosen a password; it works for `sign_in_expiry`."""

    sign_in_url: str | None
    made_newsletter: bool


def prepare_first_start(context: Context) -> FirstStart:
    """Creates only what is missing. Can be called at every start."""
    with context.database.write() as session:
        made = not all_newsletters(session)
        user = None if has_editor_with_password(session) else _first_user(context, session)
        if made:
            _make_first_newsletter(context, session)
        url = sign_in_link(context, user) if user else None
    return FirstStart(sign_in_url=url, made_newsletter=made)


def _make_first_newsletter(context: Context, session: Session) -> None:
    """It has no postal address: people can sign up at once, but no issue goes out before that."""
    newsletter = Newsletter(
        slug=FIRST_SLUG,
        name=FIRST_NAME,
        sender_name=FIRST_NAME,
        sender_address="" if context.settings.smtp_url else SANDBOX_SENDER,
        list_label=FIRST_SLUG,
        undo_minutes=FIRST_UNDO_MINUTES,
        created_at=context.now(),
    )
    session.add(newsletter)
    session.flush()
    own_new_newsletter(session, newsletter, SYSTEM, context.now())
    record_event(
        session,
        at=context.now(),
        who=SYSTEM,
        action=Action.NEWSLETTER_CREATED,
        subject_id=newsletter.id,
    )


def _first_user(context: Context, session: Session) -> User:
    users = all_users(session)
    return (
        users[0]
        if users
        else add_user(session, address="", now=context.now(), is_administrator=True)
    )
