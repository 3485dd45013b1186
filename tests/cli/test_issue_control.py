"""`newsletter issue pause`, `resume` and `cancel`, as an operator runs them in a hurry."""

from __future__ import annotations

import json
from functools import partial

import pytest

from newsletter.delivery.sweep import tick
from newsletter.runtime.environment import environment_of
from newsletter.usecases.sending.report_issue import report_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.principals import EDITOR
from tests.support.recovery import READERS
from tests.support.services.commands import Run


@pytest.fixture
def run(run: Run, rig: DeliveryRig) -> Run:
    return partial(run, **environment_of(rig.context.settings))


def test_an_issue_is_paused_and_resumed_and_every_reader_gets_a_copy(
    run: Run, rig: DeliveryRig
) -> None:
    rig.send_to(*READERS)
    number = str(rig.issue_id)
    paused = run("issue", "pause", number)
    assert (paused.returncode, rig.issue().state) == (0, "paused"), paused.stderr
    assert f"newsletter issue resume {number}" in paused.stdout
    assert tick(rig.context).batches == []
    assert "paused" in run("issue", "report", number).stdout
    resumed = run("issue", "resume", number)
    assert resumed.returncode == 0, resumed.stderr
    assert tick(rig.context).batches, "the ticker finds it, though nothing was queued"
    rig.deliver()
    assert sorted(rig.relay.recipients) == sorted(READERS)
    first, second = report_issue(rig.context, rig.issue_id, EDITOR).history[:2]
    assert (first.sentence, second.sentence) == ("Resumed.", "Paused.")
    assert "command line" in first.who


def test_an_issue_is_sent_to_the_subscribers_that_the_options_name(
    run: Run, rig: DeliveryRig
) -> None:
    newsletter = a_newsletter(rig.context)
    a_subscriber(rig.context, newsletter, address="ann@x.example", tags=["berlin"])
    a_subscriber(rig.context, newsletter, address="bo@x.example")
    number = str(an_issue(rig.context, newsletter).id)
    all_of_them = run("issue", "audience", number)
    assert all_of_them.stdout == "Goes to all 2 subscribers.\n", all_of_them.stderr
    later = run(
        "issue", "schedule", number, "--at", "2030-01-07 09:00", "--tag", "berlin", "--json"
    )
    planned = json.loads(later.stdout)
    assert planned["sentence"] == "1 subscriber with the tag “berlin”", later.stderr
    assert planned["scheduled_at"] == "2030-01-07T08:00:00+00:00"
    misspelt = run("issue", "audience", number, "--interested-in", "Jbos")
    assert "can't choose a section “Jbos”" in misspelt.stderr
    wrong = run("issue", "send", number, "--yes", "--joined-since", "soon")
    assert (wrong.returncode, "such as 2026-11-28" in wrong.stderr) == (1, True)
    sent = run("issue", "send", number, "--yes")
    assert "to subscribers with the tag “berlin”" in sent.stdout, sent.stderr
    again = run("issue", "send", number, "--yes")
    assert "already sending" in again.stderr


def test_an_issue_is_cancelled_for_good_only_when_asked_twice(run: Run, rig: DeliveryRig) -> None:
    rig.send_to(*READERS)
    number = str(rig.issue_id)
    assert run("issue", "cancel", number).returncode != 0
    assert rig.issue().state == "sending"
    done = run("issue", "cancel", number, "--yes")
    assert (done.returncode, rig.issue().state) == (0, "cancelled"), done.stderr
    rig.deliver()
    assert rig.relay.recipients == []


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_what_can_not_be_done_is_refused_with_the_state(
    run: Run, rig: DeliveryRig, verb: str
) -> None:
    yes = ("--yes",) if verb == "cancel" else ()
    assert "This issue does not exist." in run("issue", verb, "987654", *yes).stderr
    rig.send_to(*READERS)
    rig.deliver()
    rig.report()
    done = run("issue", verb, str(rig.issue_id), *yes)
    assert (done.returncode, "This issue is sent" in done.stderr) == (1, True), done.stderr
