"""Changes many subscribers at once: what would be done, then a page that grows while it is done."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from flask import Blueprint, Response, request, stream_template
from flask_wtf.csrf import generate_csrf

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.change_many import (
    ChangedSoFar,
    Chosen,
    ManyChange,
    What,
    change_many,
    undo_of,
)
from newsletter.usecases.readers.list_subscribers import list_subscribers
from newsletter.web.editor.readers.filters import list_url, read_filter
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint(
    "subscribers_many", __name__, url_prefix="/editor/newsletters/<slug>/subscribers/many"
)
require_editor(BLUEPRINT)


@BLUEPRINT.post("")
def ask(slug: str) -> str | tuple[str, int]:
    """Says whom it is about before anything is done."""
    return _ask_page(slug)


@BLUEPRINT.post("/do")
def do(slug: str) -> Response | tuple[str, int]:
    try:
        steps = change_many(context(), slug, _chosen(), _change(), current_principal())
    except InvalidInput as problem:
        return _ask_page(slug, problem), 400
    generate_csrf()  # Once the page is on its way it is too late for a new cookie.
    page = stream_template(
        "editor/subscribers/many_done.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        change=_change(),
        wanted=read_filter(),
        chosen=_chosen(),
        undo_of=undo_of,
        steps=_told(steps),
    )
    return Response(page, headers={"X-Accel-Buffering": "no"})


def _told(steps: Iterator[ChangedSoFar]) -> Iterator[ChangedSoFar | NewsletterError]:
    """An error is a step, too: the page has begun by then."""
    try:
        yield from steps
    except NewsletterError as error:
        yield error


def _ask_page(slug: str, problem: InvalidInput | None = None) -> str:
    wanted, chosen = read_filter(), _chosen()
    page = list_subscribers(context(), slug, wanted, current_principal())
    found = page.total if page.matching is None else page.matching
    return render(
        "editor/subscribers/many.html",
        profile=page.profile,
        wanted=wanted,
        chosen=chosen,
        count=found if chosen.only is None else len(chosen.only),
        is_many=page.is_many and chosen.only is None,
        change=_change(),
        list_url=partial(list_url, slug),
        problem=problem,
    )


def _change() -> ManyChange:
    what = request.form.get("what", "")
    known = What(what) if what in set(What) else What.TAG
    return ManyChange(known, request.form.get("value", ""))


def _chosen() -> Chosen:
    wanted = read_filter()
    if request.form.get("whom") != "only":
        return Chosen(wanted.audience, wanted.search)
    ids = (read_id(one) for one in request.form.getlist("id"))
    return Chosen(wanted.audience, wanted.search, frozenset(one for one in ids if one is not None))
