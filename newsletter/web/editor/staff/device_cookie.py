"""The cookie of a browser that an editor has signed in with."""

from __future__ import annotations

from flask import Response, after_this_request, request

from newsletter.urls import editor_url
from newsletter.usecases.staff.devices import DEVICE_LIFETIME
from newsletter.usecases.staff.editor import Editor
from newsletter.web.shell import context

_COOKIE = "newsletter_device"


def device_token() -> str:
    return request.cookies.get(_COOKIE, "")


def remember_device(editor: Editor) -> None:
    """With the answer to this request."""
    token, settings = context().signer.sign_device(editor.id), context().settings

    def give(response: Response) -> Response:
        response.set_cookie(
            _COOKIE,
            token,
            max_age=DEVICE_LIFETIME,
            path=editor_url(""),
            secure=settings.public_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
        return response

    after_this_request(give)
