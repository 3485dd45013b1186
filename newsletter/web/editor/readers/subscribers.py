"""A newsletter's subscribers: list, show, add, edit, unsubscribe, suppress, erase."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.problems import InvalidFields
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.add_subscriber import (
    AlreadyUnsubscribed,
    NewSubscriber,
    add_subscriber,
)
from newsletter.usecases.readers.edit_subscriber import edit_subscriber
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.list_subscribers import (
    SubscriberDetails,
    SubscriberFilter,
    list_subscribers,
    show_subscriber,
)
from newsletter.usecases.readers.suppress_subscriber import lift_suppression, suppress_subscriber
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint(
    "subscribers",
    __name__,
    url_prefix="/editor/newsletters/<slug>/subscribers",
)
require_editor(BLUEPRINT)

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
    wanted = SubscriberFilter(
        state=_state(request.args.get("state", "")),
        search=request.args.get("q", "").strip()[:200],
        older_than=_id("older"),
        newer_than=_id("newer"),
    )
    page = list_subscribers(context(), slug, wanted, current_principal())
    return render("editor/subscribers/list.html", page=page, wanted=wanted)


@BLUEPRINT.get("/add")
def add_form(slug: str) -> str:
    return _add_page(slug, {})


@BLUEPRINT.post("/add")
@keeps_text
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
        edit_subscriber(context(), slug, subscriber_id, request.form.to_dict(), current_principal())
    except InvalidFields as error:
        return _show_page(reader, values=request.form, problems=error.problems), 400
    flash("Saved.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


@BLUEPRINT.post("/<int:subscriber_id>/<any(unsubscribe, suppress, lift):action>")
@keeps_text
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
        erase_subscriber(context(), slug, subscriber_id, typed, current_principal())
    except InvalidInput as error:
        return render("editor/subscribers/erase.html", reader=reader, problem=str(error)), 400
    flash("Erased. Nothing that identifies this person is left.", "good")
    return redirect(url_for(".show", slug=slug, subscriber_id=subscriber_id), 303)


def _details(slug: str, subscriber_id: int) -> SubscriberDetails:
    return show_subscriber(context(), slug, min(subscriber_id, _HIGHEST_ID), current_principal())


def _show_page(
    reader: SubscriberDetails, values: Mapping[str, str] | None = None, **more: object
) -> str:
    attributes = json.dumps(reader.attributes, ensure_ascii=False, indent=2)
    known = {
        "name": reader.name,
        "tags": "; ".join(reader.tags),
        "attributes": attributes if reader.attributes else "",
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


def _state(text: str) -> SubscriptionState | None:
    return SubscriptionState(text) if text in set(SubscriptionState) else None


def _id(name: str) -> int | None:
    return read_id(request.args.get(name, ""))
