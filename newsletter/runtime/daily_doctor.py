"""Lets the doctor look once a day, and then tells what has changed.

It looks in a process of its own: what it loads would stay with us.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

from newsletter.runtime.environment import environment_of
from newsletter.store.operations import beat, last_beat
from newsletter.usecases.context import Context
from newsletter.usecases.operations.tell_faults import tell_faults

EVERY = timedelta(days=1)
_BEAT = "doctor"
COMMAND = (sys.executable, "-m", "newsletter.cli", "doctor", "--json")


class DailyDoctor:
    def __init__(self, context: Context, command: tuple[str, ...] = COMMAND) -> None:
        self._context = context
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def look_when_due(self) -> bool:
        """Begins to look, and waits for nothing. A day after the first call for the first time.

        Call it often: the call after the doctor has ended reports what it found.
        """
        if self._process is not None:
            if self._process.poll() is None:
                return False
            self._process = None
            tell_faults(self._context)
        if not self._context.settings.smtp_url or not self._is_due():
            return False
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            env=os.environ | environment_of(self._context.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        return True

    def _is_due(self) -> bool:
        """Once among all tickers: the row says who looks."""
        now = self._context.now()
        with self._context.database.write() as session:
            last = last_beat(session, _BEAT)
            if last is not None and last > now - EVERY:
                return False
            beat(session, _BEAT, now)
        return last is not None
