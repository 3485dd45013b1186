"""A limit of processor time, which other programs on the machine don't use up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def processor_time(limit_s: float, what: str) -> Iterator[None]:
    """Python looks for signals in the midst of a match."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError(what)

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
