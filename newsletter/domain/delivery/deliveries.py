"""A delivery is one reader's copy of one edition: its states and the legal transitions."""

from __future__ import annotations

from enum import StrEnum

from newsletter.domain.transitions import Transitions


class DeliveryState(StrEnum):
    """The state of a delivery, or of an outbox row."""

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
        # Only when an editor says so, or when the relay turns out to refuse everybody.
        (_S.FAILED, _S.PENDING),
        (_S.EXPIRED, _S.PENDING),
    }
)

OPEN_STATES = frozenset({_S.PENDING, _S.HANDING_OVER, _S.DEFERRED})
"""While one of these is left, the issue is not finished. Uncertain is open only under `resend`."""


class UncertainPolicy(StrEnum):
    """What to do with a message that the relay may or may not have taken."""

    RESEND = "resend"
    HOLD = "hold"
