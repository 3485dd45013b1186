"""Remembers whether the mailbox could be read, for the list of what stands still."""

from __future__ import annotations

from newsletter.domain.feedback.inbound import MailboxTrouble
from newsletter.store.operations import beat
from newsletter.usecases.context import Context

MAILBOX_READ = "mailbox"


def record_mailbox(context: Context, trouble: MailboxTrouble | None) -> None:
    """None when it was read."""
    with context.database.write() as session:
        beat(session, trouble or MAILBOX_READ, context.now())
