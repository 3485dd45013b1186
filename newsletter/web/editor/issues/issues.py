"""Issues: list, edit and delete them. beginning.py has the page where one begins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.checks.left_out import Place, amount_of
from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.problems import InvalidFields, raise_problems
from newsletter.domain.web_addresses import is_mail_link
from newsletter.usecases.issues.paste_digest import paste_digest
from newsletter.usecases.issues.settle_left_out import settle_left_out
from newsletter.usecases.issues.templates import save_template
from newsletter.usecases.issues.write_issue import (
    ChangedMeanwhile,
    clear_unplaced,
    delete_issue,
    save_issue,
    save_valid_fields,
)
from newsletter.usecases.newsletters.show_newsletters import OpenIssue, open_issue, show_newsletter
from newsletter.usecases.pictures.copy_into_issue import copy_issue_pictures, pictures_elsewhere
from newsletter.web.editor.issues import beginning, pasting
from newsletter.web.editor.issues.form import IssueForm
from newsletter.web.editor.issues.form_reading import form_of_content, form_of_request
from newsletter.web.editor.issues.pasting import (
    paste_summary,
    posted_digest,
    posted_file_name,
    status_of_paste,
)
from newsletter.web.editor.issues.reading import read_only
from newsletter.web.editor.issues.undoing import offer_undo
from newsletter.web.editor.staff.access import current_principal, may, require_editor, takes_uploads
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_issues", __name__, url_prefix="/editor")
require_editor(BLUEPRINT)
BLUEPRINT.add_app_template_test(is_mail_link, "mail_link")
BLUEPRINT.add_url_rule("/newsletters/<slug>/issues/new", view_func=beginning.new)
BLUEPRINT.add_url_rule(
    "/newsletters/<slug>/issues/new", view_func=beginning.create, methods=["POST"]
)
BLUEPRINT.add_url_rule(
    "/newsletters/<slug>/issues/read", view_func=beginning.read, methods=["POST"]
)
BLUEPRINT.add_url_rule(
    "/newsletters/<slug>/templates/<int:template_id>/delete",
    view_func=beginning.remove_template,
    methods=["POST"],
)
BLUEPRINT.add_url_rule("/markdown", view_func=pasting.markdown, methods=["POST"])


MOST_UNFINISHED, LAST_SHOWN = 100, 10
"""How many issues the list has. The archive has all that are past."""


MOST_TROUBLES_SHOWN = 3


@BLUEPRINT.get("/newsletters/<slug>/issues")
def issues(slug: str) -> str:
    overview = show_newsletter(
        context(), slug, current_principal(), unfinished=MOST_UNFINISHED, finished=LAST_SHOWN
    )
    return render("editor/issues.html", overview=overview, last_shown=LAST_SHOWN)


@BLUEPRINT.get("/issues/<int(max=9223372036854775807):issue_id>")
def edit(issue_id: int) -> str | Response:
    issue = open_issue(context(), issue_id, current_principal())
    if issue.is_imported:
        return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
    if not issue.is_writable:
        return render("editor/issue_read.html", issue=issue, **read_only(issue))
    if not may("save_issue", issue.profile):
        return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
    return _page(issue, form_of_content(issue.content, issue.version))


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>")
@keeps_text
def save(issue_id: int) -> Response | str | tuple[str, int]:
    """One form for everything: a button either saves it or changes it."""
    form, action = form_of_request(request.form), request.form.get("action", "save")
    issue = open_issue(context(), issue_id, current_principal())
    if not action.startswith(("save", "preview", "place")):
        pressed = action.partition(":")[0]
        return _page(issue, form, focus=form.change(action), pressed=pressed, is_unsaved=True)
    form.drop_blanks()
    try:
        problems = _save(issue_id, form)
    except ChangedMeanwhile as error:
        form.version = error.version
        return _page(issue, form, conflict=error, is_unsaved=True), 409
    except Conflict as error:
        return _page(issue, form, conflict=error, is_unsaved=True), 409
    if problems:
        issue = open_issue(context(), issue_id, current_principal())
        return _page(issue, form, problems=problems, is_unsaved=True), 400
    return _after_saving(issue_id, action)


def _after_saving(issue_id: int, action: str) -> Response:
    if action.startswith("place:"):
        return _settle(issue_id, action)
    if action == "preview":
        return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
    flash("Saved.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>/paste")
@takes_uploads
@keeps_text
def paste(issue_id: int) -> Response | tuple[str, int]:
    append = request.form.get("how") == "append"
    try:
        pasted = paste_digest(
            context(),
            issue_id,
            posted_digest(),
            current_principal(),
            append=append,
            file_name=posted_file_name(),
        )
    except (InvalidInput, Conflict) as error:
        issue = open_issue(context(), issue_id, current_principal())
        form = form_of_content(issue.content, issue.version)
        typed = request.form.get("digest", "")
        return _page(issue, form, typed=typed, paste_problem=error), status_of_paste(error)
    flash(paste_summary(pasted), "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>/unplaced/clear")
def clear(issue_id: int) -> Response:
    clear_unplaced(context(), issue_id, current_principal())
    flash("Cleared.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>/pictures")
def copy_pictures(issue_id: int) -> Response:
    copied = copy_issue_pictures(context(), issue_id, current_principal())
    if copied.count:
        flash(f"{copied.count} {'picture' if copied.count == 1 else 'pictures'} copied.", "good")
    for trouble in copied.troubles[:MOST_TROUBLES_SHOWN]:
        flash(trouble, "bad")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>/template")
def keep_as_template(issue_id: int) -> Response:
    name = request.form.get("name", "")
    try:
        save_template(context(), issue_id, name, current_principal())
    except InvalidInput as problem:
        flash(problem.message, "bad")
    else:
        flash(f"Saved as the template “{name.strip()}”. A new issue can begin with it.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.get("/issues/<int(max=9223372036854775807):issue_id>/delete")
def confirm_delete(issue_id: int) -> str:
    return render(
        "editor/issue_delete.html", issue=open_issue(context(), issue_id, current_principal())
    )


@BLUEPRINT.post("/issues/<int(max=9223372036854775807):issue_id>/delete")
def delete(issue_id: int) -> Response:
    issue = open_issue(context(), issue_id, current_principal())
    delete_issue(context(), issue_id, current_principal())
    if issue.is_imported:
        flash("Issue deleted.", "good")
    else:
        words = "Draft deleted. You can bring it back under Recently deleted."
        offer_undo(words, issue.profile.slug, "draft", issue_id)
    return redirect(url_for("editor_issues.issues", slug=issue.profile.slug), 303)


_SAID = {
    Place.ENTRY: "Saved, and made an entry of the text.",
    Place.COMMENT: "Saved, and added the text to the comment above.",
    Place.INTRO: "Saved, and added the text to the introduction.",
    Place.DROP: "Saved, and dropped the text.",
    Place.RESTORE: "Saved, and brought the text back.",
}


def _settle(issue_id: int, action: str) -> Response:
    """`place:entry:3`: of the pieces that had no place, counted from 0."""
    _, verb, number = (*action.split(":"), "", "")[:3]
    if verb not in set(Place) or not number.isdecimal() or len(number) > 6:
        raise NotFound("This page does not exist.")
    try:
        piece = settle_left_out(context(), issue_id, int(number), Place(verb), current_principal())
    except (InvalidInput, Conflict) as error:
        flash(f"{error.message} {error.advice}".strip(), "bad")
        return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)
    flash(_SAID[Place(verb)], "good")
    stays = Place(verb) in (Place.DROP, Place.RESTORE)
    there = f"left-out-{number}" if stays else f"entry-{piece.after}" if piece.after else None
    return redirect(url_for("editor_issues.edit", issue_id=issue_id, _anchor=there), 303)


def _save(issue_id: int, form: IssueForm) -> dict[str, str]:
    """Saves all fields but the wrong ones, and returns what is wrong with these."""
    content, principal = form.content(), current_principal()
    try:
        raise_problems(form.problems)
        save_issue(context(), issue_id, content, form.version, principal)
    except InvalidFields as error:
        refused, version = error.problems, form.version
        saved = save_valid_fields(context(), issue_id, content, version, refused, principal)
        form.version = saved.version
        names = form.take_names(saved.content, saved.problems)
        return _renamed(saved.problems, names)
    return {}


def _renamed(problems: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    """By the fields that the form has now."""
    renamed = {}
    for field, problem in problems.items():
        piece, dash, last = field.rpartition("-")
        renamed[f"{names.get(piece, piece)}{dash}{last}"] = problem
    return renamed


def _page(issue: OpenIssue, form: IssueForm, **values: object) -> str:
    given: dict[str, object] = {
        "problems": {},
        "conflict": None,
        "focus": "",
        "pressed": "",
        "is_unsaved": False,
        "typed": "",
        "paste_problem": None,
    }
    open_pieces = [piece for piece in issue.left_out if not piece.is_dropped]
    given["elsewhere"] = pictures_elsewhere(context().settings, issue.content)
    given["amount_left_out"] = amount_of(open_pieces) if open_pieces else ""
    return render("editor/issue_edit.html", issue=issue, form=form, **{**given, **values})
