"""A form that is pressed twice is done once: the second press gets the answer of the first.

Each form carries a key of its own, by the macro `csrf`. The same key with other text in the form is
another press: what was wrong is corrected and sent again.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import file_digest, sha256
from typing import Any, TypeVar

from flask import flash, redirect, request, session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict
from newsletter.web.editor.staff.access import current_editor
from newsletter.web.shell import shell

View = TypeVar("View", bound=Callable[..., Any])

_LONGEST_KEY = 40
_WAIT_S = 5.0
_STEP_S = 0.05


def once(view: View) -> View:
    """For a view that answers with a redirect when it has done what it is for."""

    @wraps(view)
    def pressed(**values: Any) -> Any:
        key = _key()
        return _once(view, values, key) if key else view(**values)

    return pressed  # type: ignore[return-value]


def press_key() -> str:
    """For a form of the page that is made."""
    return secrets.token_urlsafe(12)


def _key() -> str:
    """Of the editor, the form and what is in it; "" for a form without one."""
    given = request.form.get("once", "")[:_LONGEST_KEY]
    if not given:
        return ""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    files = [(name, _digest(file)) for name, file in request.files.items(multi=True)]
    said = json.dumps([current_editor().id, request.path, fields, files])
    return sha256(said.encode()).hexdigest()


def _digest(file: FileStorage) -> str:
    """Of what is in it: a corrected file often has the name of the one before."""
    found = file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(0)
    return found


def _once(view: View, values: Mapping[str, Any], key: str) -> Any:
    """Browsers show the answer to the last press, so that one waits for the first."""
    for _ in range(int(_WAIT_S / _STEP_S)):
        if shell().presses.claim(key):
            return _first(view, values, key)
        if said := shell().presses.answer_to(key):
            return _again(said)
        time.sleep(_STEP_S)
    raise Conflict(
        "You pressed this a moment ago, and it is still being done.",
        advice="Reload the page to see what became of it.",
    )


def _first(view: View, values: Mapping[str, Any], key: str) -> Any:
    presses, flashed = shell().presses, len(session.get("_flashes", []))
    try:
        with presses.held(key):
            answer = view(**values)
    except BaseException:
        presses.release(key)
        raise
    if isinstance(answer, Response) and answer.location:
        said = session.get("_flashes", [])[flashed:]
        presses.answer(key, json.dumps([answer.location, said]))
    else:
        presses.release(key)
    return answer


def _again(said: str) -> Response:
    location, messages = json.loads(said)
    for category, message in messages:
        flash(message, category)
    return redirect(location, 303)
