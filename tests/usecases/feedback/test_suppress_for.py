"""One rule for soft bounces, whether a server refuses while we send or reports it later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.store.models import Delivery
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.suppress_for import apply_soft_rule
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.ledgers import a_sent_issue
from tests.usecases.feedback.test_act_on import FULL, hear, suppressions

REFUSALS = {
    "full while we sent": (DeliveryState.EXPIRED, 452, "4.2.2", "mailbox full", 1),
    "full for good": (DeliveryState.FAILED, 552, "5.2.2", "mailbox full", 1),
    "greylisted by its domain": (DeliveryState.EXPIRED, 421, "4.7.0", "too many connections", 0),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_while_we_send_and_reports_make_one_run(
    context: Context, clock: Clock, case: str
) -> None:
    state, code, enhanced, text, suppressed = REFUSALS[case]
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, address="accepted-1@example.org")
    refused = {
        "state": state,
        "reply_code": code,
        "reply_enhanced": enhanced,
        "reply_text": text,
        "reply_stage": "rcpt",
    }
    for number in range(3):
        sent = a_sent_issue(context, newsletter=newsletter)
        values = {"state": DeliveryState.ACCEPTED} if number == 1 else refused
        with context.database.write() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.edition_id == sent.edition().id)
                .values(state_at=context.now(), **values)
            )
        if number == 1:
            hear(sent, "accepted-1", FULL)
        clock.advance(timedelta(days=7))
        assert suppressions(context) == []
        if number < 2:
            assert apply_soft_rule(context) == 0
    assert [apply_soft_rule(context), apply_soft_rule(context)] == [suppressed, 0]
    for found in suppressions(context):
        assert (found.reason, found.source, found.newsletter_id) == (
            SuppressionReason.SOFT_BOUNCES,
            SuppressionSource.RELAY,
            newsletter.id,
        )
        assert "mailbox full. The rule: 3 issues in a row" in found.detail
