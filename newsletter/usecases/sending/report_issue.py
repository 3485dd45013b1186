"""Reports an issue: asks the ledger what became of every reader's copy, and what stands still."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.standstills import Part, Standstill, reasons_of
from newsletter.domain.feedback.later_facts import LaterFacts
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import in_words, kept_audience
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import relay_names
from newsletter.store.events import history_of
from newsletter.store.feedback.later import later_facts
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.models import Delivery, DomainPause, Edition, Issue, RelayPause, Subscriber
from newsletter.store.sending import canaries, issue_figures, learned_paces
from newsletter.store.sending.issue_figures import Figures
from newsletter.store.sending.kept_figures import LARGE, kept_figures
from newsletter.store.sending.next_tries import NextTry, words_of
from newsletter.store.sending.resends import NOT_TAKEN, Ended
from newsletter.usecases.context import Context
from newsletter.usecases.operations.standstills import standstills
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.sending.issue_report import Failure, IssueReport, Pause, SlowRelay

DOMAINS_SHOWN = 50
MOST_BY_DOMAIN = 10
RECENT = timedelta(seconds=10)
"""Over which the speed is measured."""

SLOW_S = 0.1
"""A ledger that takes longer to add up is added up once for all who look at about the same time."""
_AGAIN, _AGAIN_WHEN_ENDED = 10, 300
"""How long figures are used again, as a multiple of the time that they took to add up."""
_ENDED = frozenset({IssueState.SENT, IssueState.CANCELLED})
_MEMO: dict[tuple[str, int, str, datetime], tuple[float, Figures]] = {}
"""Caches the figures of the last large ledger, and when they expire."""


def report_issue(context: Context, issue_id: int, principal: Principal) -> IssueReport:
    """Raises NotFound."""
    require_for_issue(context, principal, "report_issue", issue_id)
    now = context.now()
    standing_still = standstills(context)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        edition = edition_of(session, issue_id)
        figures = _figures(session, context.settings.database_url, issue, edition, now)
        canary = canaries.readers(session, edition.id) if edition else 0
        relays = issue_figures.relay_pauses(session)
        domains = issue_figures.domain_pauses(session, now, DOMAINS_SHOWN)
        tries = () if issue.state in _ENDED else _tries(context, figures, relays, domains)
        return IssueReport(
            issue_id=issue.id,
            number=issue.number,
            title=issue.title,
            state=issue.state,
            state_reason=issue.state_reason,
            scheduled_at=issue.scheduled_at,
            started_at=edition.frozen_at if edition else None,
            finished_at=issue.sent_at if issue.state == IssueState.SENT else None,
            expires_at=edition.expires_at if edition else None,
            audience=in_words(kept_audience(edition.audience if edition else issue.audience)),
            active_at_freeze=edition.active_at_freeze if edition else 0,
            **{_name(state): figures.by_state.get(state, 0) for state in DeliveryState},
            canary_readers=canary,
            held_back=_held_back(session, issue, edition, canary),
            held=figures.held,
            resendable=sum(figures.resendable.get(kind, 0) for kind in NOT_TAKEN),
            resendable_held=figures.resendable.get(Ended.HELD, 0),
            next_try_at=_first_try(issue, figures, tries),
            next_tries=tries,
            is_waiting_for_relay=_is_waiting_for_relay(issue, standing_still),
            left_uncertain=_is_left_uncertain(edition, figures),
            uncertain_policy=context.settings.uncertain.value,
            messages_per_second=_speed(issue, edition, figures, now),
            relay_trouble=_worst(relays),
            standstill=_standstill(issue, standing_still),
            relays=tuple(_pause(relay.relay, relay, now) for relay in relays),
            slow_relays=_slow_relays(session, now),
            domains=tuple(_pause(domain.domain, domain, now) for domain in domains),
            by_domain=figures.domains[:MOST_BY_DOMAIN],
            is_by_domain_exact=figures.are_domains_exact,
            accepted_by=_growth(figures),
            failures=_failures(session, edition, figures),
            later=later_facts(session, edition.id) if edition else LaterFacts(),
            history=history_of(session, "issue", issue_id),
        )


def _figures(
    session: Session, database_url: str, issue: Issue, edition: Edition | None, now: datetime
) -> Figures:
    if edition is None:
        return Figures()
    if issue.state in _ENDED and (kept := kept_figures(session, edition.id, issue.state_at)):
        return kept
    key = (database_url, edition.id, issue.state, issue.state_at)
    known = _MEMO.get(key)
    began_s = time.monotonic()
    if known and began_s < known[0]:
        return known[1]
    until = issue.sent_at if issue.sent_at and issue.state == IssueState.SENT else now
    found = issue_figures.figures_of(session, edition.id, edition.frozen_at, until, now - RECENT)
    took_s = time.monotonic() - began_s
    if took_s > SLOW_S and edition.active_at_freeze > LARGE:
        shares = _AGAIN_WHEN_ENDED if issue.state in _ENDED else _AGAIN
        _MEMO.clear()
        _MEMO[key] = (began_s + shares * took_s, found)
    return found


def _tries(
    context: Context,
    figures: Figures,
    relays: Sequence[RelayPause],
    domains: Sequence[DomainPause],
) -> tuple[NextTry, ...]:
    """None earlier than the pauses allow: of its domain, and of the relay that is free first."""
    until = {domain.domain: domain.until for domain in domains}
    are_all_paused = {relay.relay for relay in relays} >= set(relay_names(context.settings))
    any_relay = min((relay.until for relay in relays), default=None) if are_all_paused else None
    return tuple(
        one.not_before(until.get(one.domain)).not_before(any_relay) for one in figures.next_tries
    )


def _first_try(issue: Issue, figures: Figures, tries: Sequence[NextTry]) -> datetime | None:
    if issue.state in _ENDED:
        return None
    return min((one.at for one in tries), default=figures.next_try_at)


def _is_waiting_for_relay(issue: Issue, standing_still: Collection[Standstill]) -> bool:
    is_down = any(one.part is Part.RELAY for one in standing_still)
    return is_down and issue.state == IssueState.SENDING


def _standstill(issue: Issue, standing_still: Collection[Standstill]) -> str:
    if issue.state in _ENDED:
        return ""
    return reasons_of(one for one in standing_still if one.is_ours)


def _worst(relays: Sequence[RelayPause]) -> str:
    """Why the relay that is paused longest is paused."""
    longest = max(relays, key=lambda relay: relay.until, default=None)
    return longest.reason if longest else ""


def _slow_relays(session: Session, now: datetime) -> tuple[SlowRelay, ...]:
    return tuple(
        SlowRelay(name, round(row.per_second, 2), row.reason)
        for name, row in learned_paces.learned_paces(session, now).items()
    )


def _held_back(session: Session, issue: Issue, edition: Edition | None, canary: int) -> int:
    """Not counted: there may be a million, and none of them moves."""
    if edition is None or not canary or issue.state in _ENDED:
        return 0
    if not canaries.has_held(session, edition.id):
        return 0
    return edition.active_at_freeze - canary


def _speed(issue: Issue, edition: Edition | None, figures: Figures, now: datetime) -> float:
    if edition is None or issue.state != IssueState.SENDING:
        return 0.0
    measured = min(now - edition.frozen_at, RECENT).total_seconds()
    return round(figures.recent / max(measured, 1.0), 1)


def _growth(figures: Figures) -> tuple[tuple[datetime, int], ...]:
    steps = sorted(figures.accepted_at)
    totals = accumulate(figures.accepted_at[step] for step in steps)
    return tuple((step, round(total)) for step, total in zip(steps, totals, strict=True))


def _is_left_uncertain(edition: Edition | None, figures: Figures) -> bool:
    """An editor said so, and none was held after that."""
    if figures.held_since is None or edition is None or edition.held_copies_left_at is None:
        return False
    return edition.held_copies_left_at >= figures.held_since


def _pause(name: str, row: RelayPause | DomainPause, now: datetime) -> Pause:
    return Pause(name, row.reason, row.since, row.until, is_current=row.until > now)


def _name(state: DeliveryState) -> str:
    return state.value.replace(" ", "_")


def _failures(session: Session, edition: Edition | None, figures: Figures) -> tuple[Failure, ...]:
    if edition is None or not figures.not_taken:
        return ()
    rows = session.execute(
        select(Subscriber.address, Delivery)
        .select_from(Delivery)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.edition_id == edition.id,
            Delivery.subscriber_id.in_(figures.not_taken),
            Delivery.state.in_(issue_figures.NOT_TAKEN),
        )
        .order_by(Delivery.subscriber_id)
    )
    return tuple(
        Failure(address or "", words_of(delivery), delivery.subscriber_id)
        for address, delivery in rows
    )
