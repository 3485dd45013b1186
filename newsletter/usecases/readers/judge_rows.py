"""What an import does with each row of a chunk, given who is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.domain.readers.consent import RECEIVING, SubscriptionState
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import LeftOut, Row, merged_tags
from newsletter.domain.said_times import said_day
from newsletter.store.readers.imports import Known, ReaderUpdate


@dataclass(slots=True)
class Judged:
    """`joining` are known from other newsletters, `ending` receive this one until now."""

    new: list[Row] = field(default_factory=list)
    joining: list[tuple[Known, Row]] = field(default_factory=list)
    changes: list[ReaderUpdate] = field(default_factory=list)
    ending: list[tuple[Known, Row]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    unchanged: int = 0

    @property
    def beginning(self) -> list[Row]:
        return [*self.new, *(row for _, row in self.joining)]


@dataclass(frozen=True, slots=True)
class Present:
    """Who is there: readers and reasons of suppression by key, confirmations by subscription."""

    known: Mapping[str, Known]
    suppressed: Mapping[str, str]
    confirmed: Mapping[int, datetime]


def judge_rows(rows: Sequence[Row], present: Present) -> Judged:
    if not present.known and not present.suppressed:
        return Judged(new=list(rows))
    judged = Judged()
    for row in rows:
        known = present.known.get(row.key)
        suppressed_as = present.suppressed.get(row.key, "")
        if row.listed_as.is_gone:
            _place_gone(judged, row, known, suppressed_as, present.confirmed)
        else:
            _place(judged, row, known, suppressed_as)
    return judged


def _place(judged: Judged, row: Row, known: Known | None, suppressed_as: str) -> None:
    reason = _why_not(known, suppressed_as)
    if reason:
        judged.left_out.append(LeftOut(row.line, row.address, reason))
    elif known is None:
        judged.new.append(row)
    else:
        _update(judged, row, known)


def _why_not(known: Known | None, suppressed_as: str) -> str:
    """Why nobody is made of this row, or ""."""
    if suppressed_as:
        return f"the address is suppressed ({suppressed_as}): no newsletter sends to it"
    if known is None or known.state is None:
        return ""
    if known.state == SubscriptionState.UNSUBSCRIBED:
        when = f" on {said_day(known.state_at)}" if known.state_at else ""
        return f"unsubscribed{when}; imports do not resubscribe people"
    if known.state == SubscriptionState.SUPPRESSED:
        return "the subscription is suppressed"
    if known.has_withdrawn:
        return "unsubscribed before and has not confirmed again"
    return ""


def _update(judged: Judged, row: Row, known: Known) -> None:
    if known.state is None:
        judged.joining.append((known, row))
        return
    change = ReaderUpdate(
        row=row,
        known=known,
        name=row.name or known.name,
        attributes={**known.attributes, **row.attributes},
        tags=merged_tags(known.tags, row.tags),
        confirms=known.state == SubscriptionState.PENDING and row.listed_as != ListedAs.PENDING,
    )
    if change.is_different or change.confirms:
        judged.changes.append(change)
    else:
        judged.unchanged += 1


def _place_gone(
    judged: Judged,
    row: Row,
    known: Known | None,
    suppressed_as: str,
    confirmed: Mapping[int, datetime],
) -> None:
    """Kept as such. Of someone who is suppressed nothing is kept that is not here already."""
    if known is None or known.state is None:
        if suppressed_as:
            judged.left_out.append(LeftOut(row.line, row.address, _why_not(None, suppressed_as)))
        elif known is None:
            judged.new.append(row)
        else:
            judged.joining.append((known, row))
        return
    if not _ends(row, known) or suppressed_as:
        judged.unchanged += 1
        return
    since = confirmed.get(known.subscription_id or 0)
    if since and known.state in RECEIVING and _counts_more(since, row):
        reason = f"confirmed here on {said_day(since)}, so this file does not end the subscription"
        judged.left_out.append(LeftOut(row.line, row.address, reason))
    else:
        judged.ending.append((known, row))


def _ends(row: Row, known: Known) -> bool:
    if known.state == SubscriptionState.UNSUBSCRIBED:
        return row.listed_as.suppression is not None
    return known.state != SubscriptionState.SUPPRESSED


def _counts_more(confirmed_at: datetime, row: Row) -> bool:
    """A reader's own word here, if it came after what happened elsewhere. Not after a complaint.

    Of a bounce or a block whose time nobody knows, mail would be the next one.
    """
    if row.listed_as is ListedAs.COMPLAINED:
        return False
    if row.left_at is None:
        return row.listed_as is ListedAs.UNSUBSCRIBED
    return confirmed_at > row.left_at
