"""Past issues move in: upload an archive, see what would be imported, import it.

Both pages grow while they are sent, so that an editor sees how far it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import BinaryIO, cast

from flask import Blueprint, Response, redirect, request, stream_template, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.domain.past_issues import pictures_of
from newsletter.reading.archives.opening import opened_file
from newsletter.usecases.archive.import_archive import ArchiveReport, Progress, import_archive
from newsletter.usecases.archive.stage_archive import (
    StagedArchive,
    delete_staged_archive,
    open_staged_archive,
    stage_archive,
)
from newsletter.usecases.newsletters.show_newsletters import list_past_issues, show_newsletter
from newsletter.web.editor.staff.access import current_principal, require_editor, takes_uploads
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint("editor_archives", __name__, url_prefix="/editor/newsletters/<slug>/archive")
require_editor(BLUEPRINT)

Step = Progress | ArchiveReport | NewsletterError


@BLUEPRINT.get("")
def archive(slug: str) -> str:
    search = request.args.get("q", "").strip()[:200]
    before = read_id(request.args.get("before", ""))
    found = list_past_issues(context(), slug, current_principal(), search, before)
    return render("editor/archive/list.html", found=found, profile=found.profile, search=search)


@BLUEPRINT.get("/import")
def choose(slug: str) -> str:
    return _choose_page(slug)


@BLUEPRINT.post("/import")
@takes_uploads
@once
def upload(slug: str) -> BaseResponse | tuple[str, int]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _choose_page(slug, InvalidInput("Choose a file.", field="file")), 400
    stream, name = cast("BinaryIO", sent.stream), sent.filename
    try:
        upload_id = stage_archive(context(), slug, stream, name, current_principal())
    except InvalidInput as problem:
        return _choose_page(slug, problem), 400
    return redirect(url_for(".check", slug=slug, upload_id=upload_id), 303)


@BLUEPRINT.get("/import/<int:upload_id>")
def check(slug: str, upload_id: int) -> Response:
    return _growing_page(slug, upload_id, dry_run=True)


@BLUEPRINT.post("/import/<int:upload_id>")
def take(slug: str, upload_id: int) -> Response:
    """Can be repeated, and goes on where it was stopped. No issue is imported twice."""
    return _growing_page(slug, upload_id, dry_run=False)


def _choose_page(slug: str, problem: InvalidInput | None = None) -> str:
    profile = show_newsletter(context(), slug, current_principal()).profile
    return render("editor/archive/import.html", profile=profile, problem=problem)


def _growing_page(slug: str, upload_id: int, *, dry_run: bool) -> Response:
    generate_csrf()  # Once the page is on its way it is too late for a new cookie.
    profile = show_newsletter(context(), slug, current_principal()).profile
    with ExitStack() as stack:
        kept = stack.enter_context(
            open_staged_archive(context(), slug, upload_id, current_principal())
        )
        page = stream_template(
            "editor/archive/check.html",
            profile=profile,
            kept=kept,
            dry_run=dry_run,
            steps=_steps(slug, kept, stack.pop_all(), dry_run=dry_run),
        )
    return Response(page, headers={"X-Accel-Buffering": "no"})


def _steps(slug: str, kept: StagedArchive, stack: ExitStack, *, dry_run: bool) -> Iterator[Step]:
    """An error is a step, too: the page has begun by then."""
    with stack:
        try:
            opening = partial(opened_file, kept.file, kept.file_name)
            yield from import_archive(
                context(),
                slug,
                opening,
                current_principal(),
                dry_run=dry_run,
                pictures=pictures_of(request.form.get("pictures", "")),
            )
        except NewsletterError as error:
            yield error
            return
        if not dry_run:
            delete_staged_archive(context(), slug, kept.id, current_principal())
