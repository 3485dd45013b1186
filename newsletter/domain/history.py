"""Events in words, for the web and the command line. Nothing reads the words back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.readers.audiences import in_words, kept_audience
from newsletter.domain.said_times import said_time
from newsletter.domain.sending.canaries import CanaryResult
from newsletter.domain.sentences import without_stop
from newsletter.domain.staff.origins import NOWHERE, Origin

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event. `who_kind` is a PrincipalKind, `who` the name they had then."""

    at: datetime
    action: Action
    who_kind: str
    who: str
    facts: Facts
    origin: Origin = NOWHERE

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
            "address": self.origin.address,
            "device": self.origin.device,
            "facts": dict(self.facts),
            "sentence": self.sentence,
        }


def pause_reason(facts: Facts) -> str:
    """Why the issue is paused, and what to do about it; "" when an editor paused it."""
    return _PAUSES[PauseCause(facts["cause"])](facts)


def _local(moment: str, zone: str) -> str:
    return said_time(datetime.fromisoformat(moment), zone)


def _chose_sections(facts: Facts) -> str:
    """Of someone who was erased there are no facts."""
    if "muted" not in facts:
        return "Chose sections."
    muted = ", ".join(facts["muted"])
    return f"Muted sections: {muted}." if muted else "Chose all sections."


def _canary(facts: Facts) -> str:
    """Older events don't say what the newsletter allowed."""
    if "threshold_percent" not in facts:
        return f"{facts['bad']} of the first {facts['attempted']} copies bounced."
    return str(CanaryResult(facts["attempted"], facts["bad"], facts["threshold_percent"]))


def _overdue(facts: Facts) -> str:
    due = _local(facts["due_at"], facts["zone"])
    return (
        f"It was due on {due}, but the service was not running. "
        "Resume to send it now, or unschedule it and choose another time."
    )


def _stopped_by_canary(facts: Facts) -> str:
    return (
        f"{_canary(facts)} Check the relay's replies below. Resume to send it to everyone else "
        "anyway."
    )


def _clock_jump(facts: Facts) -> str:
    hours = round(facts["seconds"] / 3600)
    said = f"The clock jumped ahead by {hours} hours, past the expiry of this issue."
    if "now" in facts:
        said += f" It is now {_local(facts['now'], facts['zone'])}."
    return f"{said} Check the clock, then resume to send the remaining copies."


def _contradiction(facts: Facts) -> str:
    return (
        f"The ledger was inconsistent and has been repaired. Copies: {_repaired(facts)}. A "
        "restored backup or a change by hand can cause this. Resume to continue. Nobody gets a "
        "second copy."
    )


def _repaired(facts: Facts) -> str:
    again = "resent with the same Message-ID"
    if not facts.get("resends", True):
        again = "held as uncertain"
    found = [
        ("waiting", "waiting for a closed batch: moved to new batches"),
        ("stray", f"marked as being sent, but no worker had them: {again}"),
        ("missing", "missing for subscribers who were active at the start: added"),
    ]
    return "; ".join(f"{facts[name]} {words}" for name, words in found if facts.get(name))


def _restored(facts: Facts) -> str:
    """`sign` says what gave the backup away."""
    return (
        f"{_RESTORED[facts['sign']](facts)} Some subscribers may have this issue already. Compare "
        "with the relay's log. Resume to send the copies that wait, or cancel."
    )


_RESTORED: dict[str, Callable[[Facts], str]] = {
    "command": lambda facts: (
        f"The database was restored from a backup of {_local(facts['made_at'], facts['zone'])}."
    ),
    "older": lambda facts: (
        "The database is older than what this machine has seen: a backup from "
        f"{_local(facts['last_beat'], facts['zone'])} was restored."
    ),
    "silence": lambda facts: (
        f"Nothing has run since {_local(facts['last_beat'], facts['zone'])}. If a backup was "
        "restored, it does not know what was sent after that."
    ),
    "journal": lambda facts: (
        f"The relay took {facts['copies']} copies that the database had as waiting: a backup was "
        "restored. These copies are now marked as accepted."
    ),
}


