"""The server side of SMTP for our sinks: finds commands and bodies in the bytes that arrive."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

EHLO = b"250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n"
DOT = b"\r\n.\r\n"
NAME = b"sink.test"


class SmtpServer(ABC, asyncio.Protocol):
    """Subclasses say what to answer, and when: `reply` may be called at any later time.

    `on_rcpt` and `on_dot` return the reply, or None when none is to be sent (yet).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._in_body = False
        self.transport: asyncio.Transport | None = None
        self.recipient = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self.transport = transport
        self.reply(b"220 " + NAME + b" ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take_body() if self._in_body else self._take_line():
            pass

    def reply(self, words: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(words)

    def on_rcpt(self, recipient: bytes) -> bytes | None:
        del recipient
        return b"250 2.1.5 Ok\r\n"

    def on_data(self) -> None:
        """The first byte of a body may come from now on."""

    @abstractmethod
    def on_dot(self, recipient: bytes, body: bytes) -> bytes | None:
        """The whole of a body was taken; `recipient` is the last that was named."""

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._answer(line)
        return True

    def _take_body(self) -> bool:
        end = self._buffer.find(DOT, max(0, self._searched - len(DOT)))
        if end < 0:
            self._searched = len(self._buffer)
            return False
        body = bytes(self._buffer[:end])
        del self._buffer[: end + len(DOT)]
        self._searched, self._in_body = 0, False
        recipient, self.recipient = self.recipient, b""
        self._say(self.on_dot(recipient, body))
        return True

    def _answer(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._take_recipient(line)
        elif verb == b"DATA":
            self._start_body()
        elif verb in (b"EHLO", b"HELO"):
            self.reply(EHLO % NAME)
        elif verb == b"QUIT":
            self.reply(b"221 2.0.0 Bye\r\n")
        elif verb in (b"MAIL", b"RSET", b"NOOP"):
            self.reply(b"250 2.0.0 Ok\r\n")
        else:
            self.reply(b"500 5.5.2 What is that?\r\n")

    def _take_recipient(self, line: bytes) -> None:
        recipient = line.partition(b"<")[2].partition(b">")[0]
        answer = self.on_rcpt(recipient)
        if answer is not None and answer.startswith(b"2"):
            self.recipient = recipient
        self._say(answer)

    def _start_body(self) -> None:
        if not self.recipient:
            self.reply(b"554 5.5.1 No valid recipients\r\n")
            return
        self._in_body = True
        self.on_data()
        self.reply(b"354 Go ahead\r\n")

    def _say(self, answer: bytes | None) -> None:
        if answer is not None:
            self.reply(answer)
