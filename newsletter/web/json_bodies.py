"""The body of a request in JSON, read strictly: each value is what it should be, or a 400."""

from __future__ import annotations

import json
from typing import Any

from flask import request

from newsletter.domain.errors import InvalidInput
from newsletter.web.shell import HIGHEST_ID

MOST_TEXTS = 20


class JsonBody:
    """Raises InvalidInput for whatever is not as it is asked for."""

    def __init__(self, *known: str) -> None:
        """`known` are the names that it may have."""
        self._values = json_object()
        if unknown := sorted(self._values.keys() - set(known)):
            raise InvalidInput(f"There is no “{unknown[0][:40]}” here.")

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, most: int = 100) -> str:
        value = self._values.get(name, "")
        if not isinstance(value, str) or len(value) > most or not _is_text(value):
            raise InvalidInput(f"“{name}” must be a text of at most {most} characters.", field=name)
        return value

    def texts(self, name: str) -> dict[str, str]:
        value = self._values.get(name, {})
        if not isinstance(value, dict) or len(value) > MOST_TEXTS:
            raise InvalidInput(f"“{name}” must have texts by field.", field=name)
        for field, text in value.items():
            if not (isinstance(text, str) and _is_text(text) and _is_text(field)):
                raise InvalidInput(f"“{name}” must have texts by field.", field=name)
        return value

    def row_id(self, name: str) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if type(value) is not int or not 0 < value <= HIGHEST_ID:
            raise InvalidInput(f"“{name}” must be an id.", field=name)
        return value


def json_object() -> dict[str, Any]:
    """The body as it is. Raises InvalidInput."""
    if not request.is_json:
        raise InvalidInput("Send JSON.")
    try:
        values = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is not JSON.") from error
    if not isinstance(values, dict):
        raise InvalidInput("Send an object.")
    return values


def _is_text(value: str) -> bool:
    """Half of a surrogate pair can be stored nowhere."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
