"""The calendar: what is planned, as a month and as a list."""

from __future__ import annotations

from flask import Blueprint, request

from newsletter.domain.sending.calendars import month_of
from newsletter.usecases.sending.show_calendar import show_calendar
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_calendar", __name__, url_prefix="/editor/calendar")
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def calendar() -> str:
    today = context().now().date()
    month = month_of(request.args.get("month", ""), today)
    shown = show_calendar(context(), month, current_principal())
    return render(
        "editor/calendar.html",
        calendar=shown,
        month=month,
        weeks=month.weeks(shown.planned),
        listed=[one for one in shown.planned if one.local.date().replace(day=1) == month.first],
        today=today,
    )
