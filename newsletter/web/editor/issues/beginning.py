"""The page where an issue begins: from a paste, like the last one, from a template, or empty."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from newsletter.domain.checks.left_out import amount_of
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import Digest
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, read_pasted
from newsletter.usecases.issues.templates import (
    create_issue_from_template,
    create_issue_like,
    create_issue_like_last,
    delete_template,
    list_templates,
)
from newsletter.usecases.issues.write_issue import create_issue
from newsletter.usecases.newsletters.show_newsletters import NewsletterOverview, show_newsletter
from newsletter.web.editor.issues.pasting import (
    paste_summary,
    posted_digest,
    posted_file_name,
    status_of_paste,
)
from newsletter.web.editor.issues.undoing import offer_undo
from newsletter.web.editor.staff.access import current_principal, takes_uploads
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, read_id, render


def new(slug: str) -> str:
    return _page(show_newsletter(context(), slug, current_principal()))


@takes_uploads
@keeps_text
@once
def create(slug: str) -> Response | tuple[str, int]:
    """`how` is a button: `empty`, `last`, `like:17`, or `template:3`. Without it the digest is
    read.
    """
    overview = show_newsletter(context(), slug, current_principal())
    how = request.form.get("how", "")
    if how:
        return _to(_begun(overview.profile.id, how))
    try:
        pasted = create_issue_from_digest(
            context(),
            overview.profile.id,
            posted_digest(),
            current_principal(),
            file_name=posted_file_name(),
        )
    except InvalidInput as error:
        return _page(overview, request.form.get("digest", ""), error), status_of_paste(error)
    flash(paste_summary(pasted), "good")
    return _to(pasted.issue_id)


@takes_uploads
def read(slug: str) -> tuple[str, int]:
    """For the script of the page: what the text would become. Nothing is kept."""
    try:
        digest = read_pasted(context(), slug, posted_digest(), current_principal())
    except InvalidInput as error:
        return render("editor/composer/read_piece.html", digest=None, problem=error), 200
    return render("editor/composer/read_piece.html", digest=digest, amount=_left_out(digest)), 200


def remove_template(slug: str, template_id: int) -> Response:
    newsletter_id = show_newsletter(context(), slug, current_principal()).profile.id
    delete_template(context(), newsletter_id, template_id, current_principal())
    offer_undo("Template deleted.", slug, "template", template_id)
    return redirect(url_for("editor_issues.new", slug=slug), 303)


def _begun(newsletter_id: int, how: str) -> int:
    verb, _, number = how.partition(":")
    template_id = read_id(number)
    if verb == "template" and template_id is not None:
        return create_issue_from_template(
            context(), newsletter_id, template_id, current_principal()
        )
    if verb == "like" and (issue_id := read_id(number)) is not None:
        return create_issue_like(context(), newsletter_id, issue_id, current_principal())
    if verb == "last":
        return create_issue_like_last(context(), newsletter_id, current_principal())
    if verb == "empty":
        return create_issue(context(), newsletter_id, current_principal())
    raise BadRequest


def _to(issue_id: int) -> Response:
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


def _left_out(digest: Digest) -> str:
    return amount_of(digest.unplaced) if digest.unplaced else ""


def _page(
    overview: NewsletterOverview, typed: str = "", problem: InvalidInput | None = None
) -> str:
    return render(
        "editor/issue_new.html",
        overview=overview,
        typed=typed,
        problem=problem,
        templates=list_templates(context(), overview.profile.slug, current_principal()),
    )
