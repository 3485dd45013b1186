"""What the checks ask of the past and of the readers: links that ran, fields that somebody has."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.issues import IssueState
from newsletter.domain.link_rules import EarlierRun
from newsletter.domain.web_addresses import canonical_url, host_of
from newsletter.store.models import Entry, Issue, Section, Subscriber, Subscription

_HAS_RUN = (IssueState.SENT, IssueState.SENDING, IssueState.SCHEDULED)
_ATTRIBUTE = "attribute."


def earlier_runs(
    session: Session, newsletter_id: int, issue_id: int, urls: Iterable[str]
) -> dict[str, EarlierRun]:
    """By canonical address, the latest other issue that linked there from an entry."""
    wanted = {canonical_url(url): host_of(url) for url in urls}
    wanted.pop("", None)
    found: dict[str, EarlierRun] = {}
    if not wanted:
        return found
    rows = session.execute(
        select(Entry.url, Entry.title, Issue.number, Issue.title.label("issue_title"))
        .join(Section, Section.id == Entry.section_id)
        .join(Issue, Issue.id == Section.issue_id)
        .where(
            Issue.newsletter_id == newsletter_id,
            Issue.id != issue_id,
            Issue.state.in_(_HAS_RUN),
            Entry.url != "",
        )
        .order_by(Issue.id)
        .execution_options(yield_per=2000)
    )
    hosts = set(wanted.values())
    for url, title, number, issue_title in rows:
        # Cheaper than to take each address apart.
        if not any(host in url.lower() for host in hosts):
            continue
        key = canonical_url(url)
        if key in wanted:
            found[key] = EarlierRun(number, issue_title, title)
    return found


def known_fields(session: Session, newsletter_id: int, fields: Iterable[str]) -> dict[str, bool]:
    """Whether any active reader has it: of `name` and of each `attribute.…` that is asked for."""
    found: dict[str, bool] = {}
    for field in set(fields):
        if field.lower() == "name":
            condition = Subscriber.name != ""
        elif field.lower().startswith(_ATTRIBUTE):
            key = field[len(_ATTRIBUTE) :].strip()
            condition = Subscriber.attributes[key].as_string() != ""
        else:
            continue
        has = exists().where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.subscriber_id == Subscriber.id,
            condition,
        )
        found[field] = bool(session.scalar(select(has)))
    return found
