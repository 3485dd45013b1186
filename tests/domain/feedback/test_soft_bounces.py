"""When an address that keeps bouncing gets no more mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.feedback.soft_bounces import CopySent, SoftRule, bounced_in_a_row, is_dead
from newsletter.domain.feedback.verdicts import FeedbackVerdict

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = MONDAY + timedelta(days=60)
FULL = Reply(552, "mailbox full", "5.2.2")


def sent(day: int, what: str) -> CopySent:
    """`what`: words for what is known of the copy that was sent on that day."""
    at = MONDAY + timedelta(days=day)
    said = {
        "soft": {"soft": 1},
        "arrived": {},
        "under way": {},
        "blocked": {"blocked": 1},
        "delivered": {"delivered": 1},
        "soft, then delivered": {"soft": 1, "delivered": 2},
        "delivered, then soft": {"delivered": 1, "soft": 2},
        "vacation": {"automatic": 1},
        "refused": {},
        "withdrawn": {},
    }[what]
    state = {"refused": DeliveryState.FAILED, "withdrawn": DeliveryState.WITHDRAWN}
    return CopySent(
        sent_at=at,
        state=state.get(what, DeliveryState.ACCEPTED),
        state_at=NOW if what == "under way" else at,
        stage="rcpt" if what == "refused" else "",
        reply=FULL if what == "refused" else None,
        said={FeedbackVerdict(name): at + timedelta(hours=n) for name, n in said.items()},
    )


@pytest.mark.parametrize(
    ("copies", "dead"),
    [
        ([(0, "soft"), (7, "soft"), (14, "soft")], True),
        ([(0, "soft"), (7, "soft"), (13, "soft")], False),  # not yet over fourteen days
        ([(0, "soft"), (30, "soft")], False),  # two issues of a monthly
        ([(0, "soft"), (7, "arrived"), (14, "soft"), (21, "soft")], False),
        ([(0, "soft"), (7, "delivered"), (14, "soft"), (21, "soft")], False),
        ([(0, "soft"), (7, "soft, then delivered"), (14, "soft"), (21, "soft")], False),
        ([(0, "soft"), (7, "delivered, then soft"), (14, "soft")], True),
        ([(0, "soft"), (7, "vacation"), (14, "soft"), (21, "soft")], False),
        # Our own trouble and what is not settled neither count nor start the count again.
        ([(0, "soft"), (7, "blocked"), (14, "soft"), (21, "soft")], True),
        ([(0, "soft"), (7, "soft"), (14, "soft"), (21, "under way")], True),
        ([(0, "soft"), (7, "withdrawn"), (14, "soft"), (21, "soft")], True),
        ([(0, "soft"), (7, "refused"), (14, "soft")], True),  # full when we called
        ([], False),
    ],
)
def test_three_issues_in_a_row_over_fourteen_days(
    copies: list[tuple[int, str]], *, dead: bool
) -> None:
    newest_first = [sent(*one) for one in reversed(copies)]
    assert is_dead(SoftRule(), bounced_in_a_row(newest_first, NOW)) is dead


def test_a_daily_newsletter_waits_for_the_days() -> None:
    week, fortnight = ([sent(day, "soft") for day in reversed(range(n))] for n in (7, 15))
    assert not is_dead(SoftRule(), bounced_in_a_row(week, NOW))
    assert is_dead(SoftRule(), bounced_in_a_row(fortnight, NOW))
