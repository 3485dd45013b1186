"""Reports on mail that was not delivered, and what they mean: the table that decides.

A report quotes a reply, and smtp_replies.py says what a reply means. The rules here come first:
they are about what only reports say, the status of the whole delivery [RFC 3464 2.3.4] and the
words of the server that gave up. To teach the service a new report, add a rule to `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace

from newsletter.domain.delivery import reply_texts
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Cause, Reply, Stage, Verdict, judge
from newsletter.domain.feedback import report_texts as texts
from newsletter.domain.feedback.verdicts import FeedbackVerdict

_V = FeedbackVerdict
_SAYS_LITTLE = re.compile(r"\A5\.[0-2]\.0\Z")
"""What reporting servers give to replies that have no enhanced code."""
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@:;,]{1,255}")
"""Its domain may have a name that is also a word, such as mx or full."""
_ADDRESS_STAGES = frozenset({Stage.RCPT, None})
_PAST_ADDRESS = frozenset({Stage.DATA, Stage.DOT, None})


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of one recipient."""

    recipient: str = ""
    action: str = ""
    """Of RFC 3464: failed, delayed, delivered, relayed or expanded; "" where nothing says it."""
    status: str = ""
    """The enhanced code that the reporting server gave the delivery."""
    code: int = 0
    """Of the reply that it quotes; 0 when it quotes none."""
    enhanced: str = ""
    """Of the reply."""
    text: str = ""
    """The words of the reply, or of the report."""
    stage: Stage | None = None
    """Where in the conversation the reply came, if the report says so."""
    summary: str = ""
    """The reporting server's own words at the top: the subject and the first line."""
    context: str = ""
    """All that the report says about this recipient, or about its only one."""
    is_notification: bool = False
    """It has the fields that RFC 3464 2.3 requires: not for people alone."""
    by_command: bool = False
    """A program on the server refused the mail, such as procmail: not the server itself."""

    @property
    def best_status(self) -> str:
        """The code that says most. Servers give 5.0.0 to what they don't understand."""
        for status in (self.enhanced, self.status):
            if status and not status.endswith(".0.0"):
                return status
        return self.enhanced or self.status

    @property
    def meaning(self) -> Verdict | None:
        """Of the reply that it quotes.

        A notification that doesn't say where the reply came is about the address, as most are;
        from a text for people, which may leave out more, nobody is called dead for a guess.
        """
        if not self.code:
            return None
        stage = self.stage or (Stage.RCPT if self.is_notification else Stage.DATA)
        if stage is Stage.DATA and self.names_address:
            stage = Stage.RCPT
        words = _ADDRESS.sub("address", self.text)
        status = self.enhanced or _SAYS_LITTLE.sub("", self.status)
        return judge(stage, Reply(self.code, words, status))

    @property
    def names_address(self) -> bool:
        """A server that means one of several can only do so in its reply to RCPT.

        Clients that send DATA right behind note that as the last command. A reply that has an
        enhanced code, but not that of an unknown address, means something else.
        """
        known = self.recipient and self.recipient.lower() in self.text.lower()
        return bool(known and not self.enhanced and self.is_notification)

    @property
    def all_words(self) -> str:
        return f"{self.text} {self.context}"


