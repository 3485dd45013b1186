"""Titles and names in our pages: each in its own direction, and none turns what is beside it."""

from __future__ import annotations

import re

from markupsafe import Markup

_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What opens or closes a direction. One that closes too much would reach out of its element."""


def isolated(text: str) -> Markup:
    """The browser finds its direction. What was stored stays as it is."""
    return Markup("<bdi>{}</bdi>").format(_OVERRIDES.sub("", text))
