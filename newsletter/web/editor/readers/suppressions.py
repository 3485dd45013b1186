"""The addresses that a newsletter does not mail: list, find, add, lift, import and export."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.import_suppressions import SuppressionImport, import_suppressions
from newsletter.usecases.readers.list_suppressions import (
    export_suppressions,
    find_address,
    list_suppressions,
)
from newsletter.usecases.readers.suppress_subscriber import lift_address, suppress_address
from newsletter.web.editor.staff.access import current_principal, require_editor, takes_uploads
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint(
    "suppressions", __name__, url_prefix="/editor/newsletters/<slug>/suppressions"
)
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def suppressions(slug: str) -> str | tuple[str, int]:
    return _page(slug)


@BLUEPRINT.post("/add")
@keeps_text
def add(slug: str) -> BaseResponse | tuple[str, int]:
    address, reason = request.form.get("address", ""), request.form.get("reason", "")
    only = slug if request.form.get("only_here") else None
    try:
        is_new = suppress_address(context(), address, reason, current_principal(), only)
    except InvalidInput as error:
        return _page(slug, action="add", problem=error), 400
    flash("Suppressed." if is_new else "It was already suppressed.", "good")
    return redirect(url_for(".suppressions", slug=slug, q=address.strip()), 303)


@BLUEPRINT.post("/lift")
@keeps_text
def lift(slug: str) -> BaseResponse | tuple[str, int]:
    """The address is typed, whether it is known here or not: a hash can't be lifted by itself."""
    address, reason = request.form.get("address", ""), request.form.get("reason", "")
    is_confirmed = bool(request.form.get("asked_again"))
    try:
        lift_address(
            context(), address, reason, current_principal(), slug, is_confirmed=is_confirmed
        )
    except (InvalidInput, Conflict) as error:
        return _page(slug, action="lift", problem=error), 400
    flash("Lifted. Only they can subscribe again.", "good")
    return redirect(url_for(".suppressions", slug=slug), 303)


@BLUEPRINT.post("/import")
@takes_uploads
def import_list(slug: str) -> str | tuple[str, int]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        problem = InvalidInput("Choose a CSV file.", field="file")
        return _page(slug, action="import", problem=problem), 400
    try:
        lines = io.TextIOWrapper(
            cast("BinaryIO", sent.stream), encoding="utf-8-sig", errors="replace"
        )
        only = slug if request.form.get("only_here") else None
        report = import_suppressions(
            context(), lines, current_principal(), only, why=f"from {sent.filename[:100]}"
        )
        lines.detach()
    except InvalidInput as error:
        return _page(slug, action="import", problem=error), 400
    return _page(slug, report=report)


@BLUEPRINT.get("/export.csv")
def export(slug: str) -> Response:
    pieces = export_suppressions(context(), current_principal(), slug)
    response = Response(stream_with_context(pieces), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}-suppressed.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(
    slug: str,
    *,
    action: str = "",
    problem: InvalidInput | Conflict | None = None,
    report: SuppressionImport | None = None,
) -> str:
    who, search = current_principal(), request.args.get("q", "").strip()[:320]
    profile = show_newsletter(context(), slug, who).profile
    older, reason = request.args.get("older", ""), request.args.get("reason", "")
    search_problem = ""
    older_than = read_id(older)
    wanted = SuppressionReason(reason) if reason in set(SuppressionReason) else None
    page = list_suppressions(context(), who, slug, reason=wanted, older_than=older_than)
    found, next_page = page.suppressions, page.older_than
    if search:
        try:
            found, next_page = find_address(context(), search, who, slug), None
        except InvalidInput as error:
            found, next_page, search_problem = (), None, str(error)
    return render(
        "editor/subscribers/suppressions.html",
        profile=profile,
        found=found,
        older_than=next_page,
        search=search,
        search_problem=search_problem,
        wanted=wanted,
        is_first_page=older_than is None,
        reasons=list(SuppressionReason),
        sources={source.value: source.words for source in SuppressionSource},
        action=action,
        problem=problem,
        given=request.form,
        report=report,
    )
