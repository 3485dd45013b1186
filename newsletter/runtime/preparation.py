"""Runs `prepare` for the supervisor, which never loads the modules that only `prepare` needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from newsletter.domain.errors import Misconfigured
from newsletter.runtime.children import OrphanWatch

NextAnswer = Callable[[], dict[str, Any]]


@contextmanager
def preparing(
    watch: OrphanWatch, environment: Mapping[str, str], *task: str
) -> Iterator[NextAnswer]:
    """Yields a function that waits for the next step of `task` and returns its result.

    That function raises Misconfigured if the step fails. On exit, waits for the process to end.
    """
    with subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", "newsletter.runtime.prepare", *task],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=dict(environment),
        start_new_session=True,
    ) as process:
        watch.add_group(process.pid)
        yield lambda: _next_answer(process)
    watch.remove_group(process.pid)


def _next_answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout is not None else b""
    answer: dict[str, Any] = json.loads(line or "{}")
    if "done" in answer:
        done: dict[str, Any] = answer["done"]
        return done
    raise Misconfigured(
        answer.get("error", "The preparations ended early."),
        advice=answer.get("advice", "They have said why above."),
    )