@dataclass(frozen=True, slots=True)
class ReportRule:
    """Applies when everything that it names fits; None fits anything.

    `status` is a regular expression for the whole best status, `says` and `unless` for any part of
    the text. `quotes` asks whether a reply's code is quoted.
    """

    name: str
    verdict: FeedbackVerdict
    reason: str
    actions: Container[str] | None = None
    status: str | None = None
    codes: Container[int] | None = None
    stages: Container[Stage | None] | None = None
    says: re.Pattern[str] | None = None
    summary: re.Pattern[str] | None = None
    anywhere: re.Pattern[str] | None = None
    """As `says`, but also outside of the reply that is quoted."""
    unless: re.Pattern[str] | None = None
    quotes: bool | None = None
    by_command: bool | None = None
    dead: bool | None = None
    """The reply that is quoted means an address that does not exist."""

    def applies(self, report: Report) -> bool:
        return (
            (self.actions is None or report.action in self.actions)
            and (self.by_command is None or self.by_command == report.by_command)
            and (self.quotes is None or self.quotes == bool(report.code))
            and (self.codes is None or report.code in self.codes)
            and (self.stages is None or report.stage in self.stages)
            and (self.status is None or bool(re.fullmatch(self.status, report.best_status)))
            and (
                self.dead is None or self.dead == bool(report.meaning and report.meaning.suppresses)
            )
            and (self.summary is None or bool(self.summary.search(report.summary)))
            and (self.says is None or bool(self.says.search(report.text)))
            and (self.anywhere is None or bool(self.anywhere.search(report.all_words)))
            and (self.unless is None or not self.unless.search(report.text))
        )


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: FeedbackVerdict
    reason: str
    rule: str


def decide(report: Report) -> Decision:
    found = _by_rule(report)
    if not found and not report.code:
        found = _by_rule(replace(report, text=report.context))
    return found or _by_reply(report)


def _by_rule(report: Report) -> Decision | None:
    for rule in RULES:
        if rule.applies(report):
            return Decision(rule.verdict, rule.reason, rule.name)
    return None


# "4.1.1 user unknown" is said for good by the servers that give up on it at last.
_PERMANENT = r"(5\..*|)"
_NO_CODE = r"(5\.(0|1|3)\.0|5\.5\.\d+|)"

