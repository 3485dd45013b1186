"""Checks a code that was typed as the second factor, and spends it: no code is good twice."""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from math import ceil

import pyotp
from sqlalchemy.orm import Session

from newsletter.domain.errors import InvalidInput, LimitReached, NewsletterError
from newsletter.domain.staff.second_factors import (
    FREE_GUESSES,
    FactorKind,
    read_app_code,
    read_recovery_code,
    wait_after,
)
from newsletter.signing import InvalidToken
from newsletter.store.factors import app_of
from newsletter.store.models import AppSecret
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import AccountChange, notify_of_factors
from newsletter.usecases.staff.recovery_codes import try_recovery_code

STEP_S = 30
_STEPS_OFF = (0, -1, 1)
"""A clock may be half a minute fast or slow."""


def check_code(context: Context, user_id: int, typed: str) -> FactorKind:
    """Which kind it was. Raises InvalidInput, and LimitReached after too many wrong ones."""
    if app_code := read_app_code(typed):
        problem = _try_app_code(context, user_id, app_code)
        if problem is not None:
            raise problem
        return FactorKind.APP
    recovery_code = read_recovery_code(typed)
    if not recovery_code or not try_recovery_code(context, user_id, recovery_code):
        raise _wrong_code()
    return FactorKind.RECOVERY_CODE


def matching_step(secret: str, code: str, now_s: float) -> int:
    """The half minute that the code is for; 0 if it is for none near now."""
    step, app = int(now_s) // STEP_S, pyotp.TOTP(secret, interval=STEP_S)
    near = [step + off for off in _STEPS_OFF]
    found = [one for one in near if compare_digest(app.generate_otp(one), code)]
    return max(found, default=0)


def _try_app_code(context: Context, user_id: int, code: str) -> NewsletterError | None:
    with context.database.read() as session:
        app = app_of(session, user_id)
        sealed = app.sealed if app else ""
    try:
        secret = context.signer.open_app_secret(user_id, sealed)
    except InvalidToken:
        return _wrong_code() if not sealed else _unreadable()
    step = matching_step(secret, code, context.now().timestamp())
    by_newest_key = context.signer.seal_app_secret(user_id, secret)
    with context.database.write() as session:
        app = app_of(session, user_id, lock=True)
        if app is None or app.sealed != sealed:
            return _wrong_code()
        problem = _take_step(context, session, app, step)
        app.sealed = app.sealed if problem else by_newest_key
        return problem


def _take_step(
    context: Context, session: Session, app: AppSecret, step: int
) -> NewsletterError | None:
    """While it is closed a right code is refused as a wrong one is, and neither counts."""
    now = context.now()
    if app.closed_until is not None and now < app.closed_until:
        return _closed(app.closed_until - now)
    if step and step <= app.last_step:
        return InvalidInput(
            "This code has been used.",
            advice="Wait for the app to show the next one.",
            field="code",
        )
    if step:
        app.last_step, app.failures, app.closed_until = step, 0, None
        return None
    app.failures += 1
    wait = wait_after(app.failures)
    if not wait:
        return _wrong_code()
    app.closed_until = now + wait
    if app.failures == FREE_GUESSES:
        user = user_by_id(session, app.user_id)
        notify_of_factors(context, session, user, AccountChange.WRONG_CODES)
    return _closed(wait)


def _wrong_code() -> InvalidInput:
    return InvalidInput(
        "Wrong code.",
        advice="Enter the six digits that your app shows now, or one of your recovery codes.",
        field="code",
    )


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "Codes of your app can't be checked: the keys of this service were replaced.",
        advice="Use a recovery code, then set up the app again on your account page.",
        field="code",
    )


def _closed(wait: timedelta) -> LimitReached:
    minutes = ceil(wait / timedelta(minutes=1))
    long = f"{minutes} minutes" if minutes < 120 else f"{ceil(minutes / 60)} hours"
    return LimitReached(
        "Too many wrong codes.",
        advice=f"Codes of the app work again in {long}. Recovery codes work now.",
        retry_after_s=ceil(wait.total_seconds()),
    )
