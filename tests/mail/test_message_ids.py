"""Message-IDs: the same for every attempt, and never the same for two mails."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.mail.message_ids import delivery_message_id, outbox_message_id

MOMENT = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_copy_has_the_same_one_at_every_attempt() -> None:
    elsewhere = MOMENT.astimezone(ZoneInfo("Asia/Tokyo"))
    assert delivery_message_id(3, 45, MOMENT, "news.example") == (
        "<d3.45.20261122090000123456@news.example>"
    )
    assert delivery_message_id(3, 45, elsewhere, "news.example") == delivery_message_id(
        3, 45, MOMENT, "news.example"
    )


def test_two_mails_never_share_one() -> None:
    made = [
        delivery_message_id(1, 23, MOMENT, "a.example"),
        delivery_message_id(12, 3, MOMENT, "a.example"),
        delivery_message_id(1, 23, MOMENT + timedelta(microseconds=1), "a.example"),
        outbox_message_id(1, MOMENT, "a.example"),
        outbox_message_id(12, MOMENT, "a.example"),
    ]
    assert len(set(made)) == len(made)


def test_they_are_plain_ascii_even_on_a_domain_that_is_not() -> None:
    made = outbox_message_id(1, MOMENT, "Bücher.example")
    assert re.fullmatch(r"<[a-z0-9.]+@xn--bcher-kva\.example>", made)
