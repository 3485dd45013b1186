"""Retries a transaction while the database is down, so that outcomes in memory are not lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from newsletter import telemetry

T = TypeVar("T")

DATABASE_DOWN = (OperationalError, InterfaceError)
RETRY_S = 0.5
LOG_AGAIN_AFTER_S = 60.0
GIVE_UP_AFTER_S = 600
"""After this the error is raised. The journal keeps the outcomes for recovery."""


def retry_while_database_is_down(transaction: Callable[[], T]) -> T:
    """Returns the result of `transaction`. Raises the error after `GIVE_UP_AFTER_S`.

    `transaction` may be called again after it was committed, because the confirmation can be lost.
    """
    give_up_at_s = time.monotonic() + GIVE_UP_AFTER_S
    log_at_s = 0.0
    while True:
        try:
            return transaction()
        except DATABASE_DOWN as error:
            if time.monotonic() > give_up_at_s:
                raise
            if time.monotonic() > log_at_s:
                log_at_s = time.monotonic() + LOG_AGAIN_AFTER_S
                _log_wait(error)
            time.sleep(RETRY_S)


def _log_wait(error: Exception) -> None:
    with telemetry.wide_event("waiting for the database") as event:
        event.add(
            reason=str(getattr(error, "orig", error))[:300],
            advice="Sending waits and continues when the database accepts writes again. Check that "
            "it is running and that its disk has room.",
        )
