"""The second step of signing in, and where everyone goes on who has taken the last one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput, LimitReached, NewsletterError
from newsletter.signing import InvalidToken
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.reset_password import RESET_LINK, go_on_with_code
from newsletter.usecases.staff.second_factors import factors_of
from newsletter.usecases.staff.second_step import HalfSignedIn, finish_with_code
from newsletter.web.editor.staff import access
from newsletter.web.editor.staff.device_cookie import device_token, remember_device
from newsletter.web.editor.staff.kept_forms import kept_token, offer_kept_form
from newsletter.web.editor.staff.sign_in_page import sign_in_page
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("editor_second_step", __name__, url_prefix="/editor/sign-in/code")
BLUEPRINT.after_request(access.forbid_caching)
access.allow_long_posts(BLUEPRINT)


@BLUEPRINT.get("")
def ask() -> str | Response:
    if access.half_signed_in() is None:
        return redirect(url_for("editor_sign_in.sign_in", next=request.args.get("next")), 303)
    return second_step_page()


@BLUEPRINT.post("")
def take() -> Response | str | tuple[str, int]:
    found = access.half_signed_in()
    if found is None:
        return sign_in_page(kept=kept_token(), link_problem=begin_again()), 410
    half, by_link = found
    typed = request.form.get("code", "")
    try:
        if half.how == RESET_LINK:
            access.begin_new_password(go_on_with_code(context(), half, typed))
            return redirect(url_for("editor_password.new"), 303)
        editor = finish_with_code(context(), half, typed, device_token())
    except InvalidToken as error:
        return sign_in_page(kept=kept_token(), link_problem=error), 410
    except LimitReached as error:
        return second_step_page(error), 429
    except InvalidInput as error:
        return second_step_page(error), 400
    return go_on_signed_in(editor, by_link=by_link)


def go_on_signed_in(found: Editor | HalfSignedIn, *, by_link: bool = False) -> Response | str:
    """What follows a factor that was shown: the page for the second one, or what they came for."""
    kept, wanted = kept_token(), request.form.get("next")
    if isinstance(found, HalfSignedIn):
        access.begin_second_step(found, by_link=by_link)
        return (
            second_step_page()
            if kept
            else redirect(url_for("editor_second_step.ask", next=wanted), 303)
        )
    wakeups().outbox(found.outbox_ids)
    access.sign_in(found, by_link=by_link)
    remember_device(found)
    if not found.is_set_up:
        return redirect(url_for(access.ACCOUNT_ENDPOINT), 303)
    if by_link:
        flash("Signed in. Forgot your password? Choose a new one on your account page now.", "good")
    return offer_kept_form(kept) if kept else redirect(access.safe_next(wanted), 303)


def begin_again() -> InvalidToken:
    return InvalidToken("Your sign-in has not begun in this browser.", advice="Begin again.")


def second_step_page(problem: NewsletterError | None = None) -> str:
    found = access.half_signed_in()
    factors = factors_of(context(), found[0].user_id) if found else None
    return render(
        "editor/second_step.html",
        problem=problem,
        has_app=bool(factors and factors.app_since),
        has_passkey=bool(factors and factors.has_passkey),
        lost_host=factors.lost_host if factors else "",
        kept=kept_token(),
        next=request.form.get("next") or request.args.get("next") or "",
    )
