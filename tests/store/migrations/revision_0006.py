"""Rows as revision 0006 had them: issues in every state, half-sent, events in sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

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
    """Of one newsletter and three readers; what is not named is blank."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        *,
        slug: str = "notes",
        reader_state: str = "active",
        content: str = "{}",
    ) -> None:
        """`content` is that of each edition, JSON."""
        self._connection = connection
        self._now = now
        self._slug = slug
        self._reader_state = reader_state
        self._content = content

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
            slug=self._slug,
            name="Notes",
            sender_address="ada@example.org",
            postal_address="1 Garden Lane",
            time_zone="Europe/Berlin",
            language="en",
            theme="{}",
            list_label=self._slug,
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
                state=self._reader_state,
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
            content=self._content,
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


def reset_sequences(connection: Connection) -> None:
    """Ids were given by hand."""
    if connection.dialect.name != "postgresql":
        return
    for table in ("batches", "editions", "issues", "subscribers", "subscriptions", "users"):
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000) FROM {table}")
        )
