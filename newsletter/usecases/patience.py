"""Waiting for the database while it is away, where work in hand must not be forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

T = TypeVar("T")

DATABASE_AWAY = (OperationalError, InterfaceError)
RETRY_S = 0.5
PATIENCE_S = 600
"""Then it is given up: what the relay took is in the journal, for whoever recovers it."""


def patiently(transaction: Callable[[], T]) -> T:
    """`transaction` may have been committed when it is called again: the answer can be lost."""
    give_up_at_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return transaction()
        except DATABASE_AWAY:
            if time.monotonic() > give_up_at_s:
                raise
            time.sleep(RETRY_S)
