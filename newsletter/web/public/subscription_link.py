"""The page where readers without an old mail ask for the link to their subscription.

Its answer is the same for every address.
"""

from __future__ import annotations

import time

from flask import Blueprint, Response, request

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.domain.newsletters.newsletter import CannotMail, NewsletterProfile
from newsletter.usecases.archive.read_archive import public_newsletter
from newsletter.usecases.readers.mail_subscription_link import (
    LINKS_A_DAY,
    mail_subscription_link,
)
from newsletter.web.even_time import even_out
from newsletter.web.sandbox_key import is_sandbox_open
from newsletter.web.security import count_as_mailed
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("public_subscription_link", __name__, template_folder="templates")


@BLUEPRINT.get("/n/<slug>/link")
def form(slug: str) -> str:
    return _form(public_newsletter(context(), slug))


@BLUEPRINT.post("/n/<slug>/link")
def send(slug: str) -> str | tuple[str, int]:
    started = time.monotonic()
    profile = public_newsletter(context(), slug)
    typed = request.form.get("address", "")
    try:
        outbox_ids = mail_subscription_link(context(), profile, typed)
    except InvalidInput as error:
        return _form(profile, typed, error), 422
    except CannotMail as error:
        return _form(profile, typed, error), 409
    if outbox_ids:
        count_as_mailed()
    wakeups().outbox(outbox_ids)
    even_out(started)
    return render(
        "public/link_sent.html",
        profile=profile,
        most=LINKS_A_DAY,
        shows_sandbox=is_sandbox_open(),
    )


@BLUEPRINT.after_request
def forbid_caching(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _form(
    profile: NewsletterProfile, typed: str = "", problem: NewsletterError | None = None
) -> str:
    return render("public/subscription_link.html", profile=profile, typed=typed, problem=problem)
