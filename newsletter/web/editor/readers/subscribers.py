"""A newsletter's subscribers: list, show, add, edit, unsubscribe, suppress, erase."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.problems import InvalidFields
from newsletter.domain.readers.attribute_fields import attribute_text, attributes_from
from newsletter.domain.readers.audiences import in_words, short_words
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.add_subscriber import (
    AlreadyUnsubscribed,
    NewSubscriber,
    add_subscriber,
)
from newsletter.usecases.readers.edit_subscriber import edit_subscriber
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.export_subscribers import ATTRIBUTE
from newsletter.usecases.readers.list_subscribers import (
    SubscriberDetails,
    SubscriberPage,
    list_subscribers,
    show_subscriber,
)
from newsletter.usecases.readers.notes import add_note, delete_note
from newsletter.usecases.readers.saved_filters import delete_filter, list_filters, save_filter
from newsletter.usecases.readers.send_confirmation_again import send_confirmation_again
from newsletter.usecases.readers.suppress_subscriber import lift_suppression, suppress_subscriber
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from newsletter.web.editor.readers.filters import (
    COLUMNS,
    USUAL,
    list_url,
    read_columns,
    read_filter,
)
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint(
    "subscribers",
    __name__,
    url_prefix="/editor/newsletters/<slug>/subscribers",
)
require_editor(BLUEPRINT)


@BLUEPRINT.app_template_filter("local_day")
def local_day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %b %Y}"


_COLUMNS = "columns"
"""In the editor's session: the columns of the table."""
MOST_ATTRIBUTES = 30
_HIGHEST_ID = 2**63 - 1
_ADD_FIELDS = ("address", "name", "tags", "attributes", "consent", "asked_again")
_DONE = {
    "unsubscribe": "Unsubscribed.",
    "suppress": "Suppressed. No newsletter sends to this address any more.",
    "suppress here": "Suppressed. This newsletter does not send to the address any more.",
    "lift": "Suppression lifted. The subscriber is now unsubscribed.",
}


@BLUEPRINT.get("")
def subscribers(slug: str) -> str:
    wanted = read_filter()
    if "col" in request.args:
        session[_COLUMNS] = list(read_columns(request.args.getlist("col")))
    page = list_subscribers(context(), slug, wanted, current_principal())
    return render(
        "editor/subscribers/list.html",
        page=page,
        wanted=wanted,
        words=in_words(wanted.audience),
        short_words=short_words,
        filters=list_filters(context(), slug, current_principal()),
        columns=read_columns(session.get(_COLUMNS, USUAL)),
        all_columns={**COLUMNS, **_attribute_columns(page)},
        attribute_text=attribute_text,
        list_url=partial(list_url, slug),
    )


@BLUEPRINT.post("/filters")
@once
def keep_filter(slug: str) -> Response:
    wanted, columns = read_filter(), read_columns(session.get(_COLUMNS, USUAL))
    name = request.form.get("name", "")
    try:
        replaces = save_filter(context(), slug, name, wanted.audience, columns, current_principal())
    except (Conflict, InvalidInput) as error:
        flash(str(error), "bad")
    else:
        words = "Filter saved in place of the one with this name." if replaces else "Filter saved."
        flash(words, "good")
    return redirect(list_url(slug, wanted.audience), 303)


@BLUEPRINT.post("/filters/<int:filter_id>/delete")
def forget_filter(slug: str, filter_id: int) -> Response:
    delete_filter(context(), slug, filter_id, current_principal())
    flash("Filter deleted.", "good")
    return redirect(url_for(".subscribers", slug=slug), 303)


def _attribute_columns(page: SubscriberPage) -> dict[str, str]:
    """Of those that are on the page: nobody wants to type their names."""
    names = sorted({name for reader in page.readers for name in reader.attributes})
    return {f"{ATTRIBUTE}{name}": name for name in names[:MOST_ATTRIBUTES]}


@BLUEPRINT.get("/add")
def add_form(slug: str) -> str:
    return _add_page(slug, {})


