"""The signup page. Its answer is the same for every address."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Blueprint, Response, request

from newsletter.config import Settings
from newsletter.domain.clicks.counted_links import privacy_words
from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters.newsletter import CannotMail, NewsletterProfile
from newsletter.domain.readers.consent import signup_wording
from newsletter.signing import InvalidToken
from newsletter.usecases.archive.read_archive import (
    latest_issue,
    public_newsletter,
    public_newsletters,
)
from newsletter.usecases.readers.sign_up import sign_up as ask_for_newsletter
from newsletter.web.even_time import even_out
from newsletter.web.sandbox_key import is_sandbox_open
from newsletter.web.security import client_address, count_as_mailed
from newsletter.web.shell import context, render, wakeups
from newsletter.web.telemetry import add_facts

BLUEPRINT = Blueprint("public_signup", __name__, template_folder="templates")

HONEYPOT = "website"
"""A field that people don't see. Only programs fill it in."""
FORM_LIFETIME = timedelta(days=2)
USUAL_MINIMUM_FILL = timedelta(seconds=2)


@BLUEPRINT.get("/")
def front() -> str:
    newsletters = public_newsletters(context())
    if len(newsletters) == 1:
        return _form(newsletters[0])
    return render("public/front.html", newsletters=newsletters)


@BLUEPRINT.get("/n/<slug>")
def form(slug: str) -> str:
    return _form(public_newsletter(context(), slug))


@BLUEPRINT.post("/n/<slug>")
def sign_up(slug: str) -> str | tuple[str, int]:
    started = time.monotonic()
    profile = public_newsletter(context(), slug)
    typed = request.form.get("address", "")
    if request.form.get(HONEYPOT):
        add_facts(trapped=True)
        return _answer(profile, started)
    if not _was_open_long_enough(profile.id):
        return _form(profile, typed=typed, is_too_fast=True), 422
    try:
        outbox_ids = ask_for_newsletter(
            context(), profile, typed, client_address(), _wanted_sections()
        )
    except InvalidInput as error:
        return _form(profile, typed=typed, problem=error), 422
    except CannotMail:
        return _form(profile, typed=typed), 409
    if outbox_ids:
        count_as_mailed()
    wakeups().outbox(outbox_ids)
    return _answer(profile, started)


@BLUEPRINT.after_request
def forbid_caching(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _form(
    profile: NewsletterProfile,
    *,
    typed: str = "",
    problem: InvalidInput | None = None,
    is_too_fast: bool = False,
) -> str:
    return render(
        "public/signup.html",
        profile=profile,
        wording=signup_wording(profile.name),
        privacy=privacy_words(profile.clicks, context().settings.click_retention),
        opened=_opened(profile.id),
        trap=HONEYPOT,
        typed=typed,
        problem=problem,
        is_too_fast=is_too_fast,
        muted=_muted(profile),
        latest=latest_issue(context(), profile),
    )


def _wanted_sections() -> list[str] | None:
    """None where the form asked for none, also one from before it did."""
    return request.form.getlist("section") if request.form.get("sections_asked") else None


def _muted(profile: NewsletterProfile) -> list[str]:
    wanted = _wanted_sections()
    return [] if wanted is None else [one for one in profile.sections if one not in wanted]


def _answer(profile: NewsletterProfile, started: float) -> str:
    even_out(started)
    settings = context().settings
    return render(
        "public/check_mail.html",
        profile=profile,
        days=settings.confirmation_expiry.days,
        shows_sandbox=is_sandbox_open(),
    )


def _was_open_long_enough(newsletter_id: int) -> bool:
    least = _minimum_fill(context().settings)
    if not least:
        return True
    age = _age(newsletter_id)
    return age is not None and age >= least


def _age(newsletter_id: int) -> timedelta | None:
    """How long the form was open. None if it is too old or not ours."""
    token = request.form.get("opened", "")
    try:
        return context().signer.form_age(token, newsletter_id, FORM_LIFETIME)
    except InvalidToken:
        return None


def _minimum_fill(settings: Settings) -> timedelta:
    if settings.signup_minimum_fill is not None:
        return settings.signup_minimum_fill
    return timedelta(0) if settings.is_sandboxed else USUAL_MINIMUM_FILL


def _opened(newsletter_id: int) -> str:
    """A form that is shown again keeps its age, also after a press that was too fast."""
    given = request.form.get("opened", "")
    if given and _age(newsletter_id) is not None:
        return given
    return context().signer.sign_form(newsletter_id)
