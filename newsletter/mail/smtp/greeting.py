"""From a server's banner to a session that takes mail: EHLO, STARTTLS, AUTH."""

from __future__ import annotations

from newsletter.domain.delivery.outcomes import RelayTrouble
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.asking import ask, do, hear, require
from newsletter.mail.smtp.login import log_in
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import Conversation, Encrypt, Refused, Session


def greet(relay: Relay) -> Conversation[Session]:
    """From the banner to a session ready for mail. Raises Refused."""
    require(Stage.CONNECT, (yield from hear(Stage.CONNECT)))
    session = Session((yield from _say_hello(relay)))
    if relay.starttls_required or (relay.starttls_if_offered and session.offers("STARTTLS")):
        yield from _start_tls(session)
        session = Session((yield from _say_hello(relay)))
    if relay.username:
        yield from log_in(relay, session)
    return session


def _say_hello(relay: Relay) -> Conversation[dict[str, str]]:
    """The extensions offered; none if the server only knows HELO."""
    reply = yield from ask(f"EHLO {relay.ehlo_name}", Stage.EHLO)
    if reply.code // 100 == 5:
        reply = yield from ask(f"HELO {relay.ehlo_name}", Stage.EHLO)
        require(Stage.EHLO, reply)
        return {}
    require(Stage.EHLO, reply)
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
    reply = yield from ask("STARTTLS", Stage.TLS)
    require(Stage.TLS, reply)
    yield from do(Encrypt(), Stage.TLS)
