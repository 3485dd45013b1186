"""Who gets an issue: the form of its conditions, and the sentence that counts them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import request

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.audiences import Audience, Kind
from newsletter.usecases.sending.audience import count_audience
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.shell import context, render

_BETWEEN_TAGS = re.compile(r"[,\r\n]+")
_LISTS = {
    Kind.TAG: _BETWEEN_TAGS,
    Kind.NO_TAG: _BETWEEN_TAGS,
    Kind.ATTRIBUTE: re.compile(r"[\r\n]+"),
}
"""Kinds whose values are typed into one field, and what separates them."""


def count(issue_id: int) -> str:
    """The piece of the page that says how many, while the editor chooses."""
    try:
        shown = count_audience(context(), issue_id, typed_pairs(), current_principal())
    except InvalidInput as error:
        return render("editor/audience_piece.html", words="", problem=error)
    return render("editor/audience_piece.html", words=shown.words, problem=None)


def typed_pairs() -> list[tuple[str, str]]:
    if request.form.get("who") == "everyone":
        return []
    return [
        (kind.value, value)
        for kind in Kind
        for text in request.form.getlist(kind.value)
        for value in (_LISTS[kind].split(text) if kind in _LISTS else [text])
    ]


def typed_values() -> Mapping[str, str]:
    return {kind.value: "\n".join(request.form.getlist(kind.value)) for kind in Kind}


def values_of(audience: Audience) -> Mapping[str, str]:
    """For the fields of the form, by kind."""
    return {
        kind.value: ("\n" if kind not in (Kind.TAG, Kind.NO_TAG) else ", ").join(
            audience.values(kind)
        )
        for kind in Kind
    }
