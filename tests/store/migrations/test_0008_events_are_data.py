"""A database of the version before, half-sent and with events in sentences: all of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from newsletter.config import Settings
from newsletter.delivery.judge_canary import judge_canaries
from newsletter.delivery.sweep import tick
from newsletter.domain.actions import Action
from newsletter.domain.canaries import CanaryVerdict
from newsletter.store.database import Database
from newsletter.store.models import Base, Edition, Event, Issue
from newsletter.store.schema import difference_from_models, migrate
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.readers.list_subscribers import show_subscriber
from newsletter.usecases.sending.control_issue import resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import can_be_taken_back
from tests.conftest import Clock
from tests.store.migrations.conftest import config_on
from tests.support.principals import by

DRAFT, SCHEDULED, UNDO, SENDING, CANARY, JOURNAL, EDITOR, CLOCK, SENT, LEFT, CANCELLED = range(
    1, 12
)
STATES = {
    DRAFT: ("draft", ""),
    SCHEDULED: ("scheduled", ""),
    UNDO: ("scheduled", ""),
    SENDING: ("sending", ""),
    CANARY: ("paused", "It stopped by itself: 9 of the first 10 copies came back."),
    JOURNAL: ("paused", "The worker a/1 can't write its journal: No space left. Make room there."),
    EDITOR: ("paused", "Paused by ada@example.org."),
    CLOCK: ("paused", "The clock went ahead by 50 hours at once."),
    SENT: ("sent", ""),
    LEFT: ("sent", ""),
    CANCELLED: ("cancelled", "Cancelled by ada@example.org."),
}
FROZEN = (SENDING, CANARY, JOURNAL, EDITOR, CLOCK, SENT, LEFT, CANCELLED)
ADA = "ada@example.org"
EDITOR_ADA = by(ADA)
SENTENCES: list[tuple[str, int, str, str, dict[str, Any]]] = [
    # What it is about, who, the sentence, its details.
    *[("issue", number, ADA, "began", {}) for number in STATES],
    ("issue", DRAFT, "grace@example.org", "saved", {"version": 2}),
    ("issue", DRAFT, "root (command line)", "pasted a digest into", {"version": 3, "entries": 22}),
    ("issue", DRAFT, ADA, "appended a digest to", {"version": 4, "entries": 2}),
    ("issue", DRAFT, ADA, "cleared what was left over of", {"pieces": 3}),
    ("issue", DRAFT, ADA, "answered for the errors of", {"reason": "It is meant"}),
    ("issue", DRAFT, ADA, "no longer answers for the errors of", {}),
    ("issue", DRAFT, ADA, "hummed a tune over", {"tune": "low"}),
    ("issue", SCHEDULED, ADA, "sent, with time to take it back", {}),
    ("issue", SCHEDULED, ADA, "unscheduled", {}),
    ("issue", SCHEDULED, ADA, "scheduled", {}),
    ("issue", UNDO, ADA, "scheduled", {}),
    ("issue", UNDO, ADA, "sent, with time to take it back", {}),
    ("issue", UNDO, ADA, "sent a test of", {}),
    ("issue", UNDO, ADA, "sent a proof of", {}),
    ("issue", SENDING, ADA, "sent now", {}),
    ("issue", SENDING, ADA, "paused", {}),
    ("issue", SENDING, ADA, "resumed", {}),
    ("issue", SENDING, "relay", "pause_domain", {"domain": "big.example", "reason": "blocked us"}),
    ("issue", CANARY, "canary", "stopped after the canary", {"attempted": 10, "bad": 9}),
    ("issue", JOURNAL, "sweeper", "mended the ledger of", {"waiting": 1, "stray": 0, "missing": 0}),
    ("issue", EDITOR, ADA, "paused", {}),
    ("issue", CLOCK, "ticker", "paused after a jump of the clock", {"seconds": 180_000}),
    ("issue", SENT, "canary", "stopped after the canary", {"attempted": 10, "bad": 9}),
    ("issue", SENT, "canary", "released in spite of the canary", {"attempted": 10, "bad": 9}),
    ("issue", SENT, ADA, "sent again", {"failed": 3, "expired": 0, "held": 0, "left_out": 1}),
    ("issue", LEFT, "canary", "released after the canary", {"attempted": 10, "bad": 0}),
    ("issue", LEFT, ADA, "let the held copies be", {}),
    ("issue", CANCELLED, ADA, "cancelled", {}),
    ("issue", 99, ADA, "deleted", {"title": "Never sent"}),
    ("newsletter", 1, "first start", "created", {}),
    ("newsletter", 1, ADA, "changed the settings of", {}),
    ("newsletter", 1, ADA, "imported subscribers into", {"new": 7, "updated": 2, "left_out": 1}),
    ("subscriber", 1, ADA, "added", {"newsletter": "notes"}),
    ("subscriber", 1, "reader", "renamed", {"newsletter_id": 1}),
    ("subscriber", 1, "reader", "paused", {"newsletter_id": 1}),
    ("subscriber", 1, "reader", "resumed", {"newsletter_id": 1}),
    ("subscriber", 1, ADA, "edited", {"newsletter": "notes"}),
    ("subscriber", 1, ADA, "suppressed", {"newsletter": "notes", "reason": "Legal letter"}),
    ("subscriber", 1, ADA, "lifted the suppression of", {"reason": "A mistake"}),
    ("subscriber", 1, ADA, "unsubscribed", {"newsletter": "notes"}),
    ("subscriber", 2, ADA, "erased", {}),
    ("user", 1, ADA, "added", {}),
    ("user", 1, ADA, "changed", {}),
    ("user", 1, ADA, "changed the password of", {}),
    ("user", 1, ADA, "signed in", {"how": "password"}),
    ("user", 1, ADA, "signed out everywhere", {}),
]


class OldRows:
    """Rows as revision 0006 has them; what is not named is blank."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def put(self, table: str, **values: Any) -> None:
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        statement = text(f"INSERT INTO {table} ({columns}) VALUES ({marks})")
        self._connection.execute(statement, values)

    def moment(self, seconds: float = 0) -> str:
        """As the columns of times hold it, in both databases."""
        moment = self._now.astimezone(UTC) + timedelta(seconds=seconds)
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}" + self._zone

    @property
    def _zone(self) -> str:
        return "" if self._connection.dialect.name == "sqlite" else "+00:00"

    def fill(self) -> None:
        self._people()
        for number, (state, reason) in STATES.items():
            self._issue(number, state, reason)
        for number in FROZEN:
            self._edition(number)
        for place, (kind, subject, actor, verb, detail) in enumerate(SENTENCES):
            self.put(
                "events",
                at=self.moment(place - len(SENTENCES)),
                actor=actor,
                verb=verb,
                subject_kind=kind,
                subject_id=subject,
                detail=json.dumps(detail),
            )

    def _people(self) -> None:
        now = self.moment(-9000)
        words = "description sender_name reply_to".split()
        self.put(
            "newsletters",
            **dict.fromkeys(words, ""),
            id=1,
            slug="notes",
            name="Notes",
            sender_address="ada@example.org",
            postal_address="1 Garden Lane",
            time_zone="Europe/Berlin",
            language="en",
            theme="{}",
            list_label="notes",
            undo_minutes=10,
            canary_percent=10,
            canary_threshold_percent=5,
            created_at=now,
        )
        stamps = {"password_hash": "", "sign_in_stamp": "a", "session_stamp": "b"}
        self.put("users", id=1, address=ADA, address_key=ADA, name="", created_at=now, **stamps)
        for number in (1, 2, 3):
            address = f"reader{number}@example.org" if number != 2 else None
            self.put(
                "subscribers",
                id=number,
                address=address,
                address_key=address,
                name="",
                attributes="{}",
                created_at=now,
            )
            self.put(
                "subscriptions",
                id=number,
                newsletter_id=1,
                subscriber_id=number,
                state="active",
                state_at=now,
                state_how="",
                tags="[]",
                created_at=now,
            )

    def _issue(self, number: int, state: str, reason: str) -> None:
        is_scheduled = state == "scheduled"
        self.put(
            "issues",
            **dict.fromkeys("preheader intro override_by override_reason".split(), ""),
            id=number,
            newsletter_id=1,
            number=number,
            title=f"Issue {number}",
            subject="Old",
            unplaced="[]",
            state=state,
            state_reason=reason,
            state_at=self.moment(-len(SENTENCES)),
            version=4,
            scheduled_at=self.moment(600) if is_scheduled else None,
            sent_at=self.moment(-5) if state == "sent" else None,
            created_at=self.moment(-9000),
            updated_at=self.moment(-8000),
        )

    def _edition(self, number: int) -> None:
        """Two copies: one accepted, one that waits, or was held."""
        self.put(
            "editions",
            id=number,
            issue_id=number,
            newsletter_id=1,
            number=number,
            subject="Old",
            html="",
            text="",
            content="{}",
            active_at_freeze=2,
            frozen_at=self.moment(-100),
            expires_at=self.moment(90_000),
        )
        is_stopped, is_over = number == CANARY, number in (SENT, LEFT, CANCELLED)
        for is_canary in (True, False):
            is_closed = is_canary or is_over
            is_held = is_stopped
            self.put(
                "batches",
                id=number * 2 + is_canary,
                edition_id=number,
                created_at=self.moment(-100),
                closed_at=self.moment(-50) if is_closed else None,
                is_canary=is_canary,
                held_at=self.moment(-40) if is_held else None,
            )
        open_state = "uncertain" if number in (SENT, LEFT) else "pending"
        if number == CANCELLED:
            open_state = "cancelled"
        for reader, state in ((1, "failed" if is_stopped else "accepted"), (3, open_state)):
            self.put(
                "deliveries",
                edition_id=number,
                subscriber_id=reader,
                subscription_id=reader,
                batch_id=number * 2 + (reader == 1),
                state=state,
                state_at=self.moment(-60),
                attempts=1,
                relay="",
                reply_stage="rcpt",
                reply_code=550 if state == "failed" else 250,
                reply_enhanced="5.7.1" if state == "failed" else "",
                reply_text="",
                queue_id="",
                detail="",
            )


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


def reset_sequences(connection: Connection) -> None:
    """Ids were given by hand."""
    if connection.dialect.name != "postgresql":
        return
    for table in ("batches", "editions", "issues", "subscribers", "subscriptions", "users"):
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000) FROM {table}")
        )


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
    assert [line.what for line in reader.history] == [
        "Lifted the suppression: A mistake",
        "Edited.",
        "Resumed.",
        "Paused.",
        "Changed the name.",
    ]


def test_what_logic_needs_is_in_columns(upgraded: Context) -> None:
    assert can_be_taken_back(upgraded, UNDO, EDITOR_ADA)
    assert not can_be_taken_back(upgraded, SCHEDULED, EDITOR_ADA)
    assert open_issue(upgraded, DRAFT, EDITOR_ADA).updated_by == ADA
    assert [report_issue(upgraded, number, EDITOR_ADA).left_be for number in (SENT, LEFT)] == [
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
