"""The deliveries of every issue to one subscriber."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import NotFound
from newsletter.domain.readers.addresses import domain_of
from newsletter.domain.staff.permissions import PERMISSIONS, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.mail.message_ids import delivery_message_id
from newsletter.store.feedback.later import words_by_edition
from newsletter.store.models import Subscriber
from newsletter.store.readers.subscriptions import find_subscriber
from newsletter.store.sending.next_tries import reply_of
from newsletter.store.sending.subscriber_deliveries import Line, is_subscribed_to, lines_of
from newsletter.usecases.context import Context

PAGE_LENGTH = 100
NOT_A_READER = "not a reader"


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """`state` is a DeliveryState, or NOT_A_READER if they were not active when it was frozen.

    `state_at` and `next_try_at` are in the newsletter's time zone. `reply` is what the relay said
    last, `detail` our own words beside it. `message_id` finds the copy in anybody's log.
    """

    newsletter: str
    newsletter_name: str
    time_zone: str
    issue_id: int
    number: int
    subject: str
    state: str
    state_at: datetime
    detail: str
    attempts: int = 0
    next_try_at: datetime | None = None
    relay: str = ""
    reply: str = ""
    queue_id: str = ""
    message_id: str = ""
    came_back: str = ""
    """What was said of the copy after it was accepted, the last first."""


@dataclass(frozen=True, slots=True)
class ReaderLedger:
    """`address` is "" once erased; `older` leads to the next page, None on the last one."""

    subscriber_id: int
    address: str
    lines: tuple[DeliveryLine, ...]
    older: int | None

    def to_json(self) -> dict[str, Any]:
        lines = [asdict(line) | _in_iso(line) for line in self.lines]
        return {"address": self.address, "deliveries": lines, "older": self.older}


def find_by_address(context: Context, address: str, principal: Principal) -> int:
    """The id of a subscriber of any newsletter that the principal may see. Raises NotFound."""
    require_scope(principal, "find_by_address")
    newsletters = principal.newsletters_with(PERMISSIONS["find_by_address"])
    with context.database.read() as session:
        found = find_subscriber(session, address)
        is_theirs = found is not None and is_subscribed_to(session, found.id, newsletters)
    if found is None or not is_theirs:
        raise NotFound(
            f"No subscriber has the address {address.strip()[:254] or '(none)'}.",
            advice="Check the spelling. We keep no addresses of erased subscribers.",
        )
    return found.id


def show_deliveries(
    context: Context,
    subscriber_id: int,
    principal: Principal,
    *,
    before: int | None = None,
    limit: int = PAGE_LENGTH,
) -> ReaderLedger:
    """The newest issue first, of the newsletters that the principal may see. Raises NotFound."""
    require_scope(principal, "show_deliveries")
    newsletters = principal.newsletters_with(PERMISSIONS["show_deliveries"])
    with context.database.read() as session:
        reader = session.get(Subscriber, subscriber_id)
        if reader is None or not is_subscribed_to(session, subscriber_id, newsletters):
            raise NotFound("This subscriber does not exist.")
        found = lines_of(
            session, reader.id, limit=limit + 1, before=before, newsletters=newsletters
        )
        return _ledger(session, reader, found, limit)


def _ledger(session: Session, reader: Subscriber, found: list[Line], limit: int) -> ReaderLedger:
    lines = found[:limit]
    came_back = words_by_edition(session, reader.id, [line.edition_id for line in lines])
    return ReaderLedger(
        subscriber_id=reader.id,
        address=reader.address or "",
        lines=tuple(
            replace(_line(line), came_back=came_back.get(line.edition_id, "")) for line in lines
        ),
        older=lines[-1].edition_id if len(found) > limit else None,
    )


def _line(line: Line) -> DeliveryLine:
    if line.delivery is None:
        return _line_with(
            line, NOT_A_READER, line.frozen_at, "Not an active subscriber at the time."
        )
    made = line.delivery
    domain = domain_of(line.newsletter.sender_address)
    comes_back = made.state in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    return replace(
        _line_with(line, made.state, made.state_at, made.detail),
        attempts=made.attempts,
        next_try_at=_local(line, made.due_at) if comes_back and made.due_at else None,
        relay=made.relay,
        reply=reply_of(made),
        queue_id=made.queue_id,
        message_id=delivery_message_id(line.edition_id, made.subscriber_id, line.frozen_at, domain),
    )


def _line_with(line: Line, state: str, at: datetime, detail: str) -> DeliveryLine:
    return DeliveryLine(
        newsletter=line.newsletter.slug,
        newsletter_name=line.newsletter.name,
        time_zone=line.newsletter.time_zone,
        issue_id=line.issue_id,
        number=line.number,
        subject=line.subject,
        state=state,
        state_at=_local(line, at),
        detail=detail,
    )


def _local(line: Line, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(line.newsletter.time_zone))


def _in_iso(line: DeliveryLine) -> dict[str, str | None]:
    next_try = line.next_try_at.isoformat() if line.next_try_at else None
    return {"state_at": line.state_at.isoformat(), "next_try_at": next_try}
