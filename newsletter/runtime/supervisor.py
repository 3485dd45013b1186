"""Keeps child processes running: restarts those that die, with backoff; stops all in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from newsletter import telemetry
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import without_stop
from newsletter.runtime.children import Child, OrphanWatch

CHECK_EVERY_S = 0.1
FIRST_RESTART_DELAY_S = 0.2
LONGEST_RESTART_DELAY_S = 30.0
REACHABLE_AFTER_S = 15.0
STABLE_AFTER_S = 10.0
"""A child that ran this long restarts with the first delay again."""


class StopRequest:
    """Set by SIGINT, SIGTERM and SIGHUP. A second signal, or SIGQUIT, means: stop at once."""

    def __init__(self) -> None:
        self.signals = 0

    @property
    def is_made(self) -> bool:
        return self.signals > 0

    @property
    def is_urgent(self) -> bool:
        return self.signals > 1

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handles signals. Not with an Event: the code we interrupt may hold its lock."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        before = [signal.signal(number, self._on_signal) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: Any) -> None:
        del frame
        self.signals += 2 if number == signal.SIGQUIT else 1


@dataclass
class _Watched:
    child: Child
    delay_s: float = 0.0
    starts_at_s: float | None = None


class Supervisor:
    def __init__(self, stop: StopRequest, watch: OrphanWatch, say: Callable[[str], None]) -> None:
        self._stop = stop
        self._watch = watch
        self._say = say
        self._watched: list[_Watched] = []

    def start(self, child: Child) -> None:
        watched = _Watched(child)
        self._watched.append(watched)
        self._launch(watched)

    def wait_for(self, child: Child, is_ready: Callable[[], bool], patience_s: float) -> None:
        """Waits until `is_ready` or a stop request. Raises Misconfigured if `child` ends first."""
        deadline = time.monotonic() + patience_s
        while not self._stop.is_made and not is_ready():
            if not child.is_running or time.monotonic() > deadline:
                raise Misconfigured(
                    f"The {child.name} process did not start. It {child.exit_description()}.",
                    advice=f"The end of its log, {child.log}:\n{child.log_tail()}",
                )
            time.sleep(0.05)

    def run(self) -> None:
        """Watches the children until a stop request."""
        while not self._stop.is_made:
            for watched in self._watched:
                self._check(watched)
            time.sleep(CHECK_EVERY_S)

    def stop(self, *phases: Sequence[str], patience_s: float) -> bool:
        """Stops the named children, one phase after another. False if some had to be killed."""
        clean = True
        for names in phases:
            children = [w.child for w in self._watched if w.child.name in names]
            clean &= self._stop_together(children, patience_s)
        return clean

    def _check(self, watched: _Watched) -> None:
        if watched.starts_at_s is None and not _is_useful(watched.child):
            self._handle_death(watched)
        elif watched.starts_at_s is not None and time.monotonic() >= watched.starts_at_s:
            self._launch_again(watched)

    def _launch_again(self, watched: _Watched) -> None:
        """A full or read-only disk must not end the others: it is tried again."""
        try:
            self._launch(watched)
        except OSError as error:
            watched.delay_s = _next_delay(watched.delay_s, 0.0)
            watched.starts_at_s = time.monotonic() + watched.delay_s
            name = watched.child.name
            with telemetry.wide_event("child not started", child=name) as event:
                event.add(reason=str(error), restarts_in_s=watched.delay_s)
            self._say(f"The {name} process can't be started ({without_stop(error)}). We try again.")

    def _launch(self, watched: _Watched) -> None:
        watched.starts_at_s = None
        self._watch.add_group(watched.child.start())

    def _handle_death(self, watched: _Watched) -> None:
        child = watched.child
        lived_s = time.monotonic() - child.started_s
        watched.delay_s = _next_delay(watched.delay_s, lived_s)
        how = "can't be reached any more" if child.is_running else child.exit_description()
        with telemetry.wide_event("child died", child=child.name, how=how) as event:
            self._end(child)
            event.add(restarts_in_s=watched.delay_s, lived_s=round(lived_s, 1))
            try:
                child.after_death()
            except Exception as error:  # noqa: BLE001  the other processes must go on
                event.add(error=type(error).__name__, error_text=str(error)[:300])
        self._say(f"The {child.name} process {how}; restarting it. Its log: {child.log}")
        watched.starts_at_s = time.monotonic() + watched.delay_s

    def _stop_together(self, children: list[Child], patience_s: float) -> bool:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + patience_s
        while any(child.is_running for child in children):
            if self._stop.is_urgent or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        clean = not any(child.is_running for child in children)
        for child in children:
            self._end(child)
        return clean

    def _end(self, child: Child) -> None:
        child.end_group()
        if child.process is not None:
            self._watch.remove_group(child.process.pid)


def _is_useful(child: Child) -> bool:
    is_new = time.monotonic() - child.started_s < REACHABLE_AFTER_S
    return child.is_running and (is_new or child.is_reachable())


def _next_delay(last_s: float, lived_s: float) -> float:
    if lived_s > STABLE_AFTER_S or not last_s:
        return FIRST_RESTART_DELAY_S
    return min(last_s * 2, LONGEST_RESTART_DELAY_S)
