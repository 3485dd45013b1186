"""A delivery, one reader's copy of one edition: its states, legal transitions and outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.domain.transitions import Transitions


class DeliveryState(StrEnum):
    """A line of the ledger is in one of these; outbox rows use the same ones."""

    PENDING = "pending"
    HANDING_OVER = "handing over"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_S = DeliveryState

TRANSITIONS: Transitions[DeliveryState] = Transitions(
    {
        (_S.PENDING, _S.HANDING_OVER),
        (_S.PENDING, _S.WITHDRAWN),
        (_S.PENDING, _S.SUPPRESSED),
        (_S.PENDING, _S.EXPIRED),
        (_S.PENDING, _S.CANCELLED),
        (_S.HANDING_OVER, _S.ACCEPTED),
        (_S.HANDING_OVER, _S.DEFERRED),
        (_S.HANDING_OVER, _S.FAILED),
        (_S.HANDING_OVER, _S.UNCERTAIN),
        # The relay would not take anything, or the record proves that no dot was sent.
        (_S.HANDING_OVER, _S.PENDING),
        (_S.DEFERRED, _S.PENDING),
        (_S.DEFERRED, _S.WITHDRAWN),
        (_S.DEFERRED, _S.SUPPRESSED),
        (_S.DEFERRED, _S.EXPIRED),
        (_S.DEFERRED, _S.CANCELLED),
        # Resend: receivers can drop the copy by its Message-ID. Held ones wait for the editor.
        (_S.UNCERTAIN, _S.PENDING),
        # Only when an editor says so.
        (_S.FAILED, _S.PENDING),
        (_S.EXPIRED, _S.PENDING),
    }
)

OPEN_STATES = frozenset({_S.PENDING, _S.HANDING_OVER, _S.DEFERRED})
"""While one of these is left, the issue is not finished. Uncertain is open only under `resend`."""


def is_legal(before: DeliveryState, after: DeliveryState) -> bool:
    return TRANSITIONS.are_legal(before, after)


class UncertainPolicy(StrEnum):
    """What to do with a message of which nobody knows whether the relay took it."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took responsibility: a 2xx to the final dot. `queue_id` is "" if none was named."""

    reply: Reply
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not taken, and worth another try. `slow_domain`: the recipient's domain asks for less."""

    reply: Reply
    stage: Stage
    slow_domain: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not taken, for good. `is_hard`: the address does not exist, so suppress it.

    `is_message_fault`: the message itself is refused, so that others will fare no better.
    """

    reply: Reply
    stage: Stage
    is_hard: bool = False
    is_message_fault: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection was lost after the final dot: nobody knows whether the relay took it."""

    detail: str


@dataclass(frozen=True, slots=True)
class RelayTrouble:
    """The relay's trouble with us, not this reader's: nothing was handed over.

    `is_refused_login`: the settings are wrong rather than the network. `is_loss`: the connection
    was lost in the middle, and perhaps only this one.
    """

    stage: Stage
    detail: str
    is_refused_login: bool = False
    is_loss: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """We broke off before the final dot, since the lease was lost: nothing was handed over."""


@dataclass(frozen=True, slots=True)
class Unsendable:
    """The reader's copy can't be made, so nothing was handed over and nothing ever will be."""

    detail: str


@dataclass(frozen=True, slots=True)
class Paced:
    """Not tried: its recipient domain takes mail slowly now, and its turn comes after `wait`."""

    wait: timedelta
    reason: str


Outcome = Accepted | Deferred | Rejected | Uncertain | RelayTrouble | Withheld | Unsendable | Paced
