"""What the page of an issue asks for while someone writes, in JSON (docs/writing.md)."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf

from newsletter.domain.issues.issue_things import LAST, Kind, thing_of
from newsletter.spool.presence import Here
from newsletter.usecases.issues.follow_issue import follow_issue
from newsletter.usecases.issues.keep_things import (
    KeptThing,
    NewThing,
    add_thing,
    move_thing,
    remove_thing,
    restore_thing,
    save_thing,
)
from newsletter.web.editor.issues.json_answers import answer_in_json
from newsletter.web.editor.staff.access import (
    current_editor,
    current_principal,
    forbid_caching,
    is_signed_in,
)
from newsletter.web.json_bodies import JsonBody
from newsletter.web.security import CONTENT_POLICY, client_address
from newsletter.web.shell import context, read_id, render, shell

BLUEPRINT = Blueprint(
    "editor_keeping",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>",
)
answer_in_json(BLUEPRINT)

SESSION = Blueprint("editor_session", __name__, url_prefix="/editor")
SESSION.after_request(forbid_caching)

FRAMED = (
    "editor_session",
    "editor_sign_in",
    "editor_second_step",
    "editor_password",
    "editor_passkeys",
)

REQUESTS = "300/minute"
"""Of one editor: a person who drags, types and has five pages open stays far below."""

_TAB = re.compile(r"[a-z0-9]{1,32}")
_AT = re.compile(r"(issue|section-\d{1,19}|entry-\d{1,19})")

Answer = tuple[Any, int]


@BLUEPRINT.patch("/things/<name>")
def save(issue_id: int, name: str) -> Answer:
    body = JsonBody("fields", "base")
    kept = save_thing(
        context(),
        issue_id,
        thing_of(name),
        body.texts("fields"),
        body.texts("base"),
        current_principal(),
    )
    if not kept.conflicts:
        return _kept(kept), 200
    was_me = kept.by == current_principal().name
    by = "You, in another window," if was_me else kept.by or "Someone"
    conflicts = {
        name: {"base": one.base, "yours": one.yours, "theirs": one.theirs}
        for name, one in kept.conflicts.items()
    }
    said = {
        "error": "conflict",
        "message": f"{by} changed the same text.",
        "advice": "Choose what to keep.",
        "conflicts": conflicts,
        "by": by,
        "at": kept.at.isoformat() if kept.at else None,
    }
    return _kept(kept) | said, 409


@BLUEPRINT.post("/things")
def add(issue_id: int) -> Answer:
    body = JsonBody("kind", "section", "after", "fields", "key")
    kind = Kind(body.text("kind")) if body.text("kind") in set(Kind) else Kind.ISSUE
    new = NewThing(kind, body.row_id("section"), _after(body), body.text("key"))
    kept = add_thing(context(), issue_id, new, body.texts("fields"), current_principal())
    return _kept(kept) | {"id": kept.thing.id}, 201


@BLUEPRINT.delete("/things/<name>")
def remove(issue_id: int, name: str) -> Answer:
    return {"version": remove_thing(context(), issue_id, thing_of(name), current_principal())}, 200


@BLUEPRINT.post("/things/<name>/restore")
def restore(issue_id: int, name: str) -> Answer:
    return _kept(restore_thing(context(), issue_id, thing_of(name), current_principal())), 200


@BLUEPRINT.post("/moves")
def move(issue_id: int) -> Answer:
    body = JsonBody("thing", "section", "after")
    thing, section = thing_of(body.text("thing")), body.row_id("section")
    version = move_thing(context(), issue_id, thing, section, _after(body), current_principal())
    return {"version": version}, 200


@BLUEPRINT.get("/state")
def state(issue_id: int) -> Answer:
    tab, at = request.args.get("tab", ""), request.args.get("at", "")
    editor = current_editor()
    here = Here(
        tab=tab if _TAB.fullmatch(tab) else f"editor{editor.id}",
        editor_id=editor.id,
        name=editor.shown_name,
        at=at if _AT.fullmatch(at) else "",
    )
    since = read_id(request.args.get("since", "")) or 0
    found = follow_issue(context(), issue_id, since, current_principal(), shell().presence, here)
    return {
        "version": found.version,
        "state": found.state,
        "by": found.by,
        "people": [
            {"tab": one.tab, "id": one.editor_id, "name": one.name, "at": one.at}
            for one in found.people
        ],
        "things": [
            {"thing": one.thing.name, "version": one.version, "fields": one.texts}
            for one in found.things
        ],
        "outline": found.outline
        and [{"id": section, "entries": entries} for section, entries in found.outline],
    }, 200


@SESSION.get("/session")
def session() -> Any:
    """Who is signed in now, and a token for what is sent next."""
    editor = current_editor() if is_signed_in() else None
    return jsonify(
        signed_in=editor is not None,
        id=editor.id if editor else None,
        name=editor.shown_name if editor else "",
        csrf_token=generate_csrf(),
    )


@SESSION.get("/signed-in")
def signed_in() -> str:
    """Where signing in again ends, in a frame of the page that waits for it."""
    return render("editor/signed_in.html")


@SESSION.after_app_request
def _may_be_in_our_frame(response: Response) -> Response:
    """Pages that sign in, and no others: in a frame of ours alone."""
    if request.blueprint in FRAMED:
        policy = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    return response


def limit_keeping(limiter: Limiter) -> None:
    """Call before the blueprint is registered."""
    limiter.shared_limit(REQUESTS, scope="keeping", key_func=_who)(BLUEPRINT)


def _who() -> str:
    return f"editor {current_editor().id}" if is_signed_in() else client_address()


def _after(body: JsonBody) -> int | str | None:
    return body.row_id("after") if body.has("after") else LAST


def _kept(kept: KeptThing) -> dict[str, Any]:
    return {
        "thing": kept.thing.name,
        "version": kept.version,
        "saved": kept.saved,
        "problems": kept.problems,
    }
