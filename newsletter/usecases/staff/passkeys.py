"""Passkeys of an editor: add, remove, sign in with one, and show one as the second factor.

With the user verified by the device (a PIN, a finger, a face) a passkey is both factors.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.errors import Conflict, InvalidInput, Misconfigured, NotFound
from newsletter.domain.staff.second_factors import FactorKind, RelyingParty, relying_party
from newsletter.store.factors import has_second_factor
from newsletter.store.models import Passkey
from newsletter.store.passkeys import (
    delete_passkey,
    passkey_with,
    passkeys_of,
    spend_challenge,
)
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.confirm import mark_confirmed, require_confirmed
from newsletter.usecases.staff.editor import Editor, checked_name
from newsletter.usecases.staff.failed_sign_ins import record_failed_sign_in
from newsletter.usecases.staff.reset_password import MayReset, require_may_reset
from newsletter.usecases.staff.second_factors import (
    Added,
    added,
    removed,
    require_own_password,
)
from newsletter.usecases.staff.second_step import (
    HalfSignedIn,
    require_half_signed_in,
    start_whole_session,
)
from newsletter.usecases.staff.sessions import start_session
from newsletter.usecases.staff.web_authn import (
    PublicKey,
    creation_options,
    credential_id_of,
    refused_passkey,
    request_options,
    verified_count,
    verified_creation,
)

CHALLENGE_LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 20


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a passkey signs, in base64url, and for what. The browser's session keeps it."""

    value: str
    purpose: str
    made_at: datetime

    @property
    def data(self) -> bytes:
        return base64.urlsafe_b64decode(self.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """`options` are JSON for the browser."""

    options: str
    challenge: Challenge


def ask_new_passkey(context: Context, editor: Editor) -> Asked:
    require_confirmed(context, editor)
    challenge = _new_challenge(context, "add")
    with context.database.read() as session:
        known = [one.credential_id for one in passkeys_of(session, editor.id)]
    options = creation_options(_party(context), challenge.data, editor.id, editor.address, known)
    return Asked(options, challenge)


def add_passkey(
    context: Context, editor: Editor, challenge: Challenge, answer: str, name: str
) -> Added:
    """Raises Unconfirmed, InvalidInput, and Conflict where there are too many."""
    require_confirmed(context, editor)
    _require_purpose(context, challenge, "add")
    wanted = checked_name(name) or "Passkey"
    key = verified_creation(_party(context), challenge.data, answer)
    now = context.now()
    with context.database.write() as session:
        user_by_id(session, editor.id, lock=True)  # of two factors at once, one is the first
        if not _spend(context, session, challenge) or passkey_with(session, key.credential_id):
            raise refused_passkey()
        if len(passkeys_of(session, editor.id)) >= MOST_PASSKEYS:
            raise Conflict(f"You have {MOST_PASSKEYS} passkeys.", advice="Remove one first.")
        is_first = not has_second_factor(session, editor.id)
        session.add(
            Passkey(
                user_id=editor.id,
                credential_id=key.credential_id,
                public_key=key.public_key,
                sign_count=key.sign_count,
                name=wanted,
                added_at=now,
                host=_party(context).host,
            )
        )
        return added(context, session, editor, FactorKind.PASSKEY, is_first=is_first)


def remove_passkey(
    context: Context, editor: Editor, passkey_id: int, password: str
) -> tuple[int, ...]:
    """Returns the outbox rows. Raises Unconfirmed, InvalidInput for a wrong password, NotFound."""
    require_own_password(context, editor, password)
    with context.database.write() as session:
        if not delete_passkey(session, editor.id, passkey_id):
            raise NotFound("This passkey was removed already.")
        user = user_by_id(session, editor.id)
        return removed(context, session, user, FactorKind.PASSKEY)


def ask_passkey(context: Context, purpose: str, user_id: int | None = None) -> Asked:
    """Without `user_id` the browser offers what it has, of whichever editor: nobody is named."""
    party, challenge, known = _party(context), _new_challenge(context, purpose), []
    if user_id is not None:
        with context.database.read() as session:
            theirs = passkeys_of(session, user_id)
        known = [one.credential_id for one in theirs if one.host in ("", party.host)]
    options = request_options(party, challenge.data, known, verifies_user=purpose != "second")
    return Asked(options, challenge)


def sign_in_with_passkey(
    context: Context, challenge: Challenge, answer: str, device: str = ""
) -> Editor:
    """Raises InvalidInput."""
    user_id = _check(context, challenge, answer, "sign-in")
    with context.database.write() as session:
        user = user_by_id(session, user_id)
        return start_session(context, session, user, how=FactorKind.PASSKEY, device=device)


def finish_with_passkey(
    context: Context, half: HalfSignedIn, challenge: Challenge, answer: str, device: str = ""
) -> Editor:
    """The second step. Raises InvalidToken and InvalidInput."""
    require_half_signed_in(context, half)
    _check(context, challenge, answer, "second", half.user_id)
    with context.database.write() as session:
        return start_whole_session(context, session, half, FactorKind.PASSKEY, device)


def go_on_with_passkey(
    context: Context, begun: HalfSignedIn, challenge: Challenge, answer: str
) -> MayReset:
    """Before a new password. Raises InvalidToken and InvalidInput."""
    require_may_reset(context, MayReset(begun))
    _check(context, challenge, answer, "second", begun.user_id)
    return MayReset(begun)


def confirm_with_passkey(
    context: Context, editor: Editor, challenge: Challenge, answer: str
) -> None:
    """In place of password and code. Raises InvalidInput."""
    _check(context, challenge, answer, "confirm", editor.id)
    mark_confirmed(context, editor)


def _check(
    context: Context, challenge: Challenge, answer: str, purpose: str, owner: int | None = None
) -> int:
    """Whose passkey has signed the challenge, once. `owner` is whose it must be."""
    try:
        return _checked(context, challenge, answer, purpose, owner)
    except InvalidInput:
        record_failed_sign_in(context, owner, "wrong passkey")
        raise


def _checked(
    context: Context, challenge: Challenge, answer: str, purpose: str, owner: int | None
) -> int:
    _require_purpose(context, challenge, purpose)
    credential_id = credential_id_of(answer)
    with context.database.read() as session:
        found = passkey_with(session, credential_id)
        if found is None or (owner is not None and found.user_id != owner):
            raise refused_passkey()
        key = PublicKey(found.credential_id, found.public_key, found.sign_count)
    count = verified_count(
        _party(context), challenge.data, answer, key, verifies_user=purpose != "second"
    )
    with context.database.write() as session:
        found = passkey_with(session, credential_id, lock=True)
        if found is None or not _spend(context, session, challenge):
            raise refused_passkey()
        if 0 < count <= found.sign_count:  # the key and its copy at once
            raise refused_passkey()
        found.sign_count, found.used_at = count, context.now()
        found.host = _party(context).host
        return found.user_id


def _new_challenge(context: Context, purpose: str) -> Challenge:
    value = base64.urlsafe_b64encode(secrets.token_bytes(33)).decode()
    return Challenge(value, purpose, context.now())


def _require_purpose(context: Context, challenge: Challenge, purpose: str) -> None:
    is_good = timedelta() <= context.now() - challenge.made_at < CHALLENGE_LIFETIME
    if challenge.purpose != purpose or not is_good:
        raise refused_passkey()


def _spend(context: Context, session: Session, challenge: Challenge) -> bool:
    expires_at = challenge.made_at + CHALLENGE_LIFETIME
    return spend_challenge(session, challenge.value, expires_at, context.now())


def _party(context: Context) -> RelyingParty:
    found = relying_party(context.settings.public_url)
    if found is None:
        raise Misconfigured(
            "Passkeys need https and a name.", advice="PUBLIC_URL has no https, or no host name."
        )
    return found
