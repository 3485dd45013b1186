"""How a measurement is told: progress on standard error, the result on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any


def tell(words: str) -> None:
    """Progress, for whoever waits."""
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
