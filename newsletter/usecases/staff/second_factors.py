"""An editor's second factors: what there are, setting up the app, new recovery codes, removal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.second_factors import FactorKind, read_app_code, relying_party
from newsletter.signing import InvalidToken
from newsletter.store.factors import (
    app_of,
    count_recovery_codes,
    delete_app,
    delete_recovery_codes,
    has_second_factor,
    newsletters_requiring_factor,
)
from newsletter.store.models import AppSecret, Passkey, User
from newsletter.store.passkeys import delete_passkeys_of, passkeys_of
from newsletter.store.staff import (
    end_other_sessions,
    end_sessions_of,
    find_user,
    new_stamp,
    user_by_id,
)
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import AccountChange, notify_of_factors
from newsletter.usecases.staff.check_code import STEP_S, matching_step
from newsletter.usecases.staff.confirm import require_confirmed
from newsletter.usecases.staff.editor import Editor, record_for_editor
from newsletter.usecases.staff.password_hashes import require_password
from newsletter.usecases.staff.recovery_codes import make_recovery_codes


@dataclass(frozen=True, slots=True)
class ShownPasskey:
    id: int
    name: str
    added_at: datetime
    used_at: datetime | None
    lost_host: str = ""
    """The host that it belongs to, if our pages are no longer there."""


@dataclass(frozen=True, slots=True)
class Factors:
    """`app_since` is None without an app."""

    app_since: datetime | None
    passkeys: tuple[ShownPasskey, ...]
    codes_left: int
    required_by: tuple[str, ...] = ()
    """The names of the newsletters that close to them without a second factor."""

    @property
    def is_any(self) -> bool:
        return self.count > 0

    @property
    def has_passkey(self) -> bool:
        """One that works here."""
        return any(not one.lost_host for one in self.passkeys)

    @property
    def lost_host(self) -> str:
        """A host that passkeys belong to, and where our pages are no longer. "" without any."""
        return next((one.lost_host for one in self.passkeys if one.lost_host), "")

    @property
    def count(self) -> int:
        return len(self.passkeys) + (self.app_since is not None)


@dataclass(frozen=True, slots=True)
class OfferedApp:
    """`uri` is what the QR code says; `sealed` comes back with the first code."""

    secret: str
    uri: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Added:
    """`codes` are new recovery codes, none where those from before go on."""

    codes: tuple[str, ...]
    outbox_ids: tuple[int, ...]


def list_factors(context: Context, editor: Editor) -> Factors:
    """Their own, and what the last one keeps open."""
    with context.database.read() as session:
        requiring = newsletters_requiring_factor(session, user_by_id(session, editor.id))
    return replace(factors_of(context, editor.id), required_by=tuple(requiring.values()))


def factors_of(context: Context, user_id: int) -> Factors:
    """Of who has shown the first one."""
    with context.database.read() as session:
        app = app_of(session, user_id)
        passkeys = tuple(
            ShownPasskey(one.id, one.name, one.added_at, one.used_at, _lost_host(context, one))
            for one in passkeys_of(session, user_id)
        )
        codes_left = count_recovery_codes(session, user_id)
        return Factors(app.added_at if app else None, passkeys, codes_left)


def _lost_host(context: Context, passkey: Passkey) -> str:
    party = relying_party(context.settings.public_url)
    return "" if party and passkey.host == party.host else passkey.host


def offer_app(context: Context, editor: Editor, sealed: str = "") -> OfferedApp:
    """A new secret, or the one that was offered as `sealed`. Stored once a code of it is right."""
    secret = _opened(context, editor, sealed) if sealed else pyotp.random_base32()
    uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(
        name=editor.address, issuer_name=context.settings.public_host
    )
    sealed = sealed or context.signer.seal_app_secret(editor.id, secret)
    return OfferedApp(secret, uri, sealed)


def add_app(context: Context, editor: Editor, sealed: str, typed: str) -> Added:
    """Raises Unconfirmed, InvalidInput for a wrong code, and Conflict where there is an app."""
    require_confirmed(context, editor)
    secret = _opened(context, editor, sealed)
    step = matching_step(secret, read_app_code(typed), context.now().timestamp())
    if not step:
        raise InvalidInput(
            "Wrong code.",
            advice="Enter the six digits that the app shows now. Its phone’s clock must be right.",
            field="code",
        )
    with context.database.write() as session:
        user_by_id(session, editor.id, lock=True)  # of two factors at once, one is the first
        if app_of(session, editor.id) is not None:
            raise Conflict("You have an authenticator app already.", advice="Remove it first.")
        is_first = not has_second_factor(session, editor.id)
        app = AppSecret(
            user_id=editor.id, sealed=sealed, added_at=context.now(), last_step=step, failures=0
        )
        session.add(app)
        return added(context, session, editor, FactorKind.APP, is_first=is_first)


def added(
    context: Context, session: Session, editor: Editor, kind: FactorKind, *, is_first: bool
) -> Added:
    """What began by the password alone ends: half sign-ins, and with the first factor the sessions
    of other browsers, which would open what requires one.
    """
    user = user_by_id(session, editor.id)
    user.sign_in_stamp = new_stamp()
    record_for_editor(context, session, user, Action.USER_FACTOR_ADDED, kind=kind)
    told = notify_of_factors(context, session, user, AccountChange.FACTOR_ADDED)
    if not is_first:
        return Added((), told)
    end_other_sessions(session, editor.id, editor.session_key)
    return Added(make_recovery_codes(session, user.id), told)


def remove_app(context: Context, editor: Editor, password: str) -> tuple[int, ...]:
    """Returns the outbox rows. Raises Unconfirmed, InvalidInput for a wrong password, NotFound."""
    require_own_password(context, editor, password)
    with context.database.write() as session:
        if not delete_app(session, editor.id):
            raise NotFound("This app was removed already.")
        return removed(context, session, user_by_id(session, editor.id), FactorKind.APP)


def require_own_password(context: Context, editor: Editor, password: str) -> None:
    """Besides a session that is confirmed: neither a copied cookie nor the password is enough."""
    require_confirmed(context, editor)
    with context.database.read() as session:
        stored = user_by_id(session, editor.id).password_hash
    require_password(stored, password, "Enter your own password to remove a second factor.")


def removed(context: Context, session: Session, user: User, kind: FactorKind) -> tuple[int, ...]:
    """Recovery codes go with the last factor that they stand in for."""
    if not has_second_factor(session, user.id):
        delete_recovery_codes(session, user.id)
    record_for_editor(context, session, user, Action.USER_FACTOR_REMOVED, kind=kind)
    return notify_of_factors(context, session, user, AccountChange.FACTOR_REMOVED)


def renew_recovery_codes(context: Context, editor: Editor) -> Added:
    """Those from before are void. Raises Unconfirmed, and Conflict without a second factor."""
    require_confirmed(context, editor)
    with context.database.write() as session:
        if not has_second_factor(session, editor.id):
            raise Conflict("Recovery codes come with a second factor.", advice="Add one first.")
        user = user_by_id(session, editor.id)
        record_for_editor(context, session, user, Action.USER_RECOVERY_CODES_MADE)
        told = notify_of_factors(context, session, user, AccountChange.NEW_RECOVERY_CODES)
        return Added(make_recovery_codes(session, editor.id), told)


def reset_second_factor(context: Context, address: str, principal: Principal) -> tuple[int, ...]:
    """For who has lost all of them: signs them out everywhere, and they sign in without.

    Returns the outbox rows. Raises NotFound, and Conflict where there is nothing to reset.
    """
    require(principal, "reset_second_factor")
    with context.database.write() as session:
        user = find_user(session, address) if address.strip() else None
        if user is None:
            raise NotFound(
                "No editor has this address.",
                advice="Run `newsletter editor list` to see all editors.",
            )
        if not has_second_factor(session, user.id):
            raise Conflict(f"{user.address} has no second factor.")
        delete_app(session, user.id)
        delete_passkeys_of(session, user.id)
        delete_recovery_codes(session, user.id)
        end_sessions_of(session, user.id)
        user.sign_in_stamp = new_stamp()
        record_for_editor(context, session, user, Action.USER_SECOND_FACTOR_RESET, principal)
        return notify_of_factors(context, session, user, AccountChange.FACTOR_REMOVED)


def _opened(context: Context, editor: Editor, sealed: str) -> str:
    try:
        return context.signer.open_app_secret(editor.id, sealed)
    except InvalidToken as error:
        raise InvalidInput(
            "This QR code is no longer good.", advice="Scan the new one.", field="code"
        ) from error
