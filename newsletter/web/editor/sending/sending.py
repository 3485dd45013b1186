"""The addresses of an issue that is sent, from the preview to the report, and their rooms."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue

from newsletter.domain.errors import Conflict
from newsletter.web.editor.sending import audience, before, control, preview
from newsletter.web.editor.sending.pages import show_where_it_stands
from newsletter.web.editor.staff.access import require_editor

BLUEPRINT = Blueprint(
    "editor_sending",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>",
)
require_editor(BLUEPRINT)
BLUEPRINT.register_error_handler(Conflict, show_where_it_stands)

_PAGES: dict[str, Callable[..., ResponseReturnValue]] = {
    "/preview": preview.preview,
    "/preview/mail.html": preview.preview_frame,
    "/send": before.send,
    "/send-now": before.confirm_send,
    "/undo": before.undo_piece,
    "/progress": control.progress,
    "/cancel": control.confirm_cancel,
}
_FORMS: dict[str, Callable[..., ResponseReturnValue]] = {
    "/test": preview.test,
    "/audience": before.choose,
    "/audience/count": audience.count,
    "/schedule": before.schedule,
    "/unschedule": before.unschedule,
    "/send-now": before.start_sending,
    "/again": control.send_again,
    "/leave-uncertain": control.leave_uncertain,
    "/pause": control.pause,
    "/resume": control.resume,
    "/cancel": control.cancel,
}
for method, views in (("GET", _PAGES), ("POST", _FORMS)):
    for path, view in views.items():
        BLUEPRINT.add_url_rule(path, view_func=view, methods=[method])
