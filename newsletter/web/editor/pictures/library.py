"""The library of pictures: a page to look at, and the door where pictures come in.

What a script sends, or anyone who asks for JSON, is answered in JSON, errors too.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.pictures import KeptPicture, picture_markdown
from newsletter.reading.pictures import MOST_BYTES
from newsletter.urls import media_url
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture, copy_picture
from newsletter.usecases.pictures.change_picture import delete_picture, describe_picture
from newsletter.usecases.pictures.list_pictures import find_picture, list_pictures
from newsletter.usecases.pictures.use_picture import UsedAs, use_picture
from newsletter.web.editor.issues.undoing import offer_undo
from newsletter.web.editor.staff.access import current_principal, require_editor, takes_uploads
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint("editor_pictures", __name__, url_prefix="/editor/newsletters/<slug>/pictures")
require_editor(BLUEPRINT)

_USED = {
    UsedAs.LOGO: "This is now the newsletter’s logo. It is in the next email.",
    UsedAs.SOCIAL: "Other sites show this picture beside links to the newsletter.",
}
Answer = Response | tuple[Response, int] | tuple[str, int]


@BLUEPRINT.get("")
def pictures(slug: str) -> str | Response:
    if _wants_json():
        return _as_json(slug)
    return _page(slug)


@BLUEPRINT.post("")
@takes_uploads
def add(slug: str) -> Answer:
    """`file`, or `url` of one to copy, and `alt`."""
    try:
        picture = _added(slug)
    except InvalidInput as problem:
        if _wants_json():
            return jsonify(message=problem.message, advice=problem.advice), 400
        return _page(slug, problem), 400
    if _wants_json():
        return jsonify(_described(picture)), 201
    flash("Picture added.", "good")
    return redirect(url_for(".picture", slug=slug, picture_id=picture.id), 303)


@BLUEPRINT.get("/<int:picture_id>")
def picture(slug: str, picture_id: int) -> str:
    return _picture_page(slug, picture_id)


@BLUEPRINT.post("/<int:picture_id>")
def describe(slug: str, picture_id: int) -> Answer:
    typed = request.form.get("alt", "")
    try:
        changed = describe_picture(context(), slug, picture_id, typed, current_principal())
    except InvalidInput as problem:
        if _wants_json():
            return jsonify(message=problem.message, advice=problem.advice), 400
        return _picture_page(slug, picture_id, problem, typed), 400
    if _wants_json():
        return jsonify(_described(changed))
    flash("Saved.", "good")
    return redirect(url_for(".picture", slug=slug, picture_id=picture_id), 303)


@BLUEPRINT.post("/<int:picture_id>/delete")
def delete(slug: str, picture_id: int) -> Answer:
    sure = request.form.get("even_if_shown") == "yes"
    try:
        delete_picture(context(), slug, picture_id, current_principal(), even_if_shown=sure)
    except Conflict as problem:
        return _picture_page(slug, picture_id, problem), 409
    offer_undo("Picture deleted.", slug, "picture", picture_id)
    return redirect(url_for(".pictures", slug=slug), 303)


@BLUEPRINT.post("/<int:picture_id>/use")
def use(slug: str, picture_id: int) -> Answer:
    used_as = UsedAs.LOGO if request.form.get("as") == "logo" else UsedAs.SOCIAL
    use_picture(context(), slug, picture_id, used_as, current_principal())
    flash(_USED[used_as], "good")
    return redirect(url_for(".picture", slug=slug, picture_id=picture_id), 303)


def _added(slug: str) -> KeptPicture:
    alt, sent = request.form.get("alt", ""), request.files.get("file")
    if sent is not None and sent.filename:
        new = NewPicture(sent.stream.read(MOST_BYTES + 1), sent.filename, alt)
        return add_picture(context(), slug, new, current_principal())
    url = request.form.get("url", "")
    if not url.strip():
        raise InvalidInput("Choose a picture, or enter its address.", field="file")
    return copy_picture(context(), slug, url, current_principal(), alt=alt)


def _as_json(slug: str) -> Response:
    words, before = request.args.get("q", ""), read_id(request.args.get("before", ""))
    library = list_pictures(context(), slug, current_principal(), words=words, before=before)
    return jsonify(pictures=[_described(one) for one in library.pictures], older=library.older)


def _described(picture: KeptPicture) -> dict[str, object]:
    public_url = context().settings.public_url
    url = media_url(public_url, picture.name)
    return {
        "id": picture.id,
        "url": url,
        "small": media_url("", picture.smallest),
        "large": media_url("", picture.largest),
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "markdown": picture_markdown(picture.alt, url),
    }


def _page(slug: str, problem: InvalidInput | None = None) -> str:
    words, before = request.args.get("q", ""), read_id(request.args.get("before", ""))
    library = list_pictures(context(), slug, current_principal(), words=words, before=before)
    return render(
        "editor/pictures/library.html",
        profile=library.profile,
        library=library,
        words=words,
        problem=problem,
        described=_described,
    )


def _picture_page(
    slug: str,
    picture_id: int,
    problem: InvalidInput | Conflict | None = None,
    typed: str | None = None,
) -> str:
    found = find_picture(context(), slug, picture_id, current_principal())
    return render(
        "editor/pictures/picture.html",
        profile=found.profile,
        picture=found.picture,
        uses=found.uses,
        is_public=any(use.is_public for use in found.uses),
        described=_described(found.picture),
        alt=found.picture.alt if typed is None else typed,
        problem=problem,
    )


def _wants_json() -> bool:
    """A script says so, or shows itself by the header with the token, which no form can send."""
    kinds = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return kinds == "application/json" or "X-CSRFToken" in request.headers
