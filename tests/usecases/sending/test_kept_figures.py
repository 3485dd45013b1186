"""The report of a large issue that has ended is kept, and says what the ledger would say."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Delivery, Issue, Subscription
from newsletter.store.sending import kept_figures
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context
from newsletter.usecases.sending.report_issue import report_issue
from tests.support.ledgers import a_sent_issue
from tests.support.principals import EDITOR


@pytest.mark.parametrize("most_named", [10, 1])
def test_what_is_kept_is_what_was_counted_and_those_who_leave_are_not_sent_to_again(
    context: Context, most_named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_figures, "LARGE", 0)
    monkeypatch.setattr(kept_figures, "MOST_NAMED", most_named)
    sent = a_sent_issue(context, "accepted-1", "accepted-2", "failed-1", "failed-2", "held-1")
    counted = report_issue(context, sent.issue_id, EDITOR)
    keep_figures(context)
    lines = [sent.line(f"{name}@example.org") for name in ("accepted-2", "failed-1")]
    with context.database.write() as session:
        of_accepted = Delivery.subscriber_id == lines[0].subscriber_id
        session.execute(update(Delivery).where(of_accepted).values(state=DeliveryState.EXPIRED))
    assert report_issue(context, sent.issue_id, EDITOR) == counted  # the ledger was not asked

    with context.database.write() as session:
        left = session.get_one(Subscription, lines[1].subscription_id)
        left.state = SubscriptionState.UNSUBSCRIBED
    can_be_sent_again = report_issue(context, sent.issue_id, EDITOR).resendable
    assert can_be_sent_again == (1 if most_named == 10 else 2)

    with context.database.write() as session:
        session.get_one(Issue, sent.issue_id).state = IssueState.SENDING
    assert report_issue(context, sent.issue_id, EDITOR).expired == 1
