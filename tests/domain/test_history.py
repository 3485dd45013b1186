"""Events in words: each action has some, whatever is left of its facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.domain.actions import SHOWN_AS_CONSENT, Action, PauseCause
from newsletter.domain.history import Happened, pause_reason
from newsletter.domain.staff.principals import PrincipalKind

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BERLIN = {"zone": "Europe/Berlin"}
NEEDED: dict[Action, dict[str, Any]] = {
    Action.ISSUE_PAUSED: {"cause": "editor"},
    Action.ISSUE_CANARY_PASSED: {"attempted": 10, "bad": 0},
    Action.ISSUE_CANARY_OVERRIDDEN: {"attempted": 10, "bad": 9},
}
CAUSES: dict[PauseCause, tuple[dict[str, Any], str]] = {
    PauseCause.EDITOR: ({}, ""),
    PauseCause.OVERDUE: ({"due_at": AT.isoformat(), **BERLIN}, "due on Sun 22 Nov 2026, 13:00"),
    PauseCause.NOT_SENDABLE: ({"problem": "It has no subject."}, "It has no subject."),
    PauseCause.CANARY: ({"attempted": 10, "bad": 9, "threshold_percent": 5}, "9 of the first 10"),
    PauseCause.CLOCK_JUMP: ({"seconds": 7200, "now": AT.isoformat(), **BERLIN}, "2 hours"),
    PauseCause.LEDGER: ({"waiting": 3, "stray": 0, "missing": 1}, "3 waiting"),
    PauseCause.JOURNAL: ({"worker": "a/1", "directory": "/j", "fault": "no room"}, "/j: no room"),
    PauseCause.MESSAGE_REFUSED: ({"reply": "554 5.6.0 malformed"}, "554 5.6.0 malformed"),
    PauseCause.SENDER_REFUSED: (
        {"trouble": "The relay r:25: it does not let us send: 550 5.4.5 Limit."},
        "550 5.4.5 Limit. No copy was charged",
    ),
    PauseCause.SENT_BACK: (
        {"copies": 12, "reply": "550 5.7.26 Unauthenticated.", "advice": "Publish SPF."},
        "12 copies were taken and came back",
    ),
    PauseCause.MANY_DEAD: (
        {"dead": 40, "taken": 400, "reply": "550 5.1.1 User unknown."},
        "40 of 400 copies came back as dead addresses, the last one with: 550 5.1.1 User unknown",
    ),
    PauseCause.RESTORED: (
        {"sign": "silence", "last_beat": AT.isoformat(), **BERLIN},
        "Nothing has run since Sun 22 Nov 2026, 13:00.",
    ),
    PauseCause.LEGACY: ({"reason": "It was due."}, "It was due."),
}


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words_without_facts_that_are_not_needed(action: Action) -> None:
    said = happened(action, NEEDED.get(action, {})).sentence
    assert said
    assert said == said.strip()


@pytest.mark.parametrize("cause", PauseCause)
def test_every_pause_says_why(cause: PauseCause) -> None:
    facts, words = CAUSES[cause]
    facts = {"cause": cause.value, **facts}
    assert words in pause_reason(facts)
    assert happened(Action.ISSUE_PAUSED, facts).sentence == f"Paused. {pause_reason(facts)}".strip()


def test_held_copies_are_not_said_to_be_sent_again() -> None:
    facts = {"cause": "ledger", "stray": 2, "resends": False}
    assert "held as uncertain" in pause_reason(facts)
    assert "sent again" not in pause_reason(facts)


def test_moments_are_told_in_the_time_zone_of_the_newsletter() -> None:
    facts = {"scheduled_at": AT.isoformat(), "zone": "Asia/Tokyo"}
    said = happened(Action.ISSUE_SCHEDULED, facts).sentence
    assert said == "Scheduled for Sun 22 Nov 2026, 21:00 (Asia/Tokyo)."


@pytest.mark.parametrize(
    ("action", "facts", "said"),
    [
        (Action.ISSUE_DIGEST_PASTED, {"entries": 1}, "Pasted a digest: 1 entry."),
        (Action.ISSUE_DIGEST_APPENDED, {"entries": 3}, "Added a digest: 3 entries."),
        (Action.ISSUE_UNSCHEDULED, {}, "Unscheduled."),
        (Action.ISSUE_UNSCHEDULED, {"was_going_out": True}, "Undid sending."),
        (
            Action.ISSUE_SENT_WITH_UNDO,
            {"scheduled_at": AT.isoformat(), "zone": "Europe/Berlin"},
            "Started sending, with time to undo until Sun 22 Nov 2026, 13:00.",
        ),
        (Action.ISSUE_VERSION_RESTORED, {}, "Restored an earlier version."),
        (
            Action.ISSUE_VERSION_RESTORED,
            {"of": AT.isoformat(timespec="minutes")},
            "Restored the version of Sun 22 Nov 2026, 12:00 (UTC).",
        ),
        (
            Action.ISSUE_VERSION_RESTORED,
            {"of": AT.isoformat(timespec="minutes"), **BERLIN},
            "Restored the version of Sun 22 Nov 2026, 13:00 (Europe/Berlin).",
        ),
    ],
)
def test_a_sentence_stays_true_as_time_goes_by_and_counts_one_as_one(
    action: Action, facts: dict[str, Any], said: str
) -> None:
    assert happened(action, facts).sentence == said


def test_an_action_begins_with_the_kind_of_its_subject() -> None:
    kinds = {action.subject_kind for action in Action} - {"legacy"}
    assert kinds == {"download", "issue", "newsletter", "picture", "server", "subscriber", "user"}
    assert {action.subject_kind for action in SHOWN_AS_CONSENT} == {"subscriber"}


def happened(action: Action, facts: dict[str, Any]) -> Happened:
    return Happened(AT, action, PrincipalKind.SYSTEM, "system", facts)
