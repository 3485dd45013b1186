"""What can happen to what: the actions that events record. history.py puts them into words."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The subject's kind, and what was done to it. Kept with every event, so never renamed."""

    ISSUE_CREATED = "issue.created"
    ISSUE_SAVED = "issue.saved"
    ISSUE_DIGEST_PASTED = "issue.digest_pasted"
    ISSUE_DIGEST_APPENDED = "issue.digest_appended"
    ISSUE_LEFTOVERS_CLEARED = "issue.leftovers_cleared"
    ISSUE_LEFTOVER_SETTLED = "issue.leftover_settled"
    ISSUE_IMPORTED = "issue.imported"
    ISSUE_DELETED = "issue.deleted"
    ISSUE_BROUGHT_BACK = "issue.brought_back"
    ISSUE_VERSION_RESTORED = "issue.version_restored"
    ISSUE_ERRORS_OVERRIDDEN = "issue.errors_overridden"
    ISSUE_OVERRIDE_WITHDRAWN = "issue.override_withdrawn"
    ISSUE_TEST_SENT = "issue.test_sent"
    ISSUE_PROOF_SENT = "issue.proof_sent"
    ISSUE_AUDIENCE_CHOSEN = "issue.audience_chosen"
    ISSUE_SCHEDULED = "issue.scheduled"
    ISSUE_UNSCHEDULED = "issue.unscheduled"
    ISSUE_SENT_WITH_UNDO = "issue.sent_with_undo"
    ISSUE_SENT_NOW = "issue.sent_now"
    ISSUE_DUE = "issue.due"
    ISSUE_PAUSED = "issue.paused"
    ISSUE_RESUMED = "issue.resumed"
    ISSUE_CANCELLED = "issue.cancelled"
    ISSUE_FINISHED = "issue.finished"
    ISSUE_RESENT = "issue.resent"
    ISSUE_HELD_COPIES_LEFT = "issue.held_copies_left"
    ISSUE_CANARY_PASSED = "issue.canary_passed"
    ISSUE_CANARY_OVERRIDDEN = "issue.canary_overridden"
    ISSUE_LEDGER_REPAIRED = "issue.ledger_repaired"
    ISSUE_DOMAIN_PAUSED = "issue.domain_paused"

    NEWSLETTER_CREATED = "newsletter.created"
    NEWSLETTER_SETTINGS_CHANGED = "newsletter.settings_changed"
    NEWSLETTER_UNCONFIRMED_DELETED = "newsletter.unconfirmed_deleted"
    NEWSLETTER_TEMPLATE_SAVED = "newsletter.template_saved"
    NEWSLETTER_TEMPLATE_DELETED = "newsletter.template_deleted"
    NEWSLETTER_SPONSOR_BOOKED = "newsletter.sponsor_booked"
    NEWSLETTER_SPONSOR_CANCELLED = "newsletter.sponsor_cancelled"
    NEWSLETTER_BROUGHT_BACK = "newsletter.brought_back"
    NEWSLETTER_FACTOR_REQUIRED = "newsletter.factor_required"
    NEWSLETTER_FACTOR_NOT_REQUIRED = "newsletter.factor_not_required"
    NEWSLETTER_SUBSCRIBERS_IMPORTED = "newsletter.subscribers_imported"

    NEWSLETTER_SUBSCRIBERS_CHANGED = "newsletter.subscribers_changed"
    """Many at once: {what, value, whom, count, is_done}. Not done: it was stopped half-way."""

    SUBSCRIBER_ASKED_AGAIN = "subscriber.asked_again"
    SUBSCRIBER_CONFIRMED = "subscriber.confirmed"
    SUBSCRIBER_ADDED = "subscriber.added"
    SUBSCRIBER_IMPORTED = "subscriber.imported"
    SUBSCRIBER_CAME_BACK = "subscriber.came_back"
    SUBSCRIBER_PAUSED = "subscriber.paused"
    SUBSCRIBER_RESUMED = "subscriber.resumed"
    SUBSCRIBER_UNSUBSCRIBED = "subscriber.unsubscribed"
    SUBSCRIBER_SUPPRESSED = "subscriber.suppressed"
    SUBSCRIBER_SUPPRESSION_LIFTED = "subscriber.suppression_lifted"
    SUBSCRIBER_RENAMED = "subscriber.renamed"
    SUBSCRIBER_SECTIONS_CHOSEN = "subscriber.sections_chosen"
    """On the preferences page: {muted}, the sections that are not wanted."""
    SUBSCRIBER_EDITED = "subscriber.edited"
    SUBSCRIBER_CONFIRMATION_SENT_AGAIN = "subscriber.confirmation_sent_again"
    SUBSCRIBER_ERASED = "subscriber.erased"

    PICTURE_ADDED = "picture.added"
    PICTURE_DESCRIBED = "picture.described"
    PICTURE_DELETED = "picture.deleted"

    USER_ADDED = "user.added"
    USER_INVITED = "user.invited"
    """Of an address to a role; the subject is the invitation, as the next two."""
    USER_INVITATION_WITHDRAWN = "user.invitation_withdrawn"
    USER_INVITATION_ACCEPTED = "user.invitation_accepted"
    USER_ROLE_GIVEN = "user.role_given"
    USER_ROLE_TAKEN = "user.role_taken"
    USER_REMOVED = "user.removed"
    USER_CHANGED = "user.changed"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  not a secret
    USER_FACTOR_ADDED = "user.factor_added"
    USER_FACTOR_REMOVED = "user.factor_removed"
    USER_RECOVERY_CODES_MADE = "user.recovery_codes_made"
    USER_SECOND_FACTOR_RESET = "user.second_factor_reset"
    """On the command line, for an editor who has lost it."""
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGN_IN_FAILED = "user.sign_in_failed"
    """The subject is the account, 0 when no editor has the address; {why}."""
    USER_SIGNED_OUT = "user.signed_out"
    USER_SIGNED_OUT_EVERYWHERE = "user.signed_out_everywhere"

    DOWNLOAD_SUBSCRIBERS = "download.subscribers"
    """Of a newsletter, as the others: the subject is the newsletter, 0 for the whole server."""
    DOWNLOAD_SUPPRESSIONS = "download.suppressions"
    DOWNLOAD_FIGURES = "download.figures"
    DOWNLOAD_CLICKS = "download.clicks"
    DOWNLOAD_AUDIT = "download.audit"

    SERVER_BACKED_UP = "server.backed_up"
    SERVER_RESTORED = "server.restored"
    """{made_at}: when the backup was made. Both are about the whole server: the subject is 0."""

    LEGACY = "legacy"
    """An event of an older version that is kept only as its sentence: {sentence}."""

    @property
    def subject_kind(self) -> str:
        return self.value.partition(".")[0]


