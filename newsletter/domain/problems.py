"""Several problems of one form, reported together, each at its field."""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.domain.errors import InvalidInput

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class InvalidFields(InvalidInput):
    """`problems` maps the name of a field to what is wrong with it; never empty."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        first_field, first_message = next(iter(problems.items()))
        count = len(problems)
        super().__init__(
            first_message,
            advice="" if count == 1 else f"{count - 1} more to fix.",
            field=first_field,
        )
        self.problems = dict(problems)


def raise_problems(problems: Mapping[str, str]) -> None:
    """Does nothing if there are no problems."""
    if problems:
        raise InvalidFields(problems)


def has_control_characters(text: str) -> bool:
    """Including line breaks. None of them may be in a single line or a header."""
    return _CONTROL.search(text) is not None
