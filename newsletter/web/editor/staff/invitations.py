"""The page behind the link of an invitation: what it offers, and the button that accepts it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from newsletter.signing import InvalidToken
from newsletter.usecases.staff.invitations import accept_invitation, open_invitation
from newsletter.web.editor.staff import access
from newsletter.web.editor.staff.device_cookie import device_token, remember_device
from newsletter.web.editor.staff.sign_in_page import sign_in_page
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("editor_invitations", __name__, url_prefix="/editor/invitation")
BLUEPRINT.after_request(access.forbid_caching)


@BLUEPRINT.get("/<token>")
def show(token: str) -> str | tuple[str, int]:
    """Mail scanners follow links, so only the button accepts."""
    try:
        invitation = open_invitation(context(), token)
    except InvalidToken as error:
        return sign_in_page(link_problem=error), 410
    me = access.current_editor() if access.is_signed_in() else None
    return render("editor/invitation.html", invitation=invitation, me=me, token=token)


@BLUEPRINT.post("/<token>")
def accept(token: str) -> Response | tuple[str, int]:
    me = access.current_editor() if access.is_signed_in() else None
    try:
        editor = accept_invitation(context(), token, me, device_token())
    except InvalidToken as error:
        return sign_in_page(link_problem=error), 410
    if me is None or me.id != editor.id:
        wakeups().outbox(editor.outbox_ids)
        access.sign_in(editor, by_link=True)
        remember_device(editor)
        return redirect(url_for(access.ACCOUNT_ENDPOINT), 303)
    flash("Welcome! The newsletter is open to you.", "good")
    return redirect(url_for("editor_home.home"), 303)
