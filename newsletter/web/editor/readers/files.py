"""Imports a CSV of subscribers after a check, and exports one."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.audiences import Kind
from newsletter.domain.readers.subscriber_rows import EXPORT_COLUMNS, LeftOut
from newsletter.reading.subscriber_lists.choices import ListQuestion
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.export_subscribers import (
    as_csv,
    export_subscribers,
    left_out_as_csv,
)
from newsletter.usecases.readers.import_subscribers import (
    ImportReport,
    check_import,
    import_subscribers,
)
from newsletter.usecases.readers.preview_list import preview_list
from newsletter.usecases.readers.stage_upload import (
    StagedUpload,
    choose_for_upload,
    delete_upload,
    open_upload,
    stage_upload,
)
from newsletter.usecases.readers.take_rows import Source
from newsletter.web.editor.readers.filters import read_columns, read_filter
from newsletter.web.editor.readers.list_choices import chosen, words_of
from newsletter.web.editor.staff.access import current_principal, require_editor, takes_uploads
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint(
    "subscriber_files",
    __name__,
    url_prefix="/editor/newsletters/<slug>/subscribers",
)
require_editor(BLUEPRINT)

_HIGHEST_ID = 2**63 - 1


@BLUEPRINT.get("/export.csv")
def export(slug: str) -> Response:
    """What the list shows: its filter, and its columns if they are named."""
    wanted = read_filter()
    columns = read_columns(request.args.getlist("col")) if "col" in request.args else None
    pieces = export_subscribers(
        context(), slug, current_principal(), wanted, columns or EXPORT_COLUMNS
    )
    state = "-".join(wanted.audience.values(Kind.STATE))
    return _download(stream_with_context(pieces), f"{slug}-{state or 'subscribers'}.csv")


@BLUEPRINT.get("/import")
def choose(slug: str) -> str:
    return _choose_page(slug)


@BLUEPRINT.post("/import")
@takes_uploads
@once
def upload(slug: str) -> BaseResponse | tuple[str, int]:
    consent = request.form.get("consent", "")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        problem = InvalidInput("Choose a CSV file.", field="file")
        return _choose_page(slug, consent=consent, problem=problem), 400
    source = Source(consent, sent.filename)
    try:
        stream = cast("BinaryIO", sent.stream)
        upload_id = stage_upload(context(), slug, stream, source, current_principal())
    except InvalidInput as error:
        return _choose_page(slug, consent=consent, problem=error), 400
    return redirect(url_for(".check", slug=slug, upload_id=upload_id), 303)


@BLUEPRINT.get("/import/<int:upload_id>")
def check(slug: str, upload_id: int) -> str:
    with open_upload(context(), slug, min(upload_id, _HIGHEST_ID), current_principal()) as kept:
        return _check_page(slug, kept)


@BLUEPRINT.post("/import/<int:upload_id>/read")
def read(slug: str, upload_id: int) -> BaseResponse | tuple[str, int]:
    """How the file is to be read; then it is checked again."""
    with open_upload(context(), slug, min(upload_id, _HIGHEST_ID), current_principal()) as kept:
        try:
            choices = chosen(request.form, kept.source.choices)
            choose_for_upload(context(), slug, kept.id, choices, current_principal())
        except InvalidInput as problem:
            return _check_page(slug, kept, problem), 400
    return redirect(url_for(".check", slug=slug, upload_id=upload_id), 303)


@BLUEPRINT.get("/import/<int:upload_id>/left-out.csv")
def left_out(slug: str, upload_id: int) -> Response:
    rows: list[LeftOut] = []
    with open_upload(context(), slug, min(upload_id, _HIGHEST_ID), current_principal()) as kept:
        check_import(
            context(),
            slug,
            kept.file,
            current_principal(),
            rows.append,
            choices=kept.source.choices,
            file_name=kept.source.file_name,
        )
    text = as_csv([("line", "address", "reason")]) + left_out_as_csv(rows)
    return _download(text, f"{slug}-left-out.csv")


@BLUEPRINT.post("/import/<int:upload_id>")
def take(slug: str, upload_id: int) -> BaseResponse:
    """Can be repeated or resumed. Nobody is added twice."""
    with open_upload(context(), slug, min(upload_id, _HIGHEST_ID), current_principal()) as kept:
        try:
            report = import_subscribers(
                context(), slug, kept.file, kept.source, current_principal()
            )
        except ListQuestion:
            return redirect(url_for(".check", slug=slug, upload_id=upload_id), 303)
    delete_upload(context(), slug, kept.id, current_principal())
    flash(_words(report), "good")
    return redirect(url_for("subscribers.subscribers", slug=slug), 303)


def _choose_page(slug: str, consent: str = "", problem: InvalidInput | None = None) -> str:
    return render(
        "editor/subscribers/import.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        consent=consent,
        problem=problem,
    )


def _check_page(slug: str, kept: StagedUpload, problem: InvalidInput | None = None) -> str:
    preview = preview_list(context(), slug, kept.file, kept.source, current_principal())
    return render(
        "editor/subscribers/check.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        kept=kept,
        preview=preview,
        problem=problem,
        **words_of(preview),
    )


def _words(report: ImportReport) -> str:
    return (
        f"Imported: {report.new:,} new, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, {report.left_out:,} left out."
    )


def _download(body: object, name: str) -> Response:
    answer = Response(body, mimetype="text/csv")  # type: ignore[arg-type]  # text or an iterator
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
