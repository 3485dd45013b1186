"""Passkeys of an editor who is not signed in yet: signing in with one, and the second step."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import InvalidInput
from newsletter.signing import InvalidToken
from newsletter.usecases.staff.passkeys import (
    ask_passkey,
    finish_with_passkey,
    go_on_with_passkey,
    sign_in_with_passkey,
)
from newsletter.usecases.staff.reset_password import RESET_LINK
from newsletter.web.editor.staff import access
from newsletter.web.editor.staff.challenges import answer_with, given_answer, taken_challenge
from newsletter.web.editor.staff.device_cookie import device_token
from newsletter.web.editor.staff.kept_forms import kept_token
from newsletter.web.editor.staff.second_step import begin_again, go_on_signed_in, second_step_page
from newsletter.web.editor.staff.sign_in_page import sign_in_page
from newsletter.web.shell import context

BLUEPRINT = Blueprint("editor_passkeys", __name__, url_prefix="/editor/passkey")
BLUEPRINT.after_request(access.forbid_caching)
access.allow_long_posts(BLUEPRINT)


@BLUEPRINT.get("/sign-in")
def ask() -> Response:
    """The same for everyone: nobody has said who they are."""
    return answer_with(ask_passkey(context(), "sign-in"))


@BLUEPRINT.post("/sign-in")
def sign_in() -> BaseResponse | str | tuple[str, int]:
    try:
        editor = sign_in_with_passkey(context(), taken_challenge(), given_answer(), device_token())
    except InvalidInput as error:
        return sign_in_page(link_problem=error, kept=kept_token()), 400
    return go_on_signed_in(editor)


@BLUEPRINT.get("/second")
def ask_second() -> BaseResponse:
    found = access.half_signed_in()
    if found is None:
        return redirect(url_for("editor_sign_in.sign_in"), 303)
    return answer_with(ask_passkey(context(), "second", found[0].user_id))


@BLUEPRINT.post("/second")
def take_second() -> BaseResponse | str | tuple[str, int]:
    found = access.half_signed_in()
    if found is None:
        return sign_in_page(kept=kept_token(), link_problem=begin_again()), 410
    half, by_link = found
    try:
        challenge, answer = taken_challenge(), given_answer()
        if half.how == RESET_LINK:
            access.begin_new_password(go_on_with_passkey(context(), half, challenge, answer))
            return redirect(url_for("editor_password.new"), 303)
        editor = finish_with_passkey(context(), half, challenge, answer, device_token())
    except InvalidToken as error:
        return sign_in_page(kept=kept_token(), link_problem=error), 410
    except InvalidInput as error:
        return second_step_page(error), 400
    return go_on_signed_in(editor, by_link=by_link)
