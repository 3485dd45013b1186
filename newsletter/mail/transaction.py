"""One message handed over: MAIL, RCPT, DATA, the text, the final dot, and what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from newsletter.domain.deliveries import (
    Outcome,
    Rejected,
    RelayTrouble,
    Uncertain,
    Unsendable,
    Withheld,
)
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outcomes import closes_connection, outcome_of
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.envelope import Envelope, Path, wire_path
from newsletter.mail.steps import (
    Conversation,
    ConversationBroken,
    Listen,
    Receive,
    Send,
    Session,
    Stale,
    receive,
)

_Command = tuple[bytes, Stage]


def hand_over(
    session: Session, envelope: Envelope, message: bytes, may_finish: Callable[[], bool]
) -> Conversation[Outcome]:
    """One transaction. Raises Stale, and then nothing of it was taken.

    Whatever `may_finish` raises goes through, with the session unusable and no dot sent.
    """
    prepared = _prepare(session, envelope, message)
    if not isinstance(prepared, list):
        return prepared
    try:
        refusal = yield from _open(session, prepared)
        return refusal or (yield from _finish(session, message, may_finish))
    except BaseException:
        session.is_usable = False
        raise


def quit_politely() -> Conversation[None]:
    yield Send(b"QUIT\r\n")
    yield Receive(Stage.CONNECT)


def _open(session: Session, commands: list[_Command]) -> Conversation[Outcome | None]:
    """Up to the 354 of DATA, or the first refusal, with the session left in step."""
    may_be_stale, session.is_fresh = not session.is_fresh, False
    if session.needs_reset:
        commands = [(b"RSET\r\n", Stage.MAIL), *commands]
    session.needs_reset = True
    is_pipelined = session.offers("PIPELINING")
    waiting = deque(commands)
    try:
        if is_pipelined:
            yield Send(b"".join(line for line, _ in commands))
        while waiting:
            line, stage = waiting[0]
            if not is_pipelined:
                yield Send(line)
            reply = yield from receive(stage)
            if reply.code // 100 != (3 if stage is Stage.DATA else 2):
                break
            may_be_stale = may_be_stale and not line.startswith(b"MAIL")
            waiting.popleft()
        else:
            return None
    except ConversationBroken as broken:
        if may_be_stale:
            raise Stale from broken
        return _broken_off(session, waiting[0][1], broken)
    if may_be_stale and reply.code == 421:
        raise Stale
    waiting.popleft()
    return (yield from _refused(session, stage, reply, waiting if is_pipelined else ()))


def _refused(
    session: Session, stage: Stage, reply: Reply, unanswered: Iterable[_Command]
) -> Conversation[Outcome]:
    outcome = outcome_of(stage, reply)
    session.is_usable = not (isinstance(outcome, RelayTrouble) or closes_connection(reply))
    if session.is_usable:
        yield from _stay_in_step(session, [stage for _, stage in unanswered])
    return outcome


def _stay_in_step(session: Session, stages: list[Stage]) -> Conversation[None]:
    """Reads what is still to come after a refusal; the refusal stands whatever that is.

    A 354 for nobody is answered with an empty text, which goes to nobody [RFC 2920 3.1].
    """
    try:
        for stage in stages:
            reply = yield from receive(stage)
            if stage is Stage.DATA and reply.code // 100 == 3:
                yield Send(b".\r\n")
                reply = yield from receive(Stage.DATA)
            if closes_connection(reply):
                session.is_usable = False
                return
    except ConversationBroken:
        session.is_usable = False


def _finish(
    session: Session, message: bytes, may_finish: Callable[[], bool]
) -> Conversation[Outcome]:
    """The text, and the dot after which there is no way back."""
    try:
        yield Send(_stuffed(message))
        early = yield Listen()
    except ConversationBroken as broken:
        return _broken_off(session, Stage.DATA, broken)
    if early is not None:
        session.is_usable = False
        return outcome_of(Stage.DATA, early)
    if not may_finish():
        session.is_usable = False
        return Withheld()
    try:
        yield Send(b".\r\n")
        reply = yield from receive(Stage.DOT)
    except ConversationBroken as broken:
        session.is_usable = False
        return Uncertain(f"after the final dot: {broken}")
    outcome = outcome_of(Stage.DOT, reply)
    session.needs_reset = False
    session.is_usable = not (
        isinstance(outcome, RelayTrouble | Uncertain) or closes_connection(reply)
    )
    return outcome


def _stuffed(message: bytes) -> bytes:
    """A dot before each dot that begins a line [RFC 5321 4.5.2], and a line end at the end."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _broken_off(session: Session, stage: Stage, broken: ConversationBroken) -> RelayTrouble:
    session.is_usable = False
    return RelayTrouble(stage, str(broken))


def _prepare(session: Session, envelope: Envelope, message: bytes) -> list[_Command] | Outcome:
    """The commands as they go out, or why this message can't be sent over this session."""
    if _has_bare_line_ends(message):
        return _message_fault(554, "5.6.0", "The message has bare CR or LF in it; not sent.")
    try:
        recipient = wire_path(envelope.recipient)
    except InvalidInput as error:
        return Unsendable(str(error))
    try:
        sender = wire_path(envelope.sender) if envelope.sender else Path("")
    except InvalidInput as error:
        return RelayTrouble(Stage.MAIL, f"the envelope sender is wrong: {error}")
    if (sender.needs_smtputf8 or recipient.needs_smtputf8) and not session.offers("SMTPUTF8"):
        text = "The relay does not offer SMTPUTF8, which this address needs; not sent."
        return Rejected(Reply(553, text, "5.6.7"), Stage.RCPT)
    if 0 < session.size_limit < len(message):
        text = f"The message has {len(message)} bytes; the relay takes {session.size_limit}."
        return _message_fault(552, "5.3.4", f"{text} Not sent.")
    return _commands(session, sender, recipient, message)


def _has_bare_line_ends(message: bytes) -> bool:
    """They let a message end early for one server and not for the next: smuggling."""
    pairs = message.count(b"\r\n")
    return message.count(b"\n") != pairs or message.count(b"\r") != pairs


def _message_fault(code: int, enhanced: str, text: str) -> Rejected:
    return Rejected(Reply(code, text, enhanced), Stage.MAIL, is_message_fault=True)


def _commands(session: Session, sender: Path, recipient: Path, message: bytes) -> list[_Command]:
    mail = f"MAIL FROM:<{sender.text}>"
    if session.offers("SIZE"):
        mail += f" SIZE={len(message)}"
    if session.offers("8BITMIME") and not message.isascii():
        mail += " BODY=8BITMIME"
    if sender.needs_smtputf8 or recipient.needs_smtputf8:
        mail += " SMTPUTF8"
    return [
        (f"{mail}\r\n".encode(), Stage.MAIL),
        (f"RCPT TO:<{recipient.text}>\r\n".encode(), Stage.RCPT),
        (b"DATA\r\n", Stage.DATA),
    ]