@BLUEPRINT.post("/add")
@keeps_text
@once
def add(slug: str) -> Response | tuple[str, int]:
    given = {name: request.form.get(name, "") for name in _ADD_FIELDS}
    if not request.form.get("again"):
        given["asked_again"] = ""
    try:
        added = add_subscriber(context(), slug, NewSubscriber(**given), current_principal())
    except InvalidFields as error:
        return _add_page(slug, request.form, problems=error.problems), 400
    except AlreadyUnsubscribed as error:
        return _add_page(slug, request.form, conflict=error, has_left=True), 409
    except Conflict as error:
        return _add_page(slug, request.form, conflict=error), 409
    words = "added" if added.is_new else "is already subscribed. Nothing was sent"
    flash(f"{added.address} {words}.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=added.subscriber_id), 303)


@BLUEPRINT.get("/<int:subscriber_id>")
def show(slug: str, subscriber_id: int) -> str:
    return _show_page(_details(slug, subscriber_id))


@BLUEPRINT.post("/<int:subscriber_id>")
@keeps_text
def edit(slug: str, subscriber_id: int) -> Response | tuple[str, int]:
    reader = _details(slug, subscriber_id)
    try:
        edit_subscriber(context(), slug, subscriber_id, _edited(reader), current_principal())
    except InvalidFields as error:
        values = {**request.form.to_dict(), "fields": _typed_fields()}
        return _show_page(reader, values=values, problems=error.problems), 400
    flash("Saved.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


@BLUEPRINT.post("/<int:subscriber_id>/notes")
@keeps_text
@once
def note(slug: str, subscriber_id: int) -> Response | tuple[str, int]:
    typed = request.form.get("note", "")
    try:
        add_note(context(), slug, subscriber_id, typed, current_principal())
    except InvalidInput as error:
        return _show_page(_details(slug, subscriber_id), note=typed, note_problem=error), 400
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


@BLUEPRINT.post("/<int:subscriber_id>/notes/<int:note_id>/delete")
def forget_note(slug: str, subscriber_id: int, note_id: int) -> Response:
    delete_note(context(), slug, subscriber_id, note_id, current_principal())
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


@BLUEPRINT.post("/<int:subscriber_id>/confirmation")
@once
def confirmation(slug: str, subscriber_id: int) -> Response:
    try:
        outbox_ids = send_confirmation_again(context(), slug, subscriber_id, current_principal())
    except Conflict as error:
        flash(str(error), "bad")
    else:
        wakeups().outbox(outbox_ids)
        flash("The confirmation is on its way.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


@BLUEPRINT.post("/<int:subscriber_id>/<any(unsubscribe, suppress, lift):action>")
@keeps_text
@once
def act(slug: str, subscriber_id: int, action: str) -> Response | tuple[str, int]:
    reader = _details(slug, subscriber_id)
    try:
        done = _act(slug, subscriber_id, action, request.form.get("reason", ""))
    except InvalidInput as error:
        return _show_page(reader, action=action, action_problem=error), 400
    flash(_DONE[done], "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


def _act(slug: str, subscriber_id: int, action: str, reason: str) -> str:
    """What was done, as a key of _DONE."""
    who = current_principal()
    if action == "unsubscribe":
        unsubscribe_subscriber(context(), slug, subscriber_id, reason, who)
    elif action == "lift":
        typed = request.form.get("address", "")
        lift_suppression(context(), slug, subscriber_id, reason, who, typed_address=typed)
    elif request.form.get("only_here"):
        suppress_subscriber(context(), slug, subscriber_id, reason, who, only_here=True)
        return "suppress here"
    else:
        suppress_subscriber(context(), slug, subscriber_id, reason, who)
    return action


@BLUEPRINT.get("/<int:subscriber_id>/erase")
def confirm_erase(slug: str, subscriber_id: int) -> str:
    return render("editor/subscribers/erase.html", reader=_details(slug, subscriber_id))


@BLUEPRINT.post("/<int:subscriber_id>/erase")
def erase(slug: str, subscriber_id: int) -> Response | tuple[str, int]:
    reader = _details(slug, subscriber_id)
    typed = request.form.get("address", "")
    try:
        left = erase_subscriber(context(), slug, subscriber_id, typed, current_principal())
    except InvalidInput as error:
        return render("editor/subscribers/erase.html", reader=reader, problem=str(error)), 400
    flash("Erased. Nothing that identifies this person is left.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=left), 303)


def _details(slug: str, subscriber_id: int) -> SubscriberDetails:
    return show_subscriber(context(), slug, min(subscriber_id, _HIGHEST_ID), current_principal())


def _edited(reader: SubscriberDetails) -> dict[str, str]:
    """As typed, the attributes as JSON; those of a form that has none are kept."""
    values = request.form.to_dict()
    if "attribute-name" in request.form:
        typed = attributes_from(_typed_fields(), reader.attributes)
        values["attributes"] = json.dumps(typed, ensure_ascii=False)
    values.setdefault("attributes", json.dumps(reader.attributes, ensure_ascii=False))
    return values


def _typed_fields() -> list[tuple[str, str]]:
    names, texts = request.form.getlist("attribute-name"), request.form.getlist("attribute-value")
    return list(zip(names, texts, strict=False))


def _show_page(
    reader: SubscriberDetails, values: Mapping[str, Any] | None = None, **more: object
) -> str:
    known = {
        "name": reader.name,
        "tags": "; ".join(reader.tags),
        "fields": [(name, attribute_text(value)) for name, value in reader.attributes.items()],
    }
    given = {"problems": {}, "action": "", "action_reason": request.form.get("reason", "")}
    return render(
        "editor/subscribers/show.html", reader=reader, values=values or known, **{**given, **more}
    )


def _add_page(slug: str, values: Mapping[str, str], **more: object) -> str:
    given: dict[str, object] = {
        "problems": {},
        "conflict": None,
        "has_left": bool(values.get("again")),
    }
    return render(
        "editor/subscribers/add.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        values=values,
        **{**given, **more},
    )
