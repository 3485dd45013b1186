"""The commands that begin a transaction, or why a message can't be sent in this session."""

from __future__ import annotations

from functools import lru_cache

from newsletter.domain.delivery.outcomes import Outcome, Rejected, RelayTrouble, Unsendable
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.domain.errors import InvalidInput
from newsletter.mail.envelope import Path, wire_path
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.steps import Session

Command = tuple[bytes, Stage]

_MAIL, _RCPT = Stage.MAIL, Stage.RCPT  # looking them up for each message takes longer
RESET: Command = (b"RSET\r\n", _MAIL)
_DATA: Command = (b"DATA\r\n", Stage.DATA)


def commands_of(session: Session, copy: Copy) -> list[Command] | Outcome:
    """MAIL, RCPT and DATA, ready to send; an outcome if the message must not be sent."""
    message, envelope = copy.message, copy.envelope
    if not copy.is_clean and has_bare_line_ends(message):
        return _message_fault(554, "5.6.0", "The message contains a bare CR or LF. Not sent.")
    try:
        recipient = wire_path(envelope.recipient)
    except InvalidInput as error:
        return Unsendable(str(error))
    try:
        sender = _sender_path(envelope.sender)
    except InvalidInput as error:
        return RelayTrouble(Stage.MAIL, f"the envelope sender is wrong: {error}")
    if (sender.needs_smtputf8 or recipient.needs_smtputf8) and not session.offers("SMTPUTF8"):
        text = "The relay does not offer SMTPUTF8, which this address needs. Not sent."
        return Rejected(Reply(553, text, "5.6.7"), _RCPT)
    if 0 < session.size_limit < len(message):
        text = f"The message has {len(message)} bytes. The relay accepts {session.size_limit}."
        return _message_fault(552, "5.3.4", f"{text} Not sent.")
    mail = f"MAIL FROM:<{sender.text}>{_parameters(session, sender, recipient, message)}\r\n"
    return [
        (mail.encode(), _MAIL),
        (f"RCPT TO:<{recipient.text}>\r\n".encode(), _RCPT),
        _DATA,
    ]


def stuffed(copy: Copy) -> bytes:
    """Doubles each dot that begins a line [RFC 5321 4.5.2], and ends the text with a line end."""
    message = copy.message
    if copy.is_clean:
        return message
    message = message.replace(b"\r\n.", b"\r\n..")
    if message.startswith(b"."):
        message = b"." + message
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def has_bare_line_ends(message: bytes) -> bool:
    """Bare CR or LF, which ends a message early for some servers only (SMTP smuggling)."""
    pairs = message.count(b"\r\n")
    return message.count(b"\n") != pairs or message.count(b"\r") != pairs


@lru_cache(maxsize=256)
def _sender_path(sender: str) -> Path:
    return wire_path(sender) if sender else Path("")


def _parameters(session: Session, sender: Path, recipient: Path, message: bytes) -> str:
    text = f" SIZE={len(message)}" if session.offers("SIZE") else ""
    if session.offers("8BITMIME") and not message.isascii():
        text += " BODY=8BITMIME"
    if sender.needs_smtputf8 or recipient.needs_smtputf8:
        text += " SMTPUTF8"
    return text


def _message_fault(code: int, enhanced: str, text: str) -> Rejected:
    return Rejected(Reply(code, text, enhanced), Stage.MAIL)
