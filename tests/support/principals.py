"""Who is asking, in tests."""

from __future__ import annotations

from newsletter.domain.staff.principals import Principal


def by(name: str) -> Principal:
    """An administrator of that name, who may do everything."""
    return Principal.administrator(1, name)


EDITOR = by("editor")
"""Where it does not matter who."""
