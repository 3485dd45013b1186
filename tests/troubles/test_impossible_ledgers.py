"""A ledger in an impossible state: the issue pauses, says why, and loses no reader."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from newsletter.delivery.sweep import finish_issues
from newsletter.domain.delivery.deliveries import UncertainPolicy
from newsletter.usecases.sending.control_issue import resume_issue
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by
from tests.support.recovery import (
    READERS,
    assert_all_readers_get_a_copy,
    assert_operator_sees,
    until_sent,
)

CLOSED = "UPDATE batches SET closed_at = created_at"


@pytest.mark.parametrize("policy", UncertainPolicy)
def test_lines_on_their_way_that_no_worker_has_pause_the_issue(
    rig: DeliveryRig, clock: Clock, policy: UncertainPolicy
) -> None:
    with_settings(rig, uncertain=policy)
    rig.send_to(*READERS)
    hand_on_the_tables(
        rig, "UPDATE deliveries SET state = 'handing over' WHERE subscriber_id IN (1, 3)"
    )
    contradiction_pauses(rig, "marked as being sent")
    resume_issue(rig.context, rig.issue_id, by("editor"))
    report = until_sent(rig, clock)
    if policy is UncertainPolicy.RESEND:
        assert (report.accepted, report.held) == (3, 0)
        assert sorted(rig.relay.recipients) == sorted(READERS)
    else:
        assert (report.accepted, report.held) == (1, 2)


@pytest.mark.parametrize(
    ("done_to_the_tables", "words"),
    [
        (CLOSED, "waiting for a closed batch"),
        ("DELETE FROM batches", "waiting for a closed batch"),
        (
            f"UPDATE deliveries SET state = 'deferred', due_at = NULL; {CLOSED}",
            "waiting for a closed batch",
        ),
        (
            f"UPDATE deliveries SET state = 'handing over'; {CLOSED}",
            "marked as being sent",
        ),
        ("DELETE FROM deliveries WHERE subscriber_id > 1", "missing for subscribers"),
        ("DELETE FROM deliveries; DELETE FROM batches", "missing for subscribers"),
    ],
    ids=["closed", "no batches", "no time", "on their way", "lines lost", "all lost"],
)
def test_a_ledger_that_contradicts_itself_is_mended_and_asks_first(
    rig: DeliveryRig, clock: Clock, done_to_the_tables: str, words: str
) -> None:
    rig.send_to(*READERS)
    hand_on_the_tables(rig, done_to_the_tables)
    contradiction_pauses(rig, words)
    resume_issue(rig.context, rig.issue_id, by("editor"))
    assert_all_readers_get_a_copy(rig, clock)


def test_a_copy_that_was_taken_without_an_attempt_is_not_sent_again(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    hand_on_the_tables(
        rig, "UPDATE deliveries SET state = 'accepted', attempts = 0 WHERE subscriber_id = 1"
    )
    report = until_sent(rig, clock)
    assert (report.accepted, len(rig.relay.recipients)) == (3, 2)


def contradiction_pauses(rig: DeliveryRig, words: str) -> None:
    for _ in range(3):
        rig.deliver()
        finish_issues(rig.context)
    issue = rig.issue()
    assert issue.state == "paused"
    assert issue.state_reason.startswith("The ledger was inconsistent")
    assert words in issue.state_reason
    assert_operator_sees(rig, "The ledger was inconsistent")
    assert rig.report().adds_up


def hand_on_the_tables(rig: DeliveryRig, statements: str) -> None:
    with rig.context.database.write() as session:
        for statement in statements.split(";"):
            session.execute(text(statement))
