"""Recovery from trouble: the operator sees the reason, and in the end every reader has a copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from click.testing import CliRunner

from newsletter.cli.root import main
from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.runtime.environment import environment_of
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig

READERS = ("one@example.org", "two@example.org", "three@example.org")
_LATER = timedelta(minutes=20)


def assert_operator_sees(rig: DeliveryRig, words: str) -> None:
    """By the report on the command line; the page of the issue has the same figures."""
    environment = environment_of(rig.context.settings)
    found = CliRunner().invoke(main, ["issue", "report", str(rig.issue_id)], env=environment)
    assert found.exit_code == 0, found.output
    assert words in found.output


def assert_all_readers_get_a_copy(rig: DeliveryRig, clock: Clock) -> None:
    until_sent(rig, clock)
    assert sorted(rig.relay.recipients) == sorted(READERS)


def until_sent(rig: DeliveryRig, clock: Clock, at_most: timedelta = timedelta(hours=36)) -> Any:
    began = clock.now
    while rig.issue().state != "sent":
        for batch_id in tick(rig.context).batches:
            rig.deliver_one(batch_id)
        sweep(rig.context)
        finish_issues(rig.context)
        assert rig.issue().state in ("sending", "sent"), rig.issue().state_reason
        assert clock.now - began <= at_most
        clock.advance(timedelta(seconds=20) if clock.now - began < timedelta(minutes=3) else _LATER)
    return rig.report()
