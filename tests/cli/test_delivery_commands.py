"""`newsletter delivery` and `newsletter issue`, as whoever answers a reader's mail runs them."""

from __future__ import annotations

import json
from functools import partial

import pytest

from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.support.ledgers import a_sent_issue
from tests.support.services.commands import Run


@pytest.fixture
def run(run: Run, context: Context) -> Run:
    return partial(run, **environment_of(context.settings))


def test_a_readers_copies_are_told_with_the_relays_words(run: Run, context: Context) -> None:
    newsletter = a_newsletter(context, slug="notes", time_zone="Asia/Tokyo")
    a_sent_issue(context, "accepted-1", newsletter=newsletter, number=7)
    done = run("delivery", "show", "accepted-1@example.org")
    assert done.returncode == 0, done.stderr
    line = done.stdout.splitlines()[1]
    for piece in ("notes", "#7", "accepted", "2026-11-22 21:00:00 JST", "mx.example.net:25", "Q77"):
        assert piece in line
    (told,) = json.loads(run("delivery", "show", "accepted-1@example.org", "--json").stdout)[
        "deliveries"
    ]
    assert told["reply"] == "250 2.0.0 Ok: queued as Q77"
    assert told["state_at"] == "2026-11-22T21:00:00+09:00"
    assert told["message_id"].startswith("<d")


def test_an_address_that_is_not_known_is_told(run: Run) -> None:
    done = run("delivery", "show", "nobody@example.org")
    assert done.returncode == 1
    assert "No subscriber has the address nobody@example.org" in done.stderr


def test_failed_and_expired_copies_are_sent_again_in_one_action(run: Run, context: Context) -> None:
    sent = a_sent_issue(context, "failed-1", "expired-1", "accepted-1", "held-1")
    done = run("issue", "resend", str(sent.issue_id), "--json")
    assert json.loads(done.stdout) == {"failed": 1, "expired": 1, "held": 0, "left_out": 0}
    assert sent.states()["accepted-1"] == "accepted"
    held = run("issue", "resend", str(sent.issue_id), "--held")
    assert "1 held copies" in held.stdout
    again = run("issue", "resend", str(sent.issue_id), "--failed")
    assert (again.returncode, "Nothing to resend" in again.stdout) == (0, True)
    assert run("issue", "resend", "987654").returncode == 1


def test_a_report_says_what_becomes_of_the_uncertain(run: Run, context: Context) -> None:
    sent = a_sent_issue(context, "held-1", "failed-1")
    done = run("issue", "report", str(sent.issue_id))
    assert "The counts add up." in done.stdout
    assert f"newsletter issue resend {sent.issue_id} --held" in done.stdout
    told = json.loads(run("issue", "report", str(sent.issue_id), "--json").stdout)
    assert (told["uncertain"], told["held"], told["adds_up"]) == (1, 1, True)
