"""A subscriber's attributes as fields that an editor fills in, and back.

A value that isn't text keeps its kind while what is typed can be read as that kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def attribute_text(value: Any) -> str:
    """As people write it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def attributes_from(fields: Iterable[tuple[str, str]], before: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` are names and values as typed. Those without a name or a value are left out."""
    found: dict[str, Any] = {}
    for typed_name, text in fields:
        name = " ".join(typed_name.split())
        if name and text.strip():
            found[name] = _value(text.strip(), before.get(name, ""))
    return found


def _value(text: str, before: Any) -> Any:
    if isinstance(before, str):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_number = isinstance(value, int | float) and isinstance(before, int | float)
    same = is_number and isinstance(value, bool) == isinstance(before, bool)
    return value if same or type(value) is type(before) else text
