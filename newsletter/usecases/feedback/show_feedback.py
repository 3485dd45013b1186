"""What came back: each message, what it says of whom, and the rule that decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from newsletter.domain.errors import NotFound
from newsletter.domain.feedback.inbound import storable
from newsletter.domain.staff.permissions import PERMISSIONS, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.feedback import shown
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

_SHOWN_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """`before` is the id of the last line of the page before."""

    verdict: str = ""
    slug: str = ""
    before: int | None = None
    limit: int = 50


ALL = FeedbackFilter()


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """`id` is the line's, `inbound_id` None once the message was deleted."""

    id: int
    inbound_id: int | None
    at: datetime
    door: str
    verdict: str
    address: str
    """The reader's, "" where nothing proves whose copy it was, or once they are erased."""
    recipient: str
    newsletter: str
    issue_id: int | None
    subject: str
    proof: str
    status: str
    reply: str
    diagnostic: str
    reason: str
    rule: str

    @property
    def about(self) -> str:
        return self.address or (f"{self.recipient} (not proven)" if self.recipient else "unknown")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """`source` is its beginning, "" once the body is deleted."""

    id: int
    at: datetime
    door: str
    state: str
    size_bytes: int
    detail: str
    lines: tuple[FeedbackLine, ...]
    source: str
    has_others: bool = False
    """It is also about newsletters that the principal may not see, so its source is kept back."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def list_feedback(
    context: Context, principal: Principal, wanted: FeedbackFilter = ALL
) -> list[FeedbackLine]:
    """The newest first, of the newsletters that the principal may see. Raises NotFound.

    What nothing proves to be about a newsletter is for those who may see all of them.
    """
    require_scope(principal, "list_feedback")
    if wanted.slug:
        require_for_newsletter(context, principal, "list_feedback", wanted.slug)
    with context.database.read() as session:
        newsletters = principal.newsletters_with(PERMISSIONS["list_feedback"])
        with_unproven = newsletters is None
        if wanted.slug:
            newsletters = frozenset({newsletter_by_slug(session, wanted.slug).id})
        rows = shown.lines(
            session,
            newsletters=newsletters,
            with_unproven=with_unproven,
            verdict=wanted.verdict,
            before=wanted.before,
            limit=wanted.limit,
        )
        return [FeedbackLine(*row) for row in rows]


def show_message(context: Context, inbound_id: int, principal: Principal) -> ShownMessage:
    """Raises NotFound, also for one that is about no newsletter that they may see.

    One message can be about copies of several newsletters. An editor who may not see all of
    them gets their own lines and not its source, which names the other subscribers.
    """
    require_scope(principal, "show_message")
    newsletters = principal.newsletters_with(PERMISSIONS["show_message"])
    with context.database.read() as session:
        message = shown.message(session, inbound_id)
        rows = shown.lines(session, newsletters=newsletters, inbound_id=inbound_id, limit=1000)
        is_theirs = newsletters is None or shown.is_about_only(session, inbound_id, newsletters)
    lines = tuple(FeedbackLine(*row) for row in rows)
    if message is None or (newsletters is not None and not lines):
        raise NotFound("There is no such message. We delete them after 30 days.")
    content = (message.content or b"") if is_theirs else b""
    source = storable(content[:_SHOWN_BYTES].decode("utf-8", "replace"), _SHOWN_BYTES)
    return ShownMessage(
        message.id,
        message.received_at,
        message.door,
        message.state,
        message.size_bytes,
        message.detail if is_theirs else "",
        lines,
        source,
        has_others=not is_theirs,
    )