def _journal(facts: Facts) -> str:
    return (
        f"The worker {facts['worker']} can't write its journal in {facts['directory']}: "
        f"{without_stop(facts['fault'])}. Free some space there, then resume."
    )


_PAUSES: dict[PauseCause, Callable[[Facts], str]] = {
    PauseCause.EDITOR: lambda _: "",
    PauseCause.OVERDUE: _overdue,
    PauseCause.NOT_SENDABLE: lambda facts: facts["problem"],
    PauseCause.CANARY: _stopped_by_canary,
    PauseCause.CLOCK_JUMP: _clock_jump,
    PauseCause.LEDGER: _contradiction,
    PauseCause.JOURNAL: _journal,
    PauseCause.SENT_BACK: lambda facts: (
        f"{facts['copies']} copies were taken and came back, because of us rather than of the "
        f"subscribers. The last one with: {without_stop(facts['reply'])}. {facts['advice']} "
        "Then resume."
    ),
    PauseCause.MANY_DEAD: lambda facts: (
        f"{facts['dead']} of {facts['taken']} copies came back as dead addresses, the last one "
        f"with: {without_stop(facts['reply'])}. A server may be broken, so nobody is suppressed "
        "until you decide under What came back. Check the relay, then resume."
    ),
    PauseCause.RESTORED: _restored,
    PauseCause.LEGACY: lambda facts: facts["reason"],
    PauseCause.SENDER_REFUSED: lambda facts: (
        f"{facts['trouble']} No copy was charged for it: all of them still wait. Put it right with "
        "the relay, then resume."
    ),
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
        return "Started sending, with time to undo."
    until = _local(facts["scheduled_at"], facts["zone"])
    return f"Started sending, with time to undo until {until}."


def _unscheduled(facts: Facts) -> str:
    return "Undid sending." if facts.get("was_going_out") else "Unscheduled."


def _resent(facts: Facts) -> str:
    kinds = ("failed", "expired", "held")
    counts = ", ".join(f"{facts[kind]} {kind}" for kind in kinds if facts.get(kind))
    return f"Resent copies: {counts}." if counts else "Resent copies."


def _restored_version(facts: Facts) -> str:
    """Older events don't say the zone."""
    if "of" not in facts:
        return "Restored an earlier version."
    zone = facts.get("zone", "UTC")
    return f"Restored the version of {_local(facts['of'], zone)} ({zone})."


def _pasted(words: str) -> Callable[[Facts], str]:
    def say(facts: Facts) -> str:
        count = facts.get("entries")
        said = "1 entry" if count == 1 else f"{count} entries"
        return f"{words}." if count is None else f"{words}: {said}."

    return say


def _settled(facts: Facts) -> str:
    words = {
        "entry": "Made an entry of text that had no place.",
        "comment": "Added text that had no place to a comment.",
        "intro": "Added text that had no place to an introduction.",
        "drop": "Dropped text that had no place.",
        "restore": "Brought back text that was dropped.",
    }
    return words.get(str(facts.get("place")), "Settled text that had no place.")


def _invited(facts: Facts) -> str:
    role = f" as {facts['role']}" if facts.get("role") else ""
    return f"Invited {facts.get('address', 'someone')}{role}."


def _with(words: str, fact: str) -> Callable[[Facts], str]:
    """`words`, and what that fact says."""

    def say(facts: Facts) -> str:
        return f"{words}: {facts[fact]}" if facts.get(fact) else f"{words}."

    return say


def _failed_sign_in(facts: Facts) -> str:
    if more := facts.get("more"):
        times = "once" if more == 1 else f"{more} times"
        return f"Could not sign in {times} more within an hour. These are only counted."
    return _with("Could not sign in", "why")(facts)


def _restored_backup(facts: Facts) -> str:
    made_at = facts.get("made_at")
    return f"Restored the backup of {_local(made_at, 'UTC')} UTC." if made_at else "Restored."


def _imported(facts: Facts) -> str:
    counts = [(facts.get("new"), "new"), (facts.get("updated"), "updated")]
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    return f"Imported subscribers: {said}." if said else "Imported subscribers."


def _changed_many(facts: Facts) -> str:
    done = {"tag": "Tagged", "untag": "Removed a tag from", "unsubscribe": "Unsubscribed"}
    count = facts.get("count", 0)
    whom = "1 subscriber" if count == 1 else f"{count:,} subscribers"
    said = f"{done.get(facts.get('what', ''), 'Changed')} {whom} of {facts.get('whom', 'the list')}"
    said = f"{said}: {facts['value']}" if facts.get("value") else f"{said}."
    return said if facts.get("is_done", True) else f"{without_stop(said)}. It was not finished."


_WORDS: dict[Action, str | Callable[[Facts], str]] = {
    Action.ISSUE_CREATED: "Created.",
    Action.ISSUE_SAVED: "Saved.",
    Action.ISSUE_DIGEST_PASTED: _pasted("Pasted a digest"),
    Action.ISSUE_DIGEST_APPENDED: _pasted("Added a digest"),
    Action.ISSUE_LEFTOVERS_CLEARED: "Cleared the text that could not be read.",
    Action.ISSUE_LEFTOVER_SETTLED: _settled,
    Action.ISSUE_IMPORTED: _with("Imported", "source"),
    Action.ISSUE_DELETED: _with("Deleted", "title"),
    Action.ISSUE_BROUGHT_BACK: "Brought back after it was deleted.",
    Action.ISSUE_VERSION_RESTORED: _restored_version,
    Action.ISSUE_ERRORS_OVERRIDDEN: _with("Overrode the errors", "reason"),
    Action.ISSUE_OVERRIDE_WITHDRAWN: "Removed the override.",
    Action.ISSUE_TEST_SENT: "Sent a test.",
    Action.ISSUE_PROOF_SENT: "Sent a proof to colleagues.",
    Action.ISSUE_AUDIENCE_CHOSEN: lambda facts: (
        f"Chose who gets it: {in_words(kept_audience(facts.get('audience', ())))}."
    ),
    Action.ISSUE_SCHEDULED: _scheduled,
    Action.ISSUE_UNSCHEDULED: _unscheduled,
    Action.ISSUE_SENT_WITH_UNDO: _sent_with_undo,
    Action.ISSUE_SENT_NOW: "Started sending.",
    Action.ISSUE_DUE: "Started sending as scheduled.",
    Action.ISSUE_PAUSED: lambda facts: f"Paused. {pause_reason(facts)}",
    Action.ISSUE_RESUMED: "Resumed.",
    Action.ISSUE_CANCELLED: "Cancelled.",
    Action.ISSUE_FINISHED: "Finished.",
    Action.ISSUE_RESENT: _resent,
    Action.ISSUE_HELD_COPIES_LEFT: "Left the held copies as uncertain.",
    Action.ISSUE_CANARY_PASSED: lambda facts: f"Sent it to everyone else. {_canary(facts)}",
    Action.ISSUE_CANARY_OVERRIDDEN: lambda facts: (
        f"Sent it to everyone else, despite the first copies. {_canary(facts)}"
    ),
    Action.ISSUE_LEDGER_REPAIRED: lambda facts: f"Repaired the ledger. Copies: {_repaired(facts)}.",
    Action.ISSUE_DOMAIN_PAUSED: _with("Paused a recipient domain", "reason"),
    Action.NEWSLETTER_CREATED: "Created.",
    Action.NEWSLETTER_FACTOR_REQUIRED: "Required a second factor of everyone who works on it.",
    Action.NEWSLETTER_FACTOR_NOT_REQUIRED: "Stopped requiring a second factor.",
    Action.NEWSLETTER_SETTINGS_CHANGED: "Changed the settings.",
    Action.NEWSLETTER_UNCONFIRMED_DELETED: _with("Deleted signups that nobody confirmed", "count"),
    Action.NEWSLETTER_TEMPLATE_SAVED: _with("Saved the template", "name"),
    Action.NEWSLETTER_TEMPLATE_DELETED: _with("Deleted the template", "name"),
    Action.NEWSLETTER_SPONSOR_BOOKED: _with("Booked the sponsor", "title"),
    Action.NEWSLETTER_SPONSOR_CANCELLED: _with("Cancelled the sponsor", "title"),
    Action.NEWSLETTER_BROUGHT_BACK: _with("Brought back after it was deleted", "name"),
    Action.NEWSLETTER_SUBSCRIBERS_IMPORTED: _imported,
    Action.NEWSLETTER_SUBSCRIBERS_CHANGED: _changed_many,
    Action.SUBSCRIBER_ASKED_AGAIN: "Asked to subscribe again.",
    Action.SUBSCRIBER_CONFIRMED: "Confirmed.",
    Action.SUBSCRIBER_ADDED: "Added.",
    Action.SUBSCRIBER_IMPORTED: "Imported.",
    Action.SUBSCRIBER_CAME_BACK: "Subscribed again.",
    Action.SUBSCRIBER_PAUSED: "Paused.",
    Action.SUBSCRIBER_RESUMED: "Resumed.",
    Action.SUBSCRIBER_UNSUBSCRIBED: _with("Unsubscribed", "how"),
    Action.SUBSCRIBER_SUPPRESSED: _with("Suppressed", "reason"),
    Action.SUBSCRIBER_SUPPRESSION_LIFTED: _with("Lifted the suppression", "reason"),
    Action.SUBSCRIBER_RENAMED: "Changed the name.",
    Action.SUBSCRIBER_SECTIONS_CHOSEN: _chose_sections,
    Action.SUBSCRIBER_EDITED: "Edited.",
    Action.SUBSCRIBER_CONFIRMATION_SENT_AGAIN: "Sent the confirmation again.",
    Action.SUBSCRIBER_ERASED: "Erased.",
    Action.PICTURE_ADDED: _with("Added", "file_name"),
    Action.PICTURE_DESCRIBED: _with("Described it", "alt"),
    Action.PICTURE_DELETED: _with("Deleted", "file_name"),
    Action.USER_ADDED: lambda facts: (
        f"Added as {facts['role']}." if facts.get("role") else "Added."
    ),
    Action.USER_INVITED: _invited,
    Action.USER_INVITATION_WITHDRAWN: _with("Withdrew the invitation of", "address"),
    Action.USER_INVITATION_ACCEPTED: _with("Accepted an invitation. The role", "role"),
    Action.USER_ROLE_GIVEN: _with("Got another role", "role"),
    Action.USER_ROLE_TAKEN: lambda facts: (
        "Is no longer an administrator."
        if facts.get("role") == "administrator"
        else "Lost the role."
    ),
    Action.USER_REMOVED: _with("Removed", "address"),
    Action.USER_CHANGED: "Changed the account.",
    Action.USER_PASSWORD_CHANGED: "Changed the password.",
    Action.USER_FACTOR_ADDED: _with("Added a second factor", "kind"),
    Action.USER_FACTOR_REMOVED: _with("Removed a second factor", "kind"),
    Action.USER_RECOVERY_CODES_MADE: "Made new recovery codes.",
    Action.USER_SECOND_FACTOR_RESET: "Reset the second factor.",
    Action.USER_SIGNED_IN: _with("Signed in", "how"),
    Action.USER_SIGN_IN_FAILED: _failed_sign_in,
    Action.USER_SIGNED_OUT: "Signed out.",
    Action.USER_SIGNED_OUT_EVERYWHERE: "Signed out everywhere.",
    Action.DOWNLOAD_SUBSCRIBERS: _with("Exported subscribers", "whom"),
    Action.DOWNLOAD_SUPPRESSIONS: "Exported the suppressed addresses.",
    Action.DOWNLOAD_FIGURES: "Downloaded the figures of the reports.",
    Action.DOWNLOAD_CLICKS: _with("Downloaded the clicks of the issue", "title"),
    Action.DOWNLOAD_AUDIT: "Exported the audit log.",
    Action.SERVER_BACKED_UP: "Backed up the whole service.",
    Action.SERVER_RESTORED: _restored_backup,
    Action.LEGACY: lambda facts: str(facts.get("sentence") or "What it was is erased."),
}
