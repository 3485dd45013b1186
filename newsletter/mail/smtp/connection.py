"""The socket under a conversation: does its steps in an event loop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import in_brackets, without_stop
from newsletter.mail.smtp.relay import Relay, starttls_context
from newsletter.mail.smtp.replies import NotSmtp, ReplyParser
from newsletter.mail.smtp.steps import (
    Conversation,
    ConversationBroken,
    Drain,
    Encrypt,
    Idle,
    Listen,
    Receive,
    Send,
    Step,
)
from newsletter.mail.smtp.timeouts import Timeouts

_CLOSED = "it closed the connection without a reply"
_HUNG_UP = "it hung up"
_WAITING = object()


class Connection(asyncio.Protocol):
    """Runs one conversation at a time."""

    def __init__(self, relay: Relay, timeouts: Timeouts) -> None:
        self.relay = relay
        self.timeouts = timeouts
        self.is_idle = False
        self.idle_since_s = 0.0
        self._loop = asyncio.get_running_loop()
        self._parser = ReplyParser()
        self._transport: asyncio.Transport | None = None
        self._conversation: Conversation[Any] | None = None
        self._ended: Callable[[Any, BaseException | None], None] | None = None
        self._step: Step | None = None
        self._is_blocked = False
        self._broken = ""
        self._deadline_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._encrypting: asyncio.Task[None] | None = None

    @property
    def is_encrypted(self) -> bool:
        transport = self._transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    # --- For the pool

    def run(
        self,
        conversation: Conversation[Any],
        ended: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Starts `conversation`. Calls `ended` with its result, or None and what it raised."""
        self._conversation, self._ended = conversation, ended
        self._resume()

    def wake(self) -> None:
        """Continues an idle conversation. Does nothing otherwise."""
        if self.is_idle:
            self.is_idle = False
            self._resume()

    def close(self) -> None:
        """Closes at once. A conversation that still runs gets ConversationBroken."""
        if self._transport is not None:
            self._transport.abort()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        step = self._step
        if type(step) is Receive:
            self._answer(step.stage)
        elif self.is_idle:
            # A server that speaks unasked is about to hang up, usually with 421.
            self._mark_broken(_HUNG_UP)

    def eof_received(self) -> None:
        self._mark_broken(_CLOSED)

    def connection_lost(self, exc: Exception | None) -> None:
        self._mark_broken(_CLOSED if exc is None else _why_lost(exc))

    def pause_writing(self) -> None:
        self._is_blocked = True

    def resume_writing(self) -> None:
        self._is_blocked = False
        if type(self._step) is Drain:
            self._resume()

    # --- The steps

    def _resume(
        self, result: Reply | None = None, broken: ConversationBroken | None = None
    ) -> None:
        """Runs the conversation until it has to wait again."""
        conversation = self._conversation
        if conversation is None:
            return
        self._step = None
        try:
            step = conversation.throw(broken) if broken else conversation.send(result)
            while True:
                try:
                    done = self._do(step)
                except ConversationBroken as error:
                    step = conversation.throw(error)
                    continue
                if done is _WAITING:
                    return
                step = conversation.send(done)
        except StopIteration as end:
            self._end(end.value, None)
        except BaseException as error:  # noqa: BLE001  the pool handles it
            self._end(None, error)

    def _answer(self, stage: Stage) -> None:
        try:
            reply = self._next_reply(stage)
        except ConversationBroken as broken:
            self._resume(broken=broken)
        else:
            if reply is not None:
                self._resume(reply)

    def _do(self, step: Step) -> Any:
        """The result of `step`, or _WAITING. Raises ConversationBroken."""
        if type(step) is Receive:  # the most frequent step, and the quickest way to ask
            reply = self._next_reply(step.stage)
            return reply if reply is not None else self._wait(step, self._limit_s(step))
        if type(step) is Send:
            if self._transport is not None and not self._broken:
                self._transport.write(step.data)
        elif type(step) is Listen:
            return self._next_reply(Stage.DATA)
        elif type(step) is Drain:
            if self._is_blocked and not self._broken:
                return self._wait(step, self.timeouts.command.total_seconds())
        elif type(step) is Idle:
            return self._wait_idle(step)
        elif type(step) is Encrypt:
            self._step = step
            self._encrypting = self._loop.create_task(self._encrypt())
            return _WAITING
        return None

    def _next_reply(self, stage: Stage) -> Reply | None:
        """A reply that has arrived, or None. Raises ConversationBroken if none can arrive."""
        try:
            reply = self._parser.next_reply()
        except NotSmtp as error:
            text = f"it does not speak SMTP. It said {error}"
            if stage is Stage.CONNECT and not self.relay.implicit_tls:
                text += ". If it wants encryption from the start, use smtps://"
            raise ConversationBroken(text) from error
        if reply is None and self._broken:
            raise ConversationBroken(self._broken)
        return reply

    def _wait_idle(self, step: Step) -> Any:
        if self._broken or self._parser.has_more:
            raise ConversationBroken(self._broken or _HUNG_UP)
        self._step, self.is_idle, self.idle_since_s = step, True, self._loop.time()
        return _WAITING

    def _mark_broken(self, why: str, *, is_silence: bool = False) -> None:
        self._broken = self._broken or why
        if self.is_idle or type(self._step) in (Receive, Drain):
            self.is_idle = False
            self._resume(broken=ConversationBroken(self._broken, is_silence=is_silence))

    def _end(self, value: Any, error: BaseException | None) -> None:
        ended, self._ended, self._conversation = self._ended, None, None
        if ended is not None:
            ended(value, error)

    # --- Time

    def _wait(self, step: Step, limit_s: float) -> object:
        """Each connection has one timer. When it fires, it checks the deadline again."""
        self._step = step
        self._deadline_s = self._loop.time() + limit_s
        if self._timer is None or self._timer.when() > self._deadline_s:
            self._set_timer(self._deadline_s)
        return _WAITING

    def _limit_s(self, step: Receive) -> float:
        return self.timeouts.of(step.stage, is_hurried=step.is_hurried)

    def _set_timer(self, at_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(at_s, self._on_timeout)

    def _on_timeout(self) -> None:
        self._timer = None
        step = self._step
        if not isinstance(step, Receive | Drain):
            return
        if self._loop.time() < self._deadline_s:
            self._set_timer(self._deadline_s)
        elif isinstance(step, Receive):
            self._mark_broken(_no_answer(step.stage, self._limit_s(step)), is_silence=True)
        else:
            self._mark_broken("it stopped reading")

    # --- Encryption

    async def _encrypt(self) -> None:
        try:
            await self._start_tls()
        except ConversationBroken as broken:
            self._resume(broken=broken)
        else:
            self._resume()

    async def _start_tls(self) -> None:
        if self._parser.has_more:
            raise ConversationBroken(
                "it sent data before encryption began, as an attacker in between would"
            )
        assert self._transport is not None  # noqa: S101  there was a conversation over it
        try:
            encrypted = await self._loop.start_tls(
                self._transport,
                self,
                starttls_context(self.relay),
                server_hostname=self.relay.host,
                ssl_handshake_timeout=self.timeouts.of(Stage.TLS),
            )
        except (OSError, ValueError, Misconfigured) as error:
            raise ConversationBroken(why_not_encrypted(self.relay, error)) from error
        if encrypted is None:
            raise ConversationBroken(_CLOSED)
        self.connection_made(encrypted)


def why_not_encrypted(relay: Relay, error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not valid for {relay.host}: {without_stop(error.verify_message)}. "
            "Check the host name. Set SMTP_CA_FILE to trust your own certificates"
        )
    if isinstance(error, ssl.SSLError) and _reason(error) == "WRONG_VERSION_NUMBER":
        hint = ". Use smtp:// for a port with STARTTLS" if relay.implicit_tls else ""
        return f"it does not speak TLS on this port{hint}"
    if isinstance(error, TimeoutError) or "handshake is taking longer" in str(error):
        return "it did not answer while encryption was set up"
    if isinstance(error, Misconfigured):
        return without_stop(error)
    return f"encryption could not be set up{in_brackets(_reason(error))}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error)


def _why_lost(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it stopped reading"
    return f"the connection was lost{in_brackets(getattr(error, 'strerror', None) or error)}"


def _no_answer(stage: Stage, limit_s: float) -> str:
    what = {Stage.CONNECT: "our call", Stage.DOT: "the final dot"}.get(stage, stage.value.upper())
    return f"it did not reply to {what} within {limit_s:g} s"
