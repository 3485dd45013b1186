"""Ten codes in case the other factors are lost: shown once, stored as hashes, each good once."""

from __future__ import annotations

import base64
import hashlib
import secrets

from sqlalchemy.orm import Session

from newsletter.domain.staff.second_factors import CODES_AT_ONCE, spelled
from newsletter.store.factors import put_recovery_codes, spend_recovery_code
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import AccountChange, notify_of_factors

_CODE_BYTES = 10


def make_recovery_codes(session: Session, user_id: int) -> tuple[str, ...]:
    """As they are shown. Those from before are void."""
    codes = tuple(_new_code() for _ in range(CODES_AT_ONCE))
    put_recovery_codes(session, user_id, [_digest(user_id, code) for code in codes])
    return tuple(spelled(code) for code in codes)


def try_recovery_code(context: Context, user_id: int, code: str) -> bool:
    """Spends it, and tells the editor. False for one that is unknown or was used."""
    with context.database.write() as session:
        is_good = spend_recovery_code(session, user_id, _digest(user_id, code), context.now())
        if is_good:
            user = user_by_id(session, user_id)
            notify_of_factors(context, session, user, AccountChange.RECOVERY_CODE)
        return is_good


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()


def _digest(user_id: int, code: str) -> str:
    return hashlib.sha256(f"{user_id} {code}".encode()).hexdigest()
