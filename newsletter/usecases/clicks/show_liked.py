"""What readers liked in an issue, and what came back: clicks by link, bounces, leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.clicks.click_rules import Verdict
from newsletter.domain.clicks.counted_links import ClickCounting, EditionLink
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.readers.reader_figures import edition_left_from
from newsletter.domain.staff.principals import Principal
from newsletter.store.clicks import figures, reader_days
from newsletter.store.clicks.edition_domains import kept_domains
from newsletter.store.clicks.links import links_of
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.models import Edition
from newsletter.store.newsletters import profile_of
from newsletter.store.sending.ledger import count_by_state
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.staff.downloads import record_download

_BOUNCES = (FeedbackVerdict.HARD, FeedbackVerdict.SOFT, FeedbackVerdict.BLOCKED)


@dataclass(frozen=True, slots=True)
class LinkClicks:
    """`clicks` are all, `people` those that no rule takes for a machine's. `readers` is None where
    clicks are not counted by reader.
    """

    number: int
    url: str
    label: str
    section: str
    position: int
    clicks: int
    people: int
    readers: int | None


@dataclass(frozen=True, slots=True)
class Bounce:
    """`verdict` is hard, soft or blocked, `reason` in our words, "" where there are none."""

    verdict: str
    reason: str
    copies: int


@dataclass(frozen=True, slots=True)
class Liked:
    """`machines` are clicks by the rule that told them, `unjudged` those of the last minutes."""

    counting: ClickCounting
    is_counted: bool
    accepted: int
    bounces: tuple[Bounce, ...]
    complaints: int
    unsubscribes: int
    links: tuple[LinkClicks, ...]
    clicks: int
    people: int
    machines: Mapping[str, int]
    unjudged: int
    readers: int | None

    def to_json(self) -> dict[str, Any]:
        """What came back and what was clicked, apart."""
        values = asdict(self)
        back = ("bounces", "complaints", "unsubscribes")
        return {
            "came_back": {name: values.pop(name) for name in back},
            "clicks": {"all": values.pop("clicks"), **values},
        }

    @property
    def bounced(self) -> int:
        return sum(bounce.copies for bounce in self.bounces)


def show_liked(context: Context, issue_id: int, principal: Principal) -> Liked | None:
    """None before the issue is sent. Raises NotFound."""
    require_for_issue(context, principal, "show_liked", issue_id)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        counting = profile_of(issue.newsletter).clicks
        edition = edition_of(session, issue_id)
        return _liked(context, session, edition, counting) if edition else None


def export_liked(context: Context, issue_id: int, principal: Principal) -> Liked | None:
    """The same, for a file: written down in the audit log. Raises NotFound."""
    require_for_issue(context, principal, "export_liked", issue_id)
    found = show_liked(context, issue_id, principal)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        newsletter_id, title = issue.newsletter_id, issue.title or issue.subject
    record_download(context, principal, Action.DOWNLOAD_CLICKS, newsletter_id, title=title)
    return found


def _liked(context: Context, session: Session, edition: Edition, counting: ClickCounting) -> Liked:
    links = links_of(session, edition.id)
    by_link = figures.clicks_by_link(session, edition.id) if links else {}
    readers: dict[int, int] | None = None
    reader_total = None
    if links and counting is ClickCounting.READER:
        readers, reader_total = figures.readers_by_link(session, edition.id)
    totals: Counter[str] = Counter()
    for verdicts in by_link.values():
        totals.update(verdicts)
    back = figures.came_back(session, edition.id)
    return Liked(
        counting=counting,
        is_counted=bool(links),
        accepted=_accepted(session, edition.id),
        bounces=_bounces(back),
        complaints=_said(back, FeedbackVerdict.COMPLAINT),
        unsubscribes=_left(context, session, edition) + _said(back, FeedbackVerdict.UNSUBSCRIBE),
        links=tuple(_link(one, by_link.get(one.number, {}), readers) for one in links),
        clicks=totals.total(),
        people=totals[Verdict.PERSON],
        machines={
            verdict.value: totals[verdict]
            for verdict in Verdict
            if verdict is not Verdict.PERSON and totals[verdict]
        },
        unjudged=totals[""],
        readers=reader_total,
    )


def _accepted(session: Session, edition_id: int) -> int:
    """What was counted when the issue had ended: a ledger may have a million lines."""
    kept = kept_domains(session, [edition_id])
    if kept:
        return sum(one.accepted for one in kept)
    return count_by_state(session, edition_id).get(DeliveryState.ACCEPTED, 0)


def _link(
    link: EditionLink, verdicts: Mapping[str, int], readers: Mapping[int, int] | None
) -> LinkClicks:
    return LinkClicks(
        number=link.number,
        url=link.url,
        label=link.label,
        section=link.section,
        position=link.position,
        clicks=sum(verdicts.values()),
        people=verdicts.get(Verdict.PERSON, 0),
        readers=None if readers is None else readers.get(link.number, 0),
    )


def _bounces(back: Mapping[tuple[str, str], int]) -> tuple[Bounce, ...]:
    found = [Bounce(*said, copies) for said, copies in back.items() if said[0] in _BOUNCES]
    return tuple(sorted(found, key=lambda one: (-one.copies, one.verdict, one.reason)))


def _said(back: Mapping[tuple[str, str], int], verdict: FeedbackVerdict) -> int:
    return sum(copies for said, copies in back.items() if said[0] == verdict)


def _left(context: Context, session: Session, edition: Edition) -> int:
    """With a link of this issue, up to now. Those who asked by email are in what came back."""
    days = reader_days.days_since(
        session, edition.newsletter_id, edition.frozen_at.date(), context.now().date()
    )
    return sum(one.readers for one in days if edition_left_from(one.how) == edition.id)
