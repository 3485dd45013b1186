"""`newsletter relay`, as an operator runs it when mail does not go out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.root import main
from newsletter.delivery.pace import Pacer
from newsletter.domain.delivery.outcomes import Deferred
from newsletter.domain.delivery.pipelining import Learned, Pipelining
from newsletter.domain.delivery.relay_pace import RelayPace
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.domain.staff import principals
from newsletter.mail.smtp.relay import relays_from
from newsletter.runtime.environment import environment_of
from newsletter.store.sending import learned_paces, relay_pauses
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.store.sending.relay_pipelining import record_lesson
from newsletter.usecases.context import Context

URL = "smtp://ann:s3cret@one.example?per_day=500 smtp://two.example?weight=3"


@pytest.fixture
def context(context: Context) -> Context:
    settings = replace(context.settings, smtp_url=URL, sandbox_smtp_url="")
    return replace(context, settings=settings, now=lambda: datetime.now(UTC))


def run(context: Context, *arguments: str) -> Result:
    return CliRunner(env=environment_of(context.settings)).invoke(main, ["relay", *arguments])


def test_limits_and_their_usage_are_shown_without_passwords(context: Context) -> None:
    pacer = Pacer(context, relays_from(context.settings)[:1])
    assert pacer.reserve(40).count == 40
    pacer.close()
    told = run(context, "status")
    assert told.exit_code == 0, told.output
    assert "40 of 500" in told.output
    assert "s3cret" not in told.output
    assert "ann" not in told.output
    (one, two) = json.loads(run(context, "status", "--json").stdout)["relays"]
    assert one["limits"] == [{"per": "day", "limit": 500, "used": 40}]
    assert (two["name"], two["weight"], two["limits"]) == ("two.example:25", 3, [])


def test_pauses_are_shown_with_their_reason_and_lifted_by_name(context: Context) -> None:
    now = context.now()
    with context.database.write() as session:
        for name in ("one.example:587", "two.example:25"):
            relay_pauses.record_trouble(
                session, name, "it hung up", now, lambda _: timedelta(hours=1)
            )
        pause_domain(session, DomainTrouble("big.example", "blocked 12 of 20"), 1, now)
    told = run(context, "status").output
    assert told.count("it hung up") == 2
    assert "blocked 12 of 20" in told
    assert "Resumed the relay" in run(context, "resume", "ONE.example:587").output
    assert "domain big.example" in run(context, "resume", "big.example").output
    found = json.loads(run(context, "status", "--json").stdout)
    assert [bool(relay["pause"]) for relay in found["relays"]] == [False, True]
    assert found["paused_domains"] == []


def test_a_slow_domain_is_shown_and_released(context: Context) -> None:
    pacer = Pacer(context, relays_from(context.settings))
    less = Deferred(Reply(421, "too many", "4.7.0"), Stage.RCPT)
    pacer.record_outcomes("one.example:587", [("big.example", less)])
    pacer.close()
    assert "big.example  10" in run(context, "status").output
    run(context, "resume", "big.example")
    assert "big.example" not in run(context, "status").output


def test_how_a_relay_takes_pipelining_is_shown_with_what_it_refused(context: Context) -> None:
    now = context.now()
    learned = Learned(Pipelining.FULL).after_refusal(Pipelining.FULL, "It answered MAIL: 503", now)
    with context.database.write() as session:
        record_lesson(session, "one.example:587", learned, now)
    one, two = json.loads(run(context, "status", "--json").stdout)["relays"]
    assert (one["pipelining"]["level"], one["pipelining"]["refused"]) == ("commands", "full")
    assert one["pipelining"]["reason"] == "It answered MAIL: 503"
    assert two["pipelining"]["level"] == ""
    told = run(context, "status").output
    assert "It answered MAIL: 503" in told
    assert "not learned yet" in told


def test_pipelining_that_smtp_url_sets_is_shown_as_set(context: Context) -> None:
    settings = replace(context.settings, smtp_url="smtp://one.example?pipelining=off")
    told = run(replace(context, settings=settings), "status")
    assert "off (set)" in told.output


def test_a_name_that_is_neither_says_where_to_look(context: Context) -> None:
    done = run(context, "resume", "nobody.example")
    assert done.exit_code == 1
    assert "newsletter relay status" in done.output


def test_a_command_without_permission_ends_with_exit_code_1(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principals, "ALL_SCOPES", frozenset())
    refused = run(context, "status")
    assert refused.exit_code == 1
    assert "so it is for administrators." in refused.output


def test_a_relay_that_asked_for_less_is_shown_with_its_pace_and_set_free(context: Context) -> None:
    now = context.now()
    with context.database.write() as session:
        learned_paces.record_complaint(
            session, "two.example:25", "It said 454.", lambda _: RelayPace(1.7, now, now)
        )
    shown = run(context, "status").output
    assert "Slowed relays" in shown
    assert "1.7" in shown
    assert "It said 454." in shown
    assert "Resumed the relay" in run(context, "resume", "two.example:25").output
    assert "Slowed relays" not in run(context, "status").output
