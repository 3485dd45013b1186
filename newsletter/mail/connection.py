"""The socket under a conversation, for a thread: blocking, with a deadline for every answer."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from newsletter.config import Settings
from newsletter.domain.deliveries import RelayTrouble
from newsletter.domain.errors import Misconfigured
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.relay import Relay, tls_context
from newsletter.mail.replies import NotSmtp, ReplyParser
from newsletter.mail.steps import (
    Conversation,
    ConversationBroken,
    Encrypt,
    Listen,
    Receive,
    Refused,
    Send,
    Step,
)

T = TypeVar("T")
_BLOCK_BYTES = 65_536
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait; `command` also limits each block of text [RFC 5321 4.5.3.2]."""

    connect: timedelta = timedelta(seconds=30)
    command: timedelta = timedelta(minutes=5)
    data: timedelta = timedelta(minutes=2)
    final: timedelta = timedelta(minutes=10)

    def of(self, stage: Stage) -> float:
        """In seconds."""
        if stage in (Stage.AUTH, Stage.MAIL, Stage.RCPT):
            return self.command.total_seconds()
        if stage is Stage.DATA:
            return self.data.total_seconds()
        if stage is Stage.DOT:
            return self.final.total_seconds()
        return self.connect.total_seconds()


def timeouts_from(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.smtp_connect_timeout,
        command=settings.smtp_command_timeout,
        data=settings.smtp_data_timeout,
        final=settings.smtp_final_timeout,
    )


class Connection:
    """Does the steps of conversations. Raises Refused when it can't be opened."""

    def __init__(self, relay: Relay, timeouts: Timeouts) -> None:
        self._relay = relay
        self.timeouts = timeouts
        self._parser = ReplyParser()
        self._socket = self._connect()
        if relay.implicit_tls:
            try:
                self._encrypt()
            except ConversationBroken as broken:
                self.close()
                raise Refused(RelayTrouble(Stage.TLS, str(broken))) from broken

    def run(self, conversation: Conversation[T]) -> T:
        try:
            step = next(conversation)
            while True:
                try:
                    answer = self._do(step)
                except ConversationBroken as broken:
                    step = conversation.throw(broken)
                else:
                    step = conversation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def close(self) -> None:
        self._socket.close()

    def _do(self, step: Step) -> Reply | None:
        match step:
            case Send():
                self._send(step.data)
            case Receive():
                return self._receive(step.stage)
            case Listen():
                return self._listen()
            case Encrypt():
                self._encrypt()
        return None

    def _connect(self) -> socket.socket:
        address = (self._relay.host, self._relay.port)
        try:
            connected = socket.create_connection(address, self.timeouts.of(Stage.CONNECT))
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, UnicodeError) as error:
            raise Refused(RelayTrouble(Stage.CONNECT, _why_not_connected(error))) from error
        return connected

    def _encrypt(self) -> None:
        if self._parser.has_more:
            raise ConversationBroken(
                "it went on talking before encryption began, as somebody in between would"
            )
        self._socket.settimeout(self.timeouts.of(Stage.TLS))
        try:
            context = tls_context(self._relay.ca_file)
            self._socket = context.wrap_socket(self._socket, server_hostname=self._relay.host)
        except (OSError, ValueError, Misconfigured) as error:
            raise ConversationBroken(self._why_not_encrypted(error)) from error

    def _send(self, data: bytes) -> None:
        """A block at a time, each within the time for one [RFC 5321 4.5.3.2.5]."""
        self._socket.settimeout(self.timeouts.command.total_seconds())
        view = memoryview(data)
        try:
            for start in range(0, len(data), _BLOCK_BYTES):
                self._socket.sendall(view[start : start + _BLOCK_BYTES])
        except OSError as error:
            raise ConversationBroken(_why_lost(error)) from error

    def _receive(self, stage: Stage) -> Reply:
        limit_s = self.timeouts.of(stage)
        deadline = time.monotonic() + limit_s
        while (reply := self._parsed(stage)) is None:
            self._read(deadline - time.monotonic(), _no_answer(stage, limit_s))
        return reply

    def _listen(self) -> Reply | None:
        """Reads what is there, so that an end is noticed before the dot rather than after it."""
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return self._parsed(Stage.DATA)
        except OSError as error:
            raise ConversationBroken(_why_lost(error)) from error
        if not data:
            raise ConversationBroken("it closed the connection before the message was finished")
        self._parser.feed(data)
        return self._parsed(Stage.DATA)

    def _parsed(self, stage: Stage) -> Reply | None:
        try:
            return self._parser.next_reply()
        except NotSmtp as error:
            text = f"it does not speak SMTP, it said {error}"
            if stage is Stage.CONNECT and not self._relay.implicit_tls:
                text += ". If it wants encryption from the start, use smtps://"
            raise ConversationBroken(text) from error

    def _read(self, remaining_s: float, no_answer: str) -> None:
        if remaining_s <= 0:
            raise ConversationBroken(no_answer)
        self._socket.settimeout(remaining_s)
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError as error:
            raise ConversationBroken(no_answer) from error
        except OSError as error:
            raise ConversationBroken(_why_lost(error)) from error
        if not data:
            raise ConversationBroken("it closed the connection without an answer")
        self._parser.feed(data)

    def _why_not_encrypted(self, error: Exception) -> str:
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not valid for {self._relay.host}: {error.verify_message}. "
                "Is the host name right? SMTP_CA_FILE names certificates of your own to trust"
            )
        if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
            hint = ". Use smtp:// for a port with STARTTLS" if self._relay.implicit_tls else ""
            return f"it does not speak TLS on this port{hint}"
        if isinstance(error, TimeoutError):
            return "it did not answer while encryption was set up"
        if isinstance(error, Misconfigured):
            return str(error).removesuffix(".")
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        return f"encryption could not be set up ({reason})"


def _why_not_connected(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return f"its name can't be looked up ({error.strerror}). Is it spelled right in SMTP_URL?"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused). Is SMTP_URL right, is it running?"
    if isinstance(error, TimeoutError):
        return "it can't be reached (timed out). Does a firewall or the provider block this port?"
    if isinstance(error, OSError) and error.strerror:
        return f"it can't be reached ({error.strerror.lower()})"
    return "its name can't be looked up. Is it spelled right in SMTP_URL?"


def _why_lost(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it stopped reading"
    return f"the connection was lost ({error.strerror or error})"


def _no_answer(stage: Stage, limit_s: float) -> str:
    what = {Stage.CONNECT: "our call", Stage.DOT: "the final dot"}.get(stage, stage.value.upper())
    return f"it gave no answer to {what} within {limit_s:g} s"