RULES: tuple[ReportRule, ...] = (
    ReportRule("delayed", _V.DELAY, "delayed", {"delayed"}),
    ReportRule("delivered", _V.DELIVERED, "delivered", {"delivered", "relayed", "expanded"}),
    # What passes, whatever code is beside it.
    ReportRule("command", _V.SOFT, "delivery-command", by_command=True),
    ReportRule("full-status", _V.SOFT, "mailbox-full", status=r"[45]\.2\.2"),
    ReportRule("full", _V.SOFT, "mailbox-full", status=r"(?![45]\.1\.1$).*", anywhere=texts.FULL),
    ReportRule("loop-status", _V.SOFT, "loop", status=r"[45]\.4\.6"),
    ReportRule("loop", _V.SOFT, "loop", anywhere=texts.LOOP),
    ReportRule("expired-status", _V.SOFT, "expired", status=r"[45]\.4\.7"),
    ReportRule("expired", _V.SOFT, "expired", says=texts.EXPIRED, quotes=False),
    ReportRule("too-big-status", _V.BLOCKED, "message-too-big", status=r"5\.3\.4|5\.2\.3"),
    ReportRule("too-big", _V.BLOCKED, "message-too-big", says=texts.TOO_BIG),
    ReportRule("disabled-status", _V.SOFT, "suspended", status=r"[45]\.2\.1", stages=_PAST_ADDRESS),
    ReportRule("suspended", _V.SOFT, "suspended", anywhere=texts.SUSPENDED),
    ReportRule("by-reader", _V.SOFT, "refused-by-reader", anywhere=texts.BY_READER),
    # The address is dead.
    ReportRule("no-mail-status", _V.HARD, "domain-takes-no-mail", status=r"5\.1\.10"),
    ReportRule("no-mail-code", _V.HARD, "domain-takes-no-mail", codes={556}),
    ReportRule(
        "no-mail",
        _V.HARD,
        "domain-takes-no-mail",
        status=_PERMANENT,
        says=texts.NO_MAIL,
        unless=texts.OUR_SIDE,
    ),
    ReportRule("moved-status", _V.HARD, "moved", status=r"5\.1\.6"),
    ReportRule("moved", _V.HARD, "moved", status=_PERMANENT, codes={0, 551}, says=texts.MOVED),
    ReportRule("unknown-host-status", _V.HARD, "unknown-domain", status=r"5\.1\.2|5\.4\.4"),
    ReportRule("unknown-user-status", _V.HARD, "unknown-user", status=r"5\.1\.[13]"),
    ReportRule(
        "unknown-user-given-up", _V.HARD, "unknown-user", status=r"4\.1\.1", says=texts.UNKNOWN_USER
    ),
    ReportRule("temporary-status", _V.SOFT, "temporary", status=r"4\..*", quotes=False),
    ReportRule(
        "unknown-host",
        _V.HARD,
        "unknown-domain",
        status=_NO_CODE,
        says=texts.UNKNOWN_HOST,
        quotes=False,
    ),
    ReportRule(
        "unknown-user",
        _V.HARD,
        "unknown-user",
        status=_NO_CODE,
        says=texts.UNKNOWN_USER,
        quotes=False,
    ),
    ReportRule(
        "unknown-user-twice",
        _V.HARD,
        "unknown-user",
        status=_NO_CODE,
        codes=range(550, 560),
        stages={None},
        says=texts.UNKNOWN_USER,
        summary=texts.UNKNOWN_USER,
    ),
    # sendmail ends with a line that says nothing; what its deliverer said is above it.
    ReportRule(
        "unknown-user-above",
        _V.HARD,
        "unknown-user",
        status=_NO_CODE,
        codes={554},
        says=texts.SAYS_NOTHING,
        anywhere=texts.UNKNOWN_USER,
    ),
    ReportRule(
        "rejected-address",
        _V.HARD,
        "unknown-user",
        status=r"5\.1\.0|" + _NO_CODE,
        codes={550, 553},
        stages=_ADDRESS_STAGES,
        says=texts.REJECTED_ADDRESS,
    ),
    ReportRule(
        "unknown-host-in-reply",
        _V.HARD,
        "unknown-domain",
        status=_NO_CODE,
        codes=range(550, 560),
        says=texts.UNKNOWN_HOST,
        unless=texts.OUR_SIDE,
    ),
    # After DATA, a server with several recipients can't name the one that it means.
    ReportRule(
        "nameless", _V.SOFT, "refused", stages=_PAST_ADDRESS, says=texts.NAMELESS, dead=True
    ),
    ReportRule("dead-reply", _V.HARD, "unknown-user", dead=True),
    # Our trouble, by words that no reply is quoted with.
    ReportRule("no-member", _V.BLOCKED, "not-a-member", anywhere=texts.NO_MEMBER),
    ReportRule("virus", _V.BLOCKED, "virus", says=texts.VIRUS),
    ReportRule("no-connection", _V.SOFT, "no-connection", says=texts.NO_CONNECTION, quotes=False),
    ReportRule(
        "authentication-status", _V.BLOCKED, "authentication", status=r"[45]\.7\.(2[0-9]|3[0-9])"
    ),
    ReportRule("authentication", _V.BLOCKED, "authentication", says=texts.AUTHENTICATION),
    ReportRule("reverse-name", _V.BLOCKED, "reverse-name", says=texts.REVERSE_NAME),
    ReportRule("spam", _V.BLOCKED, "spam", says=texts.SPAM),
    ReportRule("listed", _V.BLOCKED, "listed", says=texts.LISTED, unless=reply_texts.US),
    ReportRule("policy-status", _V.BLOCKED, "policy", status=r"5\.7\..*", quotes=False),
    ReportRule("policy", _V.BLOCKED, "policy", status=_PERMANENT, says=texts.POLICY),
)


def _by_reply(report: Report) -> Decision:
    """No rule applies: what the quoted reply means for a copy."""
    meaning = report.meaning
    if not meaning:
        return _by_class(report)
    if meaning.cause in {None, Cause.READER} or meaning.state is DeliveryState.DEFERRED:
        return Decision(_V.SOFT, "refused", "reply")
    return Decision(_V.BLOCKED, f"refused-{meaning.cause}", "reply")


def _by_class(report: Report) -> Decision:
    """Neither a reply nor words that we know: only that the mail did not arrive."""
    failed = report.action == "failed" or report.best_status[:1] in {"4", "5"}
    return Decision(_V.SOFT if failed else _V.UNKNOWN, "undelivered", "failed")
