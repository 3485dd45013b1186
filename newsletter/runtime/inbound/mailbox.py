"""Reads a mailbox again and again: each message is stored before it is moved or deleted."""

from __future__ import annotations

import threading
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from newsletter import telemetry
from newsletter.domain.feedback.inbound import Arrival, Door, MailboxTrouble
from newsletter.mail.mailboxes import (
    FAILURES,
    ImapMailbox,
    Pop3Mailbox,
    is_wrong_password,
    open_mailbox,
    read_mailbox_url,
)
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from newsletter.usecases.feedback.record_mailbox import record_mailbox
from newsletter.usecases.feedback.store_arrivals import store_arrivals

FIRST_BACKOFF_S = 5.0
LONGEST_BACKOFF_S = 900.0
IDLE_S = 20.0
"""How long IDLE waits before it is left to see whether to stop."""


def run_mailbox(
    context: Context,
    stop: threading.Event,
    first_backoff_s: float = FIRST_BACKOFF_S,
    idle_s: float = IDLE_S,
) -> None:
    """Until `stop`. Trouble is reported once, and the server tried ever less often."""
    _Reader(context, stop, first_backoff_s, idle_s).run()


def read_once(context: Context, mailbox: ImapMailbox | Pop3Mailbox) -> int:
    """How many messages were taken over."""
    count = 0
    for number, content in mailbox.messages(context.settings.inbound_max_bytes):
        store_arrivals(context, [Arrival(Door.MAILBOX, content)])
        mailbox.finish(number)
        count += 1
    while count and judge_new(context).messages:
        pass
    return count


class _Reader:
    def __init__(
        self, context: Context, stop: threading.Event, first_backoff_s: float, idle_s: float
    ) -> None:
        self._context = context
        self._stop = stop
        self._first_backoff_s = first_backoff_s
        self._idle_s = idle_s
        self._backoff_s = 0.0
        self._trouble: MailboxTrouble | None = None
        self._address = read_mailbox_url(context.settings.inbound_mailbox)

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_until_it_fails()
            except SQLAlchemyError:
                self._rest()
            except FAILURES as error:
                self._tell(error)
                self._rest()

    def _read_until_it_fails(self) -> None:
        timeout_s = self._context.settings.inbound_timeout.total_seconds()
        mailbox = open_mailbox(self._address, timeout_s)
        try:
            is_kept = True
            while is_kept and not self._stop.is_set():
                read_once(self._context, mailbox)
                self._mended()
                is_kept = mailbox.wait(self._idle_s) or self._wait(mailbox)
        finally:
            mailbox.close()

    def _wait(self, mailbox: ImapMailbox | Pop3Mailbox) -> bool:
        """Whether the connection is kept. POP3 shows what is new to a new connection only."""
        if isinstance(mailbox, Pop3Mailbox):
            mailbox.close()
        self._stop.wait(self._context.settings.inbound_mailbox_interval.total_seconds())
        return isinstance(mailbox, ImapMailbox)

    def _mended(self) -> None:
        self._backoff_s, self._trouble = 0.0, None
        record_mailbox(self._context, None)

    def _rest(self) -> None:
        self._backoff_s = min(self._backoff_s * 2 or self._first_backoff_s, LONGEST_BACKOFF_S)
        self._stop.wait(self._backoff_s)

    def _tell(self, error: Exception) -> None:
        """Once, and never in the words of the server, which may repeat what was sent to it."""
        is_refused = is_wrong_password(error)
        trouble = MailboxTrouble.REFUSED if is_refused else MailboxTrouble.SILENT
        if trouble is not self._trouble:
            self._trouble = trouble
            with telemetry.wide_event("mailbox can't be read") as event:
                event.add(mailbox=self._address.shown, reason=trouble, error=type(error).__name__)
        with suppress(SQLAlchemyError):
            record_mailbox(self._context, trouble)
