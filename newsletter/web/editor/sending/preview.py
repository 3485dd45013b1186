"""The preview of an issue, and tests of it."""

from __future__ import annotations

import re

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.sending.send_test import send_test
from newsletter.web.editor.issues.previews import frame
from newsletter.web.editor.sending.pages import preview_page
from newsletter.web.editor.staff.access import current_editor, current_principal
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, wakeups

_BETWEEN = re.compile(r"[\s,;]+")


def preview(issue_id: int) -> str:
    return preview_page(issue_id)


def preview_frame(issue_id: int) -> Response:
    return frame(preview_issue(context(), issue_id, current_principal()))


@once
def test(issue_id: int) -> BaseResponse | tuple[str, int]:
    """To the addresses that were typed, or to the editor alone."""
    typed = request.form.get("addresses", "")
    addresses = [one for one in _BETWEEN.split(typed) if one]
    try:
        outbox_ids = send_test(context(), issue_id, current_principal(), addresses)
    except (InvalidInput, Misconfigured) as error:
        return preview_page(issue_id, error, typed), 400
    wakeups().outbox(outbox_ids)
    to = addresses or [current_editor().address]
    whom = to[0] if len(outbox_ids) == 1 else f"{len(outbox_ids)} addresses"
    where = " It arrives in the sandbox inbox." if context().settings.is_sandboxed else ""
    flash(f"A test is on its way to {whom}.{where}", "good")
    return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
