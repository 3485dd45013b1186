"""The preferences page: name, sections, pause, unsubscribe, subscribe again."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request

from newsletter.domain.clicks.counted_links import privacy_words
from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.usecases.readers.change_preferences import (
    LONGEST_NAME,
    Preferences,
    choose_sections,
    leave,
    pause,
    rename,
    resubscribe,
    resume,
    show_preferences,
)
from newsletter.web.public.secrecy import guard_by_token
from newsletter.web.security import client_address
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("public_preferences", __name__, template_folder="templates")
guard_by_token(BLUEPRINT)

_DONE = {
    "save": "Your changes are saved.",
    "pause": "Paused. You get no issues until you resume.",
    "resume": "Welcome back. You get the next issue.",
    "leave": "You are unsubscribed and get no more email.",
    "come-back": "Welcome back. You get the next issue.",
}


@BLUEPRINT.get("/preferences/<token>", strict_slashes=False)
def page(token: str) -> str:
    return _page(token, show_preferences(context(), token))


@BLUEPRINT.post("/preferences/<token>", strict_slashes=False)
def change(token: str) -> str | tuple[str, int]:
    action = request.form.get("action", "")
    try:
        changed = _change(token, action)
    except InvalidInput as error:
        if error.field != "name":
            raise
        return _page(token, _as_typed(token), problem=error), 422
    return _page(token, changed, done=_DONE[action])


def _change(token: str, action: str) -> Preferences:
    match action:
        case "save":
            return _save(token)
        case "pause":
            return pause(context(), token)
        case "resume":
            return resume(context(), token)
        case "leave":
            return leave(context(), token, client_address())
        case "come-back":
            return resubscribe(context(), token, client_address())
    raise InvalidInput("This button doesn't exist.", advice="Reload the page and try again.")


def _save(token: str) -> Preferences:
    renamed = rename(context(), token, request.form.get("name", ""))
    if "sections_asked" not in request.form:
        return renamed
    return choose_sections(context(), token, request.form.getlist("section"))


def _as_typed(token: str) -> Preferences:
    """What is stored, with what the reader typed and chose."""
    stored, wanted = show_preferences(context(), token), request.form.getlist("section")
    muted = tuple(one for one in stored.profile.sections if one not in wanted)
    return replace(stored, name=request.form.get("name", ""), muted=muted)


def _page(
    token: str, preferences: Preferences, *, done: str = "", problem: InvalidInput | None = None
) -> str:
    return render(
        "public/preferences.html",
        token=token,
        profile=preferences.profile,
        preferences=preferences,
        privacy=privacy_words(preferences.profile.clicks, context().settings.click_retention),
        states=SubscriptionState,
        done=done,
        problem=problem,
        longest_name=LONGEST_NAME,
    )
