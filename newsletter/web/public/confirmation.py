"""The page of the confirmation link, with a button that confirms."""

from __future__ import annotations

from flask import Blueprint

from newsletter.usecases.archive.read_archive import is_archive_empty
from newsletter.usecases.readers.confirm import (
    Confirmation,
    ConfirmationState,
    confirm,
    show_confirmation,
)
from newsletter.web.public.secrecy import guard_by_token
from newsletter.web.security import client_address
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("public_confirmation", __name__, template_folder="templates")
guard_by_token(BLUEPRINT)


@BLUEPRINT.get("/confirm/<token>", strict_slashes=False)
def page(token: str) -> str | tuple[str, int]:
    return _page(show_confirmation(context(), token), is_new=False)


@BLUEPRINT.post("/confirm/<token>", strict_slashes=False)
def press(token: str) -> str | tuple[str, int]:
    found = confirm(context(), token, client_address())
    wakeups().outbox(found.outbox_ids)
    return _page(found, is_new=True)


def _page(found: Confirmation, *, is_new: bool) -> str | tuple[str, int]:
    """Only who confirms gets a link that lasts: who opens the mail's link later may be anyone."""
    confirmed = is_new and found.state is ConfirmationState.CONFIRMED
    page = render(
        "public/confirmation.html",
        profile=found.profile,
        state=found.state,
        is_new=is_new,
        has_issues=not is_archive_empty(context(), found.profile.id),
        preferences=context().signer.sign_preferences(found.subscription_id) if confirmed else "",
    )
    return (page, 410) if found.state is ConfirmationState.CLOSED else page
