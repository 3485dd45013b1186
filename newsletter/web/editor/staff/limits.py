"""How often strangers may try to come in: by client, network and account, and all together.

The limits of an account slow guessing down and lock nobody out: a browser that the editor has
signed in with before is exempt, and a link can be mailed however many guesses there were. How many
links an account gets an hour is the use case's: its mailbox has them, anyone may ask. So is how
many codes are tried for it; only someone with its password or mailbox can try any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

from newsletter.config import Settings
from newsletter.domain.readers.addresses import hashed_address
from newsletter.usecases.staff.devices import is_known_device
from newsletter.web.editor.staff.access import ACCOUNT_ENDPOINT, current_editor, is_signed_in
from newsletter.web.editor.staff.device_cookie import device_token
from newsletter.web.security import client_address, client_network
from newsletter.web.shell import context

Limit = tuple[str, Callable[[], str], dict[str, Any]]

BY_PASSWORD = "editor_sign_in.sign_in_by_password"  # noqa: S105  an endpoint
BY_MAIL = "editor_sign_in.send_link"
BY_RESET = ("editor_password.send", "editor_password.follow_link", "editor_password.choose")
BY_INVITATION = "editor_invitations.accept"
BY_CODE = ("editor_second_step.take", "editor_passkeys.take_second", "editor_passkeys.sign_in")
ASKS_PASSWORD = (
    ACCOUNT_ENDPOINT,
    "editor_factors.take_confirmation",
    "editor_factors.remove",
    "editor_factors.remove_key",
    "editor_factors.confirm_by_passkey",
    "editor_editors.add",
    "editor_editors.change_administrator",
    "editor_editors.remove",
    "editor_people.send",
    "editor_people.give_away",
    "editor_people.stop_requiring_factor",
)


def limit_sign_in(app: Flask, limiter: Limiter, settings: Settings) -> None:
    """Call after the blueprints are registered.

    Those of the client come first: an attempt that they refuse counts towards no limit of others.
    """
    of_client: list[Limit] = [
        (settings.sign_in_limit, client_address, {}),
        (settings.sign_in_limit_network, client_network, {}),
    ]
    of_others: list[Limit] = [
        (settings.sign_in_limit_account, _account, {"exempt_when": _is_known}),
        (settings.sign_in_limit_overall, lambda: "everyone", {"exempt_when": _is_known}),
    ]
    for endpoint, limits in (
        (BY_PASSWORD, of_client + of_others),
        (BY_MAIL, of_client),
        (BY_INVITATION, of_client),
        *((endpoint, of_client) for endpoint in (*BY_CODE, *BY_RESET)),
    ):
        for limit, key, options in limits:
            decorate: Any = limiter.limit(limit, key_func=key, **options)
            app.view_functions[endpoint] = decorate(app.view_functions[endpoint])
    for endpoint in ASKS_PASSWORD:
        decorate = limiter.shared_limit(
            settings.sign_in_limit_account, scope="own password", key_func=_me, methods=["POST"]
        )
        app.view_functions[endpoint] = decorate(app.view_functions[endpoint])


def _is_known() -> bool:
    token = device_token()
    return bool(token) and is_known_device(context(), token, request.form.get("address", ""))


def _account() -> str:
    """Of the address that was typed, whether or not it is an editor's."""
    key = context().settings.address_hash_key.encode()
    return hashed_address(request.form.get("address", ""), key).current


def _me() -> str:
    return f"editor {current_editor().id}" if is_signed_in() else client_address()