class PauseCause(StrEnum):
    """Why an issue was paused; `cause` among the facts of ISSUE_PAUSED."""

    EDITOR = "editor"
    OVERDUE = "overdue"
    NOT_SENDABLE = "not sendable"
    CANARY = "canary"
    CLOCK_JUMP = "clock jump"
    LEDGER = "ledger"
    JOURNAL = "journal"
    MESSAGE_REFUSED = "message refused"
    SENDER_REFUSED = "sender refused"
    """The relay takes nothing from us, for any reader."""
    SENT_BACK = "sent back"
    """Copies that were taken came back because of us: {copies}, {reply}, {advice}."""
    MANY_DEAD = "many dead"
    """So many copies came back as dead addresses that it is doubted: {dead}, {taken}, {reply}."""
    RESTORED = "restored"
    LEGACY = "legacy"
    """By an older version, which kept only the sentence: {reason}."""


SHOWN_AS_CONSENT = frozenset(
    {
        Action.SUBSCRIBER_ASKED_AGAIN,
        Action.SUBSCRIBER_CONFIRMED,
        Action.SUBSCRIBER_ADDED,
        Action.SUBSCRIBER_IMPORTED,
        Action.SUBSCRIBER_CAME_BACK,
        Action.SUBSCRIBER_UNSUBSCRIBED,
        Action.SUBSCRIBER_SUPPRESSED,
    }
)
"""Each of these leaves a piece of evidence too, which says more."""
