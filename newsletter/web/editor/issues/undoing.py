"""Says that something was deleted, with a button that brings it back: on the next page, until one
leaves it.
"""

from __future__ import annotations

from typing import Any

from flask import flash, url_for


def offer_undo(words: str, slug: str, kind: str, thing_id: int) -> None:
    undo = url_for("editor_versions.undelete", slug=slug, kind=kind, thing_id=thing_id)
    said: Any = {"words": words, "undo": undo}  # the session keeps JSON
    flash(said, "good")
