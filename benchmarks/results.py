"""Reports a measurement: progress on standard error, the result on standard output."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from typing import Any


class Lacking(Exception):
    """Something that a measurement needs is not on this machine."""


def guarded(main: Callable[[], int]) -> int:
    """The exit status; 2 if something is missing, with a message."""
    # A signal must not leave servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return main()
    except Lacking as lacking:
        tell(f"This can't be measured here: {lacking}")
        return 2


def tell(words: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def finish(name: str, result: dict[str, Any], *, is_json: bool, is_good: bool) -> int:
    """Prints the result and returns the exit status."""
    if is_json:
        print(json.dumps({"benchmark": name, "is_good": is_good, **result}, indent=2))
    else:
        width = max(map(len, result))
        print(f"{name}: {'as it should be' if is_good else 'NOT AS IT SHOULD BE'}")
        for key, value in result.items():
            print(f"  {key.replace('_', ' '):{width}}  {_text(value)}")
    return 0 if is_good else 1


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
