"""Sessions of editors: each browser's is a row, and ends with it. A cookie alone lets nobody in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import NotFound
from newsletter.domain.staff.origins import Origin
from newsletter.store import staff
from newsletter.store.models import User, UserSession
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import notify_of_new_device
from newsletter.usecases.staff.devices import is_device_of
from newsletter.usecases.staff.editor import Editor, editor_of, record_for_editor

SEEN_EVERY = timedelta(minutes=5)
"""How exactly we know when a session was last used. Each time is a write transaction."""


def start_session(
    context: Context, session: Session, user: User, *, how: str, device: str
) -> Editor:
    """`device` is the token of a browser that an editor has signed in with before, "" for none."""
    is_new_device = user.signed_in_at is not None and not is_device_of(context, device, user.id)
    outbox_ids = notify_of_new_device(context, session, user) if is_new_device else ()
    user.signed_in_at = context.now()
    user.sign_in_stamp = staff.new_stamp()
    record_for_editor(context, session, user, Action.USER_SIGNED_IN, how=how)
    key = staff.add_session(session, user.id, context.now(), context.origin())
    return editor_of(session, user, key, outbox_ids)


def find_signed_in(context: Context, user_id: int, session_key: str) -> Editor | None:
    """None once the session has ended: signed out, a new password, too old, or unused too long."""
    now, settings = context.now(), context.settings
    with context.database.read() as session:
        found = staff.find_session(session, user_id, session_key)
        if found is None:
            return None
        user, signed_in = found
        is_too_old = now - signed_in.started_at >= settings.session_lifetime
        if is_too_old or now - signed_in.seen_at >= settings.session_idle_lifetime:
            return None
        editor = editor_of(session, user, session_key)
    if now - signed_in.seen_at >= SEEN_EVERY:
        _mark_seen(context, session_key)
    return editor


def sign_out(context: Context, editor: Editor) -> None:
    """Ends this session: a copy of its cookie lets nobody in any more."""
    with context.database.write() as session:
        if staff.end_session(session, editor.session_key):
            user = staff.user_by_id(session, editor.id)
            record_for_editor(context, session, user, Action.USER_SIGNED_OUT)


def sign_out_everywhere(context: Context, user_id: int) -> None:
    with context.database.write() as session:
        user = staff.user_by_id(session, user_id)
        user.sign_in_stamp = staff.new_stamp()
        staff.end_sessions_of(session, user_id)
        record_for_editor(context, session, user, Action.USER_SIGNED_OUT_EVERYWHERE)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """`reference` names it in a form: its key lets people in, and stays in its cookie."""

    reference: str
    started_at: datetime
    seen_at: datetime
    is_this: bool
    origin: Origin
    """Where it was used last."""


def list_sessions(context: Context, editor: Editor) -> list[OpenSession]:
    """One's own, as far as they still let anyone in. The one that was used last first."""
    now, settings = context.now(), context.settings
    with context.database.read() as session:
        return [
            OpenSession(
                _reference(one),
                one.started_at,
                one.seen_at,
                one.key == editor.session_key,
                Origin(one.origin_address or "", one.origin_device or ""),
            )
            for one in staff.sessions_of(session, editor.id)
            if now - one.started_at < settings.session_lifetime
            and now - one.seen_at < settings.session_idle_lifetime
        ]


def end_own_session(context: Context, editor: Editor, reference: str) -> None:
    """Its browser is signed out with its next request. Raises NotFound."""
    with context.database.write() as session:
        found = [
            one.key
            for one in staff.sessions_of(session, editor.id)
            if compare_digest(_reference(one), reference)
        ]
        if not found:
            raise NotFound("This session has ended already.")
        staff.end_session(session, found[0])
        user = staff.user_by_id(session, editor.id)
        record_for_editor(context, session, user, Action.USER_SIGNED_OUT)


def end_own_other_sessions(context: Context, editor: Editor) -> int:
    """All but the one that asks. How many there were."""
    with context.database.write() as session:
        ended = staff.end_other_sessions(session, editor.id, editor.session_key)
        user = staff.user_by_id(session, editor.id)
        record_for_editor(context, session, user, Action.USER_SIGNED_OUT_EVERYWHERE)
        return ended


def delete_ended_sessions(context: Context) -> int:
    """Rows of sessions that are too old to let anybody in. For the ticker, now and then."""
    now, settings = context.now(), context.settings
    with context.database.write() as session:
        return staff.end_old_sessions(
            session, now - settings.session_lifetime, now - settings.session_idle_lifetime
        )


def _reference(one: UserSession) -> str:
    return sha256(one.key.encode()).hexdigest()[:32]


def _mark_seen(context: Context, session_key: str) -> None:
    """A database that can be read only must not keep editors from its pages."""
    with suppress(DBAPIError), context.database.write() as session:
        staff.mark_session_seen(session, session_key, context.now(), context.origin())
