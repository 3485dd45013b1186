"""Events in words, for the web and the command line. Nothing reads the words back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.canaries import CanaryResult

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event. `who_kind` is a PrincipalKind, `who` the name they had then."""

    at: datetime
    action: Action
    who_kind: str
    who: str
    facts: Facts

    @property
    def sentence(self) -> str:
        """What happened, without who did it and when."""
        words = _WORDS[self.action]
        return (words if isinstance(words, str) else words(self.facts)).strip()

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "action": self.action.value,
            "who": self.who,
            "who_kind": self.who_kind,
            "facts": dict(self.facts),
            "sentence": self.sentence,
        }


def pause_reason(facts: Facts) -> str:
    """Why the issue is paused, and what to do about it; "" when an editor paused it."""
    return _PAUSES[PauseCause(facts["cause"])](facts)


def _local(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%H:%M on %Y-%m-%d}"


def _canary(facts: Facts) -> str:
    """Older events don't say what the newsletter allowed."""
    if "threshold_percent" not in facts:
        return f"{facts['bad']} of the first {facts['attempted']} copies came back."
    return str(CanaryResult(facts["attempted"], facts["bad"], facts["threshold_percent"]))


def _overdue(facts: Facts) -> str:
    due = _local(facts["due_at"], facts["zone"])
    return (
        f"It was due at {due}, but nothing was running then. "
        "Resume to send it now, or make it a draft and schedule it again."
    )


def _stopped_by_canary(facts: Facts) -> str:
    return (
        f"It stopped by itself: {_canary(facts)} Look at what the relay said below; resume to "
        "send it to everybody else in spite of that."
    )


def _clock_jump(facts: Facts) -> str:
    hours = round(facts["seconds"] / 3600)
    said = f"The clock went ahead by {hours} hours at once, by which this issue would have expired."
    if "now" in facts:
        said += f" It is {_local(facts['now'], facts['zone'])} now: is that right?"
    return f"{said} Was the clock set, or did the machine sleep? Resume, and whoever waits gets it."


def _contradiction(facts: Facts) -> str:
    return (
        f"The ledger contradicts itself. Copies: {_repaired(facts)}. Was a backup restored, or a "
        "table changed by hand? Resume, and they go on; whoever was served gets nothing more."
    )


def _repaired(facts: Facts) -> str:
    again = "they are sent again, under the same Message-ID"
    if not facts.get("resends", True):
        again = "they are held as uncertain"
    found = [
        ("waiting", "waiting for a batch that was closed: they have new ones"),
        ("stray", f"marked as being handed over, but no worker had them: {again}"),
        ("missing", "lacking for readers who were active when it was frozen: added"),
    ]
    return "; ".join(f"{facts[name]} {words}" for name, words in found if facts.get(name))


def _journal(facts: Facts) -> str:
    return (
        f"The worker {facts['worker']} can't write its journal in {facts['directory']}: "
        f"{facts['fault']}. Make room there, and resume."
    )


_PAUSES: dict[PauseCause, Callable[[Facts], str]] = {
    PauseCause.EDITOR: lambda _: "",
    PauseCause.OVERDUE: _overdue,
    PauseCause.NOT_SENDABLE: lambda facts: facts["problem"],
    PauseCause.CANARY: _stopped_by_canary,
    PauseCause.CLOCK_JUMP: _clock_jump,
    PauseCause.LEDGER: _contradiction,
    PauseCause.JOURNAL: _journal,
    PauseCause.LEGACY: lambda facts: facts["reason"],
    PauseCause.MESSAGE_REFUSED: lambda facts: (
        f"The relay refuses the message itself: {facts['reply']}"
    ),
}


def _scheduled(facts: Facts) -> str:
    if "scheduled_at" not in facts:
        return "Scheduled."
    return f"Scheduled for {_local(facts['scheduled_at'], facts['zone'])} ({facts['zone']})."


def _sent_with_undo(facts: Facts) -> str:
    if "scheduled_at" not in facts:
        return "Sent, with time to undo."
    return f"Sent. It could be undone until {_local(facts['scheduled_at'], facts['zone'])}."


def _resent(facts: Facts) -> str:
    kinds = ("failed", "expired", "held")
    counts = ", ".join(f"{facts[kind]} {kind}" for kind in kinds if facts.get(kind))
    return f"Sent copies again: {counts}." if counts else "Sent copies again."


def _pasted(words: str) -> Callable[[Facts], str]:
    def say(facts: Facts) -> str:
        return f"{words}: {facts['entries']} entries." if "entries" in facts else f"{words}."

    return say


