"""A house in which something was wrong: the operator is told, and in the end all get a copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from click.testing import CliRunner

from newsletter.cli.root import main
from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.runtime.environment import environment_of
from tests.conftest import Clock
from tests.support.delivery_house import House

READERS = ("one@example.org", "two@example.org", "three@example.org")
_LATER = timedelta(minutes=20)


def told_to_the_operator(house: House, words: str) -> None:
    """By the report on the command line; the page of the issue has the same figures."""
    environment = environment_of(house.context.settings)
    found = CliRunner().invoke(main, ["issue", "report", str(house.issue_id)], env=environment)
    assert found.exit_code == 0, found.output
    assert words in found.output


def goes_on_losing_nobody(house: House, clock: Clock) -> None:
    until_sent(house, clock)
    assert sorted(house.relay.recipients) == sorted(READERS)


def until_sent(house: House, clock: Clock, at_most: timedelta = timedelta(hours=36)) -> Any:
    began = clock.now
    while house.issue().state != "sent":
        for batch_id in tick(house.context).batches:
            house.deliver_one(batch_id)
        sweep(house.context)
        finish_issues(house.context)
        assert house.issue().state in ("sending", "sent"), house.issue().state_reason
        assert clock.now - began <= at_most
        clock.advance(timedelta(seconds=20) if clock.now - began < timedelta(minutes=3) else _LATER)
    return house.report()
