"""A claimed window on its way: the courier takes its copies and reports their outcomes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    RelayTrouble,
    Throttled,
    Unsendable,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.copies import Copy
from newsletter.spool.journal import ClaimKey, Journal
from newsletter.store.sending.ledger import Claimed

LOSSES_ALLOWED = 3
"""After this many lost connections in a row, the relay is paused."""


class Window:
    """The copy source for one window. Only the courier's thread calls its methods.

    Wait for `is_finished`, then read the other public attributes from any thread.
    """

    def __init__(
        self,
        claimed: list[Claimed],
        compose: Callable[[Claimed], tuple[Envelope, bytes]],
        may_finish: Callable[[], bool],
        journal: Journal,
        note_refusal: Callable[[Claimed, Outcome], RelayTrouble | None],
    ) -> None:
        self._left = deque(claimed)
        self._compose = compose
        self._may_finish = may_finish
        self._journal = journal
        self._note_refusal = note_refusal
        self._on_the_wire: set[Copy] = set()
        self._open = len(claimed)
        self._losses = 0
        self._gone: set[int] = set()
        self.outcomes: list[tuple[Claimed, Outcome]] = []
        self.trouble: RelayTrouble | None = None
        """Trouble with the relay itself: pause it."""
        self.throttled: Throttled | None = None
        """The relay takes no more for the moment: slow it down."""
        self.journal_error = ""
        """Why the journal can't be written: no final dot may be sent. "" while it can."""
        self.is_finished = threading.Event()
        if not claimed:
            self.is_finished.set()

    # --- CopySource

    @property
    def waiting(self) -> int:
        return len(self._left)

    def take(self) -> Copy | None:
        while self._left:
            reader = self._left.popleft()
            if reader.subscriber_id in self._gone:
                self._settle(reader, Withheld())
                continue
            try:
                envelope, message = self._compose(reader)
            except InvalidInput as error:
                self._settle(reader, Unsendable(f"This copy can't be made: {error}"))
            except Misconfigured as error:
                trouble = RelayTrouble(Stage.CONNECT, str(error), is_refused_login=True)
                self._left.appendleft(reader)
                self.refuse(trouble)
            else:
                return Copy(envelope, message, self, reader, is_clean=True)
        return None

    def may_finish(self, copy: Copy) -> bool:
        if not self._may_finish():
            self.withdraw()  # the other copies would each cost a connection, and be withheld too
            return False
        return copy.key.subscriber_id not in self._gone

    def before_dot(self, copy: Copy) -> bool:
        if self.journal_error:
            return False
        try:
            self._journal.record_dot(_claim_key(copy.key))
        except OSError as error:
            self.journal_error = f"{error.strerror or error}"
            self.withdraw()
            return False
        self._on_the_wire.add(copy)
        return True

    def resumes(self, copy: Copy) -> bool:
        if copy in self._on_the_wire:  # the relay refused it for what came behind its dot
            self._on_the_wire.discard(copy)
            self._journal.record_outcome(_claim_key(copy.key), Withheld())
        is_gone = copy.key.subscriber_id in self._gone
        if self.trouble is None and not self._is_withdrawn and not is_gone:
            return True
        self._settle(copy.key, Withheld())
        return False

    def done(self, copy: Copy, outcome: Outcome) -> None:
        if copy in self._on_the_wire:
            self._on_the_wire.discard(copy)
            self._journal.record_outcome(_claim_key(copy.key), outcome)
        self._learn(copy.key, outcome)
        self._settle(copy.key, outcome)

    def _learn(self, reader: Claimed, outcome: Outcome) -> None:
        """What the outcome of one copy means for the others."""
        trouble = self._note_refusal(reader, outcome)
        match outcome:
            case Accepted():
                self._losses = 0
            case RelayTrouble(is_loss=True):
                self._losses += 1
                trouble = outcome if self._losses >= LOSSES_ALLOWED else None
            case RelayTrouble():
                trouble = outcome
            case Throttled():
                self.throttled = outcome
                self.withdraw()
            case Deferred() if outcome.reply.hangs_up:
                self.withdraw()  # or each copy for this domain would cost a connection
            case Rejected() if outcome.verdict.pauses_issue:
                self.withdraw()
        if trouble is not None:
            self.trouble = trouble
            self.withdraw()

    def refuse(self, trouble: RelayTrouble) -> None:
        self.trouble = trouble
        while self._left:
            self._settle(self._left.popleft(), trouble)

    def withhold(self, subscriber_ids: Iterable[int]) -> None:
        """Readers who left after the claim: no dot is sent for them any more."""
        self._gone.update(subscriber_ids)

    _is_withdrawn = False

    def withdraw(self) -> None:
        """Copies that were not begun are withheld."""
        self._is_withdrawn = True
        while self._left:
            self._settle(self._left.popleft(), Withheld())

    def _settle(self, reader: Claimed, outcome: Outcome) -> None:
        self.outcomes.append((reader, outcome))
        self._open -= 1
        if not self._open:
            self._journal.flush_outcomes()
            self.is_finished.set()


def _claim_key(reader: Claimed) -> ClaimKey:
    return reader.edition_id, reader.subscriber_id, reader.attempts
