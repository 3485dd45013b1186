"""From a server's banner to a session that takes mail: EHLO, STARTTLS, AUTH."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

from newsletter.domain.outcomes import RelayTrouble, relay_trouble
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import (
    Conversation,
    ConversationBroken,
    Encrypt,
    Receive,
    Refused,
    Send,
    Session,
    Step,
)

LONG_SECRET = 8
"""Characters. A secret this long is no part of a word by chance."""


def greet(relay: Relay) -> Conversation[Session]:
    """From the banner to a session ready for mail. Raises Refused."""
    _require(Stage.CONNECT, (yield from _receive(Stage.CONNECT)))
    session = Session((yield from _say_hello(relay)))
    if relay.starttls_required:
        yield from _start_tls(session)
        session = Session((yield from _say_hello(relay)))
    if relay.username:
        yield from _log_in(relay, session)
    return session


def _say_hello(relay: Relay) -> Conversation[dict[str, str]]:
    """The extensions offered; none if the server only knows HELO."""
    reply = yield from _ask(f"EHLO {relay.ehlo_name}", Stage.EHLO)
    if reply.code // 100 == 5:
        reply = yield from _ask(f"HELO {relay.ehlo_name}", Stage.EHLO)
        _require(Stage.EHLO, reply)
        return {}
    _require(Stage.EHLO, reply)
    return _extensions(reply)


def _extensions(reply: Reply) -> dict[str, str]:
    """Keyword to parameters. Some servers write AUTH=PLAIN."""
    lines = (line.replace("=", " ", 1).partition(" ") for line in reply.text.split("\n")[1:])
    extensions: dict[str, str] = {}
    for keyword, _, parameters in lines:
        known = extensions.get(keyword.upper(), "")
        extensions[keyword.upper()] = f"{known} {parameters}".strip()
    return extensions


def _start_tls(session: Session) -> Conversation[None]:
    if not session.offers("STARTTLS"):
        raise Refused(
            RelayTrouble(
                Stage.TLS,
                "it does not offer STARTTLS, so mail and login would not be encrypted. Use "
                "smtps:// if it has a port for that. "
                "Set SMTP_STARTTLS=off only on a network you trust",
            )
        )
    reply = yield from _ask("STARTTLS", Stage.TLS)
    _require(Stage.TLS, reply)
    yield from _do(Encrypt(), Stage.TLS)


def _log_in(relay: Relay, session: Session) -> Conversation[None]:
    try:
        yield from _authenticate(relay, session)
    except Refused as refused:
        detail = _without_credentials(refused.trouble.detail, relay)
        raise Refused(replace(refused.trouble, detail=detail)) from None


def _authenticate(relay: Relay, session: Session) -> Conversation[None]:
    offered = session.extensions.get("AUTH", "").upper().split()
    if relay.token_file:
        reply = yield from _log_in_xoauth2(relay)
    elif "PLAIN" in offered:
        reply = yield from _log_in_plain(relay)
    elif "LOGIN" in offered:
        reply = yield from _log_in_login(relay)
    else:
        methods = f"only {' '.join(offered)}" if offered else "none"
        raise Refused(
            RelayTrouble(
                Stage.AUTH,
                f"it offers neither PLAIN nor LOGIN ({methods}). "
                "Check that this port allows logging in",
                is_refused_login=True,
            )
        )
    _require(Stage.AUTH, reply)


def _log_in_plain(relay: Relay) -> Conversation[Reply]:
    """Sends the response with the command, unless the line gets too long [RFC 4954 4]."""
    response = _base64(f"\0{relay.username}\0{relay.password}")
    command = f"AUTH PLAIN {response}"
    reply = yield from _ask(command if len(command) <= 510 else "AUTH PLAIN", Stage.AUTH)
    if reply.code == 334:
        reply = yield from _ask(response, Stage.AUTH)
    return reply


def _log_in_xoauth2(relay: Relay) -> Conversation[Reply]:
    """As Google and Microsoft define it. An error is a challenge that needs an empty answer."""
    response = f"user={relay.username}\x01auth=Bearer {_token(relay)}\x01\x01"
    reply = yield from _ask(f"AUTH XOAUTH2 {_base64(response)}", Stage.AUTH)
    if reply.code == 334:
        reply = yield from _ask("", Stage.AUTH)
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
    reply = yield from _ask("AUTH LOGIN", Stage.AUTH)
    for answer in (relay.username, relay.password):
        if reply.code != 334:
            break
        reply = yield from _ask(_base64(answer), Stage.AUTH)
    return reply


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


def _ask(line: str, stage: Stage) -> Conversation[Reply]:
    yield from _do(Send(f"{line}\r\n".encode()), stage)
    return (yield from _receive(stage))


def _receive(stage: Stage) -> Conversation[Reply]:
    reply = yield from _do(Receive(stage), stage)
    if reply is None:
        raise ConversationBroken("no answer")
    return reply


def _do(step: Step, stage: Stage) -> Conversation[Reply | None]:
    try:
        return (yield step)
    except ConversationBroken as broken:
        raise Refused(RelayTrouble(stage, str(broken))) from broken


def _require(stage: Stage, reply: Reply) -> None:
    """Raises Refused unless the reply is a 2xx."""
    if reply.code // 100 != 2:
        raise Refused(relay_trouble(stage, reply))
