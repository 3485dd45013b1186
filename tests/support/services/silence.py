"""A service that falls silent: its processes are stopped, and its connections stay open."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.services.up import descendants_of


@contextmanager
def silent(process_id: int) -> Iterator[None]:
    everyone = [process_id, *descendants_of(process_id)]
    _signal(everyone, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal([*everyone, *descendants_of(process_id)], signal.SIGCONT)


def _signal(process_ids: list[int], number: int) -> None:
    for process_id in process_ids:
        with suppress(ProcessLookupError):
            os.kill(process_id, number)
