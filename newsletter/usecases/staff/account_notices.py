"""Mails that tell an editor what was done to their account, in case it was not them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import User
from newsletter.store.outbox import add_to_outbox
from newsletter.usecases.context import Context


class AccountChange(StrEnum):
    """What the notice is about; also the beginning of the names of its words."""

    NEW_DEVICE = "new_device"
    NEW_PASSWORD = "new_password"  # noqa: S105  not a secret
    NEW_ADDRESS = "new_address"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODE = "recovery_code"
    NEW_RECOVERY_CODES = "recovery_code_new"
    WRONG_CODES = "wrong_codes"


def notify_of_new_device(context: Context, session: Session, user: User) -> tuple[int, ...]:
    return _notify(context, session, user, AccountChange.NEW_DEVICE, user.address)


def notify_of_factors(
    context: Context, session: Session, user: User, change: AccountChange
) -> tuple[int, ...]:
    """A second factor was added or removed, stood in for, or guessed at."""
    return _notify(context, session, user, change, user.address)


def notify_of_changes(
    context: Context, session: Session, user: User, old_address: str, *, is_new_password: bool
) -> tuple[int, ...]:
    """To the address from before: someone who took the account may have changed that as well."""
    changes = [AccountChange.NEW_PASSWORD] if is_new_password else []
    if user.address != old_address:
        changes.append(AccountChange.NEW_ADDRESS)
    found = (_notify(context, session, user, change, old_address) for change in changes)
    return tuple(outbox_id for ids in found for outbox_id in ids)


def _notify(
    context: Context, session: Session, user: User, change: AccountChange, address: str
) -> tuple[int, ...]:
    """None for the first editor, who has no address until the account is set up."""
    if not address:
        return ()
    outbox_id = add_to_outbox(
        session,
        OutboxKind.ACCOUNT_CHANGE,
        now=context.now(),
        expires_at=context.now() + context.settings.outbox_expiry,
        user_id=user.id,
        payload={"change": change, "address": address},
    )
    return (outbox_id,)
