"""One command and its reply, before a session takes mail. Failures are the relay's trouble."""

from __future__ import annotations

from newsletter.domain.delivery.outcomes import RelayTrouble, relay_trouble
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.steps import (
    Conversation,
    ConversationBroken,
    Receive,
    Refused,
    Send,
    Step,
)


def ask(line: str, stage: Stage) -> Conversation[Reply]:
    yield from do(Send(f"{line}\r\n".encode()), stage)
    return (yield from hear(stage))


def hear(stage: Stage) -> Conversation[Reply]:
    reply = yield from do(Receive(stage), stage)
    if reply is None:
        raise ConversationBroken("no answer")
    return reply


def do(step: Step, stage: Stage) -> Conversation[Reply | None]:
    try:
        result: Reply | None = yield step
    except ConversationBroken as broken:
        raise Refused(RelayTrouble(stage, str(broken))) from broken
    return result


def require(stage: Stage, reply: Reply) -> None:
    """Raises Refused unless the reply is a 2xx."""
    if reply.code // 100 != 2:
        raise Refused(relay_trouble(stage, reply))
