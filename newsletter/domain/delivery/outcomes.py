"""What became of one attempt to hand a message over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import ACCEPTED, Cause, Reply, Stage, Verdict, judge
from newsletter.domain.sentences import as_sentence


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took responsibility: a 2xx to the final dot. `queue_id` is "" if it gave none."""

    reply: Reply
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Refused for now: try again later."""

    reply: Reply
    stage: Stage

    @property
    def verdict(self) -> Verdict:
        return judge(self.stage, self.reply)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good."""

    reply: Reply
    stage: Stage

    @property
    def verdict(self) -> Verdict:
        return judge(self.stage, self.reply)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """No reply to the final dot, or one that makes no sense: the relay may have the message."""

    detail: str


@dataclass(frozen=True, slots=True)
class RelayTrouble:
    """The relay takes no mail from us, for any reader. Nothing was handed over.

    `is_refused_login`: our settings are wrong, rather than the network. `is_loss`: this connection
    was lost in the middle of a transaction; others may still work. `is_about_us`: our account, our
    domain or our name is refused, so that trying again would not help.
    """

    stage: Stage
    detail: str
    is_refused_login: bool = False
    is_loss: bool = False
    is_about_us: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """The relay takes no more for the moment. Nothing was handed over, and no attempt counts."""

    reply: Reply
    stage: Stage

    @property
    def detail(self) -> str:
        return f"{judge(self.stage, self.reply).words}: {self.reply}"


@dataclass(frozen=True, slots=True)
class Withheld:
    """We stopped before the final dot, because our lease ran out. Nothing was handed over."""


@dataclass(frozen=True, slots=True)
class Unsendable:
    """The copy of this reader can't be made, now or later. Nothing was handed over."""

    detail: str


@dataclass(frozen=True, slots=True)
class Paced:
    """Not tried yet: its recipient domain takes mail slowly. Its turn comes after `wait`."""

    wait: timedelta
    reason: str


Outcome = (
    Accepted
    | Deferred
    | Rejected
    | Uncertain
    | RelayTrouble
    | Throttled
    | Withheld
    | Unsendable
    | Paced
)


def outcome_of(stage: Stage, reply: Reply) -> Outcome:
    """What becomes of a message that got this reply."""
    verdict = judge(stage, reply)
    if verdict is ACCEPTED:  # nearly always
        return Accepted(reply, reply.queue_id)
    match verdict.state:
        case DeliveryState.DEFERRED:
            return Deferred(reply, stage)
        case DeliveryState.FAILED:
            return Rejected(reply, stage)
        case DeliveryState.UNCERTAIN:
            return Uncertain(f"{verdict.words}: {reply}")
        case _ if verdict.slows_relay:
            return Throttled(reply, stage)
        case _:
            return relay_trouble(stage, reply)


def relay_trouble(stage: Stage, reply: Reply) -> RelayTrouble:
    """The trouble behind a reply that stops us before any message is sent."""
    verdict = judge(stage, reply)
    detail = f"{verdict.words}: {reply}"
    if verdict.advice:
        detail = f"{detail.removesuffix('.')}. {verdict.advice}"
    return RelayTrouble(
        stage,
        detail,
        is_refused_login=verdict.cause is Cause.LOGIN,
        is_about_us=verdict.cause is Cause.ACCOUNT,
    )


def with_relay_name(outcome: Outcome, relay: str) -> Outcome:
    """Operators see the detail of trouble, so it names the relay."""
    match outcome:
        case RelayTrouble(detail=detail):
            return replace(outcome, detail=as_sentence(f"The relay {relay}: {detail}"))
        case Uncertain(detail):
            return replace(outcome, detail=as_sentence(f"The relay {relay}, {detail}"))
        case _:
            return outcome


def trouble_of_all(outcome: Rejected) -> RelayTrouble:
    """What a refusal means when everybody gets it: it is about us."""
    said = f"it refuses every reader alike: {outcome.reply}"
    return RelayTrouble(outcome.stage, said, is_about_us=True)