def _with(words: str, fact: str) -> Callable[[Facts], str]:
    """`words`, and what that fact says."""

    def say(facts: Facts) -> str:
        return f"{words}: {facts[fact]}" if facts.get(fact) else f"{words}."

    return say


def _imported(facts: Facts) -> str:
    counts = [(facts.get("new"), "new"), (facts.get("updated"), "updated")]
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    return f"Imported subscribers: {said}." if said else "Imported subscribers."


_WORDS: dict[Action, str | Callable[[Facts], str]] = {
    Action.ISSUE_CREATED: "Created.",
    Action.ISSUE_SAVED: "Saved.",
    Action.ISSUE_DIGEST_PASTED: _pasted("Pasted a digest"),
    Action.ISSUE_DIGEST_APPENDED: _pasted("Added a digest"),
    Action.ISSUE_LEFTOVERS_CLEARED: "Cleared the text that had no place.",
    Action.ISSUE_DELETED: _with("Deleted", "title"),
    Action.ISSUE_ERRORS_OVERRIDDEN: _with("Overrode the errors of the checks", "reason"),
    Action.ISSUE_OVERRIDE_WITHDRAWN: "Withdrew the override of the checks.",
    Action.ISSUE_TEST_SENT: "Sent a test.",
    Action.ISSUE_PROOF_SENT: "Sent a proof to colleagues.",
    Action.ISSUE_SCHEDULED: _scheduled,
    Action.ISSUE_UNSCHEDULED: "Made it a draft again.",
    Action.ISSUE_SENT_WITH_UNDO: _sent_with_undo,
    Action.ISSUE_SENT_NOW: "Sent it.",
    Action.ISSUE_DUE: "Started to send it, as scheduled.",
    Action.ISSUE_PAUSED: lambda facts: f"Paused. {pause_reason(facts)}",
    Action.ISSUE_RESUMED: "Resumed.",
    Action.ISSUE_CANCELLED: "Cancelled.",
    Action.ISSUE_FINISHED: "Finished.",
    Action.ISSUE_RESENT: _resent,
    Action.ISSUE_HELD_COPIES_LEFT: "Left the held copies as they are.",
    Action.ISSUE_CANARY_PASSED: lambda facts: f"Sent it to everyone else. {_canary(facts)}",
    Action.ISSUE_CANARY_OVERRIDDEN: lambda facts: (
        f"Sent it to everyone else, despite the first copies. {_canary(facts)}"
    ),
    Action.ISSUE_LEDGER_REPAIRED: lambda facts: f"Repaired the ledger. Copies: {_repaired(facts)}.",
    Action.ISSUE_DOMAIN_PAUSED: _with("Paused a recipient domain", "reason"),
    Action.NEWSLETTER_CREATED: "Created.",
    Action.NEWSLETTER_SETTINGS_CHANGED: "Changed the settings.",
    Action.NEWSLETTER_SUBSCRIBERS_IMPORTED: _imported,
    Action.SUBSCRIBER_ASKED_AGAIN: "Asked to subscribe again.",
    Action.SUBSCRIBER_CONFIRMED: "Confirmed.",
    Action.SUBSCRIBER_ADDED: "Added.",
    Action.SUBSCRIBER_IMPORTED: "Imported.",
    Action.SUBSCRIBER_CAME_BACK: "Came back.",
    Action.SUBSCRIBER_PAUSED: "Paused.",
    Action.SUBSCRIBER_RESUMED: "Resumed.",
    Action.SUBSCRIBER_UNSUBSCRIBED: _with("Unsubscribed", "how"),
    Action.SUBSCRIBER_SUPPRESSED: _with("Suppressed", "reason"),
    Action.SUBSCRIBER_SUPPRESSION_LIFTED: _with("Lifted the suppression", "reason"),
    Action.SUBSCRIBER_RENAMED: "Changed the name.",
    Action.SUBSCRIBER_EDITED: "Edited.",
    Action.SUBSCRIBER_ERASED: "Erased.",
    Action.USER_ADDED: "Added.",
    Action.USER_CHANGED: "Changed the account.",
    Action.USER_PASSWORD_CHANGED: "Changed the password.",
    Action.USER_SIGNED_IN: _with("Signed in", "how"),
    Action.USER_SIGNED_OUT_EVERYWHERE: "Signed out everywhere.",
    Action.LEGACY: lambda facts: str(facts["sentence"]),
}
