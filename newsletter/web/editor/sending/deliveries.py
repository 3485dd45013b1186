"""The deliveries to one subscriber, found by address or from their page."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import NotFound
from newsletter.usecases.sending.show_deliveries import (
    NOT_A_READER,
    find_by_address,
    show_deliveries,
)
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint(
    "editor_deliveries",
    __name__,
    url_prefix="/editor/deliveries",
)
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def look_up() -> str:
    return render("editor/deliveries_look_up.html", address="", problem=None)


@BLUEPRINT.post("")
def find() -> Response | tuple[str, int]:
    """By POST, so that no address ends up in a log or a history."""
    address = request.form.get("address", "")
    try:
        subscriber_id = find_by_address(context(), address, current_principal())
    except NotFound as error:
        page = render("editor/deliveries_look_up.html", address=address, problem=error)
        return page, 404
    return redirect(url_for(".show", subscriber_id=subscriber_id), 303)


@BLUEPRINT.get("/<int:subscriber_id>")
def show(subscriber_id: int) -> str:
    older = request.args.get("older", "")
    before = read_id(older)
    ledger = show_deliveries(context(), subscriber_id, current_principal(), before=before)
    return render("editor/deliveries.html", ledger=ledger, not_a_reader=NOT_A_READER)
