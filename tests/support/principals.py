"""Who is asking, in tests."""

from __future__ import annotations

from newsletter.domain.principals import Principal


def by(name: str) -> Principal:
    """An editor of that name, who may do everything."""
    return Principal.editor(1, name)


EDITOR = by("editor")
"""Where it does not matter who."""
