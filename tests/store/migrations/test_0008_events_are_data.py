"""A database of the version before, half-sent and with events in sentences: all of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from newsletter.config import Settings
from newsletter.delivery.judge_canary import judge_canaries
from newsletter.delivery.sweep import tick
from newsletter.domain.actions import Action
from newsletter.domain.sending.canaries import CanaryVerdict
from newsletter.store.database import Database
from newsletter.store.models import Base, Edition, Event, Issue
from newsletter.store.schema import difference_from_models, migrate
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.readers.list_subscribers import show_subscriber
from newsletter.usecases.sending.control_issue import resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import can_undo_send
from tests.conftest import Clock
from tests.store.migrations.conftest import config_on
from tests.store.migrations.revision_0006 import (
    ADA,
    CANARY,
    DRAFT,
    FROZEN,
    JOURNAL,
    LEFT,
    SCHEDULED,
    SENDING,
    SENT,
    SENTENCES,
    STATES,
    UNDO,
    OldRows,
    reset_sequences,
)
from tests.support.principals import by

EDITOR_ADA = by(ADA)


@pytest.fixture
def upgraded(
    database_at: Callable[[str], Database], clock: Clock, tmp_path: Path
) -> Iterator[Context]:
    database = database_at("0006")
    with database.engine.begin() as connection:
        OldRows(connection, clock.now).fill()
        reset_sequences(connection)
    migrate(database)
    assert difference_from_models(database) == []
    settings = Settings(
        var_dir=tmp_path,
        public_url="http://localhost:8000",
        database_url=database.url,
        smtp_url="smtp://127.0.0.1:9",
        secret_keys=("a-secret-for-the-tests-alone",),
        address_hash_key="another-secret-for-the-tests",
    )
    context = open_context(settings, now=lambda: clock.now)
    yield context
    context.database.dispose()


def test_every_row_is_still_there(upgraded: Context) -> None:
    counts = {
        "issues": len(STATES),
        "editions": len(FROZEN),
        "batches": 2 * len(FROZEN),
        "deliveries": 2 * len(FROZEN),
        "subscriptions": 3,
    }
    with upgraded.database.read() as session:
        for name, count in counts.items():
            table = Base.metadata.tables[name]
            assert len(session.execute(table.select()).all()) == count, name
        issues = {issue.id: issue for issue in session.query(Issue)}
    assert {n: (issue.state, issue.state_reason) for n, issue in issues.items()} == STATES


def test_every_sentence_became_an_action_with_what_it_told(
    upgraded: Context,
) -> None:
    with upgraded.database.read() as session:
        events = session.query(Event).order_by(Event.id).all()
    kept = events[: len(SENTENCES)]
    for event, (kind, subject, actor, verb, detail) in zip(kept, SENTENCES, strict=True):
        assert (event.subject_kind, event.subject_id, event.who_name) == (kind, subject, actor)
        assert event.facts.items() >= detail.items(), verb
        assert Action(event.action).subject_kind == kind or event.action == "legacy"
    unknown = [event for event in events if event.action == "legacy"]
    assert [event.facts for event in unknown] == [
        {"sentence": "hummed a tune over", "tune": "low"},
    ]
    kinds = {event.who_name: (event.who_kind, event.who_id) for event in events}
    assert kinds[ADA] == ("editor", 1)
    assert kinds["grace@example.org"] == ("editor", None)
    assert kinds["reader"] == ("reader", 1)
    assert kinds["root (command line)"] == ("command line", None)
    assert {kinds[name] for name in ("relay", "canary", "ticker", "sweeper")} == {("system", None)}


def test_the_pages_tell_all_of_it_in_words(upgraded: Context) -> None:
    for number, (state, reason) in STATES.items():
        issue = open_issue(upgraded, number, EDITOR_ADA)
        assert issue.state == state
        assert issue.history[-1].sentence == "Created."
        told = " ".join(event.sentence for event in issue.history)
        if state == "paused":
            assert "Paused." in told, number
        if number == JOURNAL:
            assert reason in told, "it stood beside the state alone"
        report = report_issue(upgraded, number, EDITOR_ADA)
        assert report.adds_up
        assert json.dumps(report.to_json(), default=str)
    assert "hummed a tune over" in [
        event.sentence for event in open_issue(upgraded, DRAFT, EDITOR_ADA).history
    ]
    reader = show_subscriber(upgraded, "notes", 1, EDITOR_ADA)
    whats = [line.what for line in reader.history if not line.what.startswith("issue #")]
    assert whats == [
        "Lifted the suppression: A mistake",
        "Edited.",
        "Resumed.",
        "Paused.",
        "Changed the name.",
    ]


def test_what_logic_needs_is_in_columns(upgraded: Context) -> None:
    assert can_undo_send(upgraded, UNDO, EDITOR_ADA)
    assert not can_undo_send(upgraded, SCHEDULED, EDITOR_ADA)
    assert open_issue(upgraded, DRAFT, EDITOR_ADA).updated_by == ADA
    reports = [report_issue(upgraded, number, EDITOR_ADA) for number in (SENT, LEFT)]
    assert [report.left_uncertain for report in reports] == [
        False,
        True,
    ]
    with upgraded.database.read() as session:
        verdicts = {edition.issue_id: edition.canary_verdict for edition in session.query(Edition)}
    assert {number: verdict for number, verdict in verdicts.items() if verdict} == {
        CANARY: CanaryVerdict.STOPPED,
        SENT: CanaryVerdict.OVERRIDDEN,
        LEFT: CanaryVerdict.PASSED,
    }


def test_what_was_half_sent_goes_on(upgraded: Context) -> None:
    waiting = {number * 2 for number in (SENDING, JOURNAL)}
    resume_issue(upgraded, JOURNAL, EDITOR_ADA)
    assert set(tick(upgraded).batches) == waiting
    resume_issue(upgraded, CANARY, EDITOR_ADA)
    assert judge_canaries(upgraded) == [CANARY]
    with upgraded.database.read() as session:
        assert session.get_one(Edition, CANARY).canary_verdict == CanaryVerdict.OVERRIDDEN


def test_it_can_be_taken_back(upgraded: Context) -> None:
    with upgraded.database.engine.begin() as connection:
        command.downgrade(config_on(connection), "0007")
        held = connection.execute(text("SELECT id FROM batches WHERE held_at IS NOT NULL"))
        assert {row.id for row in held} == {CANARY * 2, CANARY * 2 + 1}
