"""AUTH: logs in by what the relay offers, and never shows what it was told."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import replace
from pathlib import Path

from newsletter.domain.delivery.outcomes import RelayTrouble
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.asking import ask, require
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import Conversation, Refused, Session

LONG_SECRET = 8
"""Characters. A secret this long is no part of a word by chance."""
_WRONG_PASSWORD = 535
_USUAL, _LAST = ("PLAIN", "LOGIN"), ("CRAM-MD5",)


def log_in(relay: Relay, session: Session) -> Conversation[None]:
    try:
        yield from _authenticate(relay, session)
    except Refused as refused:
        detail = _without_credentials(refused.trouble.detail, relay)
        raise Refused(replace(refused.trouble, detail=detail)) from None


def _authenticate(relay: Relay, session: Session) -> Conversation[None]:
    if relay.token_file:
        require(Stage.AUTH, (yield from _log_in_xoauth2(relay)))
        return
    offered = session.extensions.get("AUTH", "").upper().split()
    mechanisms = [name for name in _USUAL if name in offered]
    mechanisms = mechanisms or [name for name in _LAST if name in offered]
    if not mechanisms:
        raise Refused(_no_mechanism(offered))
    require(Stage.AUTH, (yield from _try_each(relay, mechanisms)))


def _try_each(relay: Relay, mechanisms: list[str]) -> Conversation[Reply]:
    """Some servers offer a mechanism that they refuse, so the next one is tried.

    After refusals, the reply that speaks of the password says the most.
    """
    replies = []
    for mechanism in mechanisms:
        reply = yield from _MECHANISMS[mechanism](relay)
        if reply.code // 100 != 5:
            return reply
        replies.append(reply)
    return next((reply for reply in replies if reply.code == _WRONG_PASSWORD), replies[-1])


def _no_mechanism(offered: list[str]) -> RelayTrouble:
    methods = f"only {' '.join(offered)}" if offered else "none"
    return RelayTrouble(
        Stage.AUTH,
        f"it offers none of PLAIN, LOGIN and CRAM-MD5 ({methods}). "
        "Check that this port allows logging in",
        is_refused_login=True,
    )


def _log_in_plain(relay: Relay) -> Conversation[Reply]:
    """Sends the response with the command, unless the line gets too long [RFC 4954 4]."""
    response = _base64(f"\0{relay.username}\0{relay.password}")
    command = f"AUTH PLAIN {response}"
    reply = yield from ask(command if len(command) <= 510 else "AUTH PLAIN", Stage.AUTH)
    if reply.code == 334:
        reply = yield from ask(response, Stage.AUTH)
    return reply


def _log_in_xoauth2(relay: Relay) -> Conversation[Reply]:
    """As Google and Microsoft define it. An error is a challenge that needs an empty answer."""
    response = f"user={relay.username}\x01auth=Bearer {_token(relay)}\x01\x01"
    reply = yield from ask(f"AUTH XOAUTH2 {_base64(response)}", Stage.AUTH)
    if reply.code == 334:
        reply = yield from ask("", Stage.AUTH)
    return reply


def _token(relay: Relay) -> str:
    """Read at each login: another program renews it every hour. Raises Refused."""
    try:
        token = Path(relay.token_file).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        detail = f"its access token {relay.token_file} can't be read: {why}"
        raise Refused(RelayTrouble(Stage.AUTH, detail, is_refused_login=True)) from error
    if not token:
        detail = f"its access token {relay.token_file} is empty"
        raise Refused(RelayTrouble(Stage.AUTH, detail, is_refused_login=True))
    return token


def _log_in_login(relay: Relay) -> Conversation[Reply]:
    reply = yield from ask("AUTH LOGIN", Stage.AUTH)
    for answer in (relay.username, relay.password):
        if reply.code != 334:
            break
        reply = yield from ask(_base64(answer), Stage.AUTH)
    return reply


def _log_in_cram_md5(relay: Relay) -> Conversation[Reply]:
    """Proves the password without sending it [RFC 2195]. "*" gives up a challenge [RFC 4954 4]."""
    reply = yield from ask("AUTH CRAM-MD5", Stage.AUTH)
    if reply.code != 334:
        return reply
    try:
        challenge = base64.b64decode(reply.text, validate=True)
    except ValueError:
        return (yield from ask("*", Stage.AUTH))
    proof = hmac.new(relay.password.encode(), challenge, "md5").hexdigest()
    return (yield from ask(_base64(f"{relay.username} {proof}"), Stage.AUTH))


_MECHANISMS = {"PLAIN": _log_in_plain, "LOGIN": _log_in_login, "CRAM-MD5": _log_in_cram_md5}


def _without_credentials(text: str, relay: Relay) -> str:
    """Some servers quote what they were sent."""
    secrets = (f"\0{relay.username}\0{relay.password}", relay.password, relay.username)
    for secret in filter(None, secrets):
        text = _left_out(secret, _left_out(_base64(secret), text))
    return text


def _left_out(secret: str, text: str) -> str:
    """A short one only where it is a word of its own: it would eat letters of other words."""
    if len(secret) >= LONG_SECRET:
        return text.replace(secret, "…")
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", lambda _: "…", text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
