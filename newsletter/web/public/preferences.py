"""The preferences page: name, sections, pause, unsubscribe, subscribe again."""

from __future__ import annotations

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
    "rename": "Your name is saved.",
    "sections": "Your choice is saved.",
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
        shown = show_preferences(context(), token)
        return _page(token, shown, problem=error, typed=request.form.get("name")), 422
    return _page(token, changed, done=_DONE[action])


def _change(token: str, action: str) -> Preferences:
    match action:
        case "rename":
            return rename(context(), token, request.form.get("name", ""))
        case "sections":
            return choose_sections(context(), token, request.form.getlist("section"))
        case "pause":
            return pause(context(), token)
        case "resume":
            return resume(context(), token)
        case "leave":
            return leave(context(), token, client_address())
        case "come-back":
            return resubscribe(context(), token, client_address())
    raise InvalidInput("This button doesn't exist.", advice="Reload the page and try again.")


def _page(
    token: str,
    preferences: Preferences,
    *,
    done: str = "",
    problem: InvalidInput | None = None,
    typed: str | None = None,
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
        typed=preferences.name if typed is None else typed,
        longest_name=LONGEST_NAME,
    )
