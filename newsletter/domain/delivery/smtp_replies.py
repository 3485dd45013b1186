"""SMTP replies and what they mean: the one table from stage, code and text to a verdict.

To teach the service a new reply, add a rule to `RULES`; the first rule that applies decides.
A verdict rests on the stage, the code and the enhanced code [RFC 3463]. Text counts only where
servers are known to use one code for several things.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.delivery import reply_texts as texts
from newsletter.domain.delivery.deliveries import DeliveryState


class Stage(StrEnum):
    """The point in the conversation at which a reply came [RFC 5321 3, 4.1.1]."""

    CONNECT = "connect"
    TLS = "tls"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply [RFC 5321 4.2]: all lines joined by a newline, codes cut off.

    `enhanced` is the status of RFC 3463, such as "5.1.1", or "" when the server gave none.
    """

    code: int
    text: str
    enhanced: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)

    @property
    def hangs_up(self) -> bool:
        """The server closes the connection after this reply [RFC 5321 3.8]."""
        return self.code == 421

    @property
    def ends_share(self) -> bool:
        """Another connection may go on [RFC 5321 4.5.3.1.10]."""
        return self.code == 452 and self.enhanced == "4.5.3"

    @property
    def ends_connection(self) -> bool:
        """No further message can go over this connection."""
        return self.hangs_up or self.ends_share

    @property
    def queue_id(self) -> str:
        """The relay's own name for the message, to search its log by; "" when it gives none."""
        if usual := _POSTFIX_QUEUE_ID.fullmatch(self.text):
            return usual[1]
        found = _QUEUE_ID.search(self.text)
        return next((group for group in found.groups() if group), "") if found else ""


class Cause(StrEnum):
    """What a refusal is about, and so who has to act on it."""

    READER = "reader"
    """This address alone."""
    DOMAIN = "domain"
    """The recipient's domain: it blocks us, or wants less mail from us."""
    MESSAGE = "message"
    """The message itself: it would be refused for every reader."""
    SENDER = "sender"
    LOGIN = "login"
    """Our settings are wrong, rather than the network."""
    RELAY = "relay"
    ACCOUNT = "account"
    """We: our account at the relay, our domain, its authentication, or the name in our EHLO."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means for the delivery and for the rest of the issue.

    `state` is where the delivery goes: deferred is tried again, failed is not, pending was never
    tried because the relay takes nothing. `words` begin the explanation of a relay's trouble.
    """

    state: DeliveryState
    cause: Cause | None = None
    words: str = ""
    advice: str = ""
    """What the operator can do, for the end of the explanation."""
    suppresses: bool = False
    """The address does not exist: it gets no further mail."""
    slows_relay: bool = False
    """The relay takes no more mail for the moment, for any reader: no attempt is counted."""

    @property
    def is_block(self) -> bool:
        """The recipient's domain refuses us rather than this address."""
        return self.state is DeliveryState.FAILED and self.cause is Cause.DOMAIN

    @property
    def slows_domain(self) -> bool:
        return self.state is DeliveryState.DEFERRED and self.cause is Cause.DOMAIN

    @property
    def pauses_relay(self) -> bool:
        return self.state is DeliveryState.PENDING and not self.slows_relay

    @property
    def pauses_issue(self) -> bool:
        return self.cause in {Cause.MESSAGE, Cause.ACCOUNT}


_S = DeliveryState

ACCEPTED = Verdict(_S.ACCEPTED)
RETRY = Verdict(_S.DEFERRED, Cause.READER)
SLOW_DOWN = Verdict(_S.DEFERRED, Cause.DOMAIN)
REJECTED = Verdict(_S.FAILED, Cause.READER)
UNKNOWN_ADDRESS = Verdict(_S.FAILED, Cause.READER, suppresses=True)
BLOCKED = Verdict(_S.FAILED, Cause.DOMAIN)
MESSAGE_REFUSED = Verdict(_S.FAILED, Cause.MESSAGE)
SENDER_REFUSED = Verdict(_S.PENDING, Cause.SENDER, "it refused the sender")
NOT_ALLOWED = Verdict(
    _S.PENDING,
    Cause.ACCOUNT,
    "it does not let us send",
    advice="Check the account, its limits and the DNS records of the sender's domain",
)
NAME_REFUSED = Verdict(
    _S.PENDING,
    Cause.ACCOUNT,
    "it refused the name in our EHLO",
    advice="Set SMTP_EHLO_NAME to the public name of this machine",
)
NAME_UNKNOWN = Verdict(
    _S.PENDING,
    Cause.RELAY,
    "it does not know the name in our EHLO",
    advice="If this goes on, set SMTP_EHLO_NAME to the public name of this machine",
)
THROTTLED = Verdict(
    _S.PENDING, Cause.RELAY, "it takes no more mail for the moment", slows_relay=True
)
LOGIN_REFUSED = Verdict(_S.PENDING, Cause.LOGIN, "it refused the login")
LOGIN_REQUIRED = Verdict(_S.PENDING, Cause.LOGIN, "it requires a login")
LOGIN_UNAVAILABLE = Verdict(_S.PENDING, Cause.RELAY, "it could not check the login")
CALL_REFUSED = Verdict(_S.PENDING, Cause.RELAY, "it refused our connection")
TLS_REFUSED = Verdict(_S.PENDING, Cause.RELAY, "it refused to encrypt")
GREETING_REFUSED = Verdict(_S.PENDING, Cause.RELAY, "it refused our greeting")
RELAY_BUSY = Verdict(_S.PENDING, Cause.RELAY, "it takes no more mail for now")
OUT_OF_PLACE = Verdict(_S.PENDING, Cause.RELAY, "it gave a reply that makes no sense here")
UNCLEAR = Verdict(
    _S.UNCERTAIN, Cause.RELAY, "it answered the final dot with a reply that makes no sense there"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Applies when everything that it names fits; None fits anything.

    `enhanced`, `says` and `unless` are regular expressions: the first for the whole enhanced code
    ("" when the server gave none), the others for any part of the text.
    """

    verdict: Verdict
    codes: Container[int] | None = None
    enhanced: str | None = None
    at: Container[Stage] | None = None
    says: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None

    def applies(self, stage: Stage, reply: Reply) -> bool:
        return (
            (self.codes is None or reply.code in self.codes)
            and (self.at is None or stage in self.at)
            and (self.enhanced is None or bool(re.fullmatch(self.enhanced, reply.enhanced)))
            and (self.says is None or bool(self.says.search(reply.text)))
            and (self.unless is None or not self.unless.search(reply.text))
        )


def judge(stage: Stage, reply: Reply) -> Verdict:
    """What `reply` means at `stage`. Only a 2xx to the final dot is an acceptance."""
    for rule in RULES:  # a loop, as nearly all replies are judged by the first rule
        if rule.applies(stage, reply):
            return rule.verdict
    raise LookupError(stage)  # never: the last rule applies to anything


_SUCCESS, _TRANSIENT, _PERMANENT = range(200, 300), range(400, 500), range(500, 600)
_REFUSAL = range(400, 600)
_LOGIN_CODES = frozenset({530, 534, 535, 538})
# 556 is what RFC 7504 gives a domain that takes no mail at all.
_ADDRESS_CODES = frozenset({550, 551, 553, 556})
_DEAD_CODES = _ADDRESS_CODES | {552, 554}
_NO_CODE = r"(5\.(0|1|3)\.0|5\.5\.\d+)?"
_BEHIND_MAIL = frozenset({Stage.RCPT, Stage.DATA, Stage.DOT})
_OUR_CODES = (
    r"5\.1\.90|5\.2\.252|5\.4\.5"
    r"|5\.7\.(2\d|30|32|40|57|60|501|502|503|509|515|705|708|750)"
)

_POSTFIX_QUEUE_ID = re.compile(r"Ok: queued as ([0-9A-Za-z]+)")
"""Found ten times as fast as by the alternatives below, for each copy."""
_QUEUE_ID = re.compile(
    r"\bqueued(?: mail for delivery)? as:?\s+<?([^\s<>;,()]+)"  # Postfix, qmail's heirs, ours
    r"|\bid=<?([^\s<>;,()]+)"  # Exim
    r"|\(([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}(?:\.\d+)?)\)"  # Haraka
    r"|^([A-Za-z0-9]{8,})\s+Message accepted for delivery"  # Sendmail
    r"|^OK\s+\d+\s+(\S+) - gsmtp"  # Gmail
    r"|^OK:?\s+([A-Za-z0-9][\w.-]{9,})",  # Amazon SES and others
    re.IGNORECASE | re.MULTILINE,
)

RULES: tuple[Rule, ...] = (
    Rule(ACCEPTED, _SUCCESS, at={Stage.DOT}),
    # Before any message: the relay's trouble with us.
    Rule(LOGIN_REFUSED, _PERMANENT, at={Stage.AUTH}),
    Rule(LOGIN_REQUIRED, _LOGIN_CODES),
    Rule(LOGIN_UNAVAILABLE, _TRANSIENT, at={Stage.AUTH}),
    Rule(CALL_REFUSED, _REFUSAL, at={Stage.CONNECT}),
    Rule(TLS_REFUSED, _REFUSAL, at={Stage.TLS}),
    Rule(NAME_REFUSED, _PERMANENT, at={Stage.EHLO}, says=texts.EHLO_NAME),
    Rule(GREETING_REFUSED, _REFUSAL, at={Stage.EHLO}),
    # Later, perhaps. At MAIL, nobody has said yet who the mail is for.
    Rule(RELAY_BUSY, {421}, at={Stage.MAIL}),
    Rule(RETRY, _TRANSIENT, says=texts.GREYLISTED),
    Rule(NAME_UNKNOWN, _TRANSIENT, says=texts.EHLO_NAME),
    Rule(SENDER_REFUSED, _TRANSIENT, at=_BEHIND_MAIL, says=texts.SENDER_ADDRESS),
    Rule(THROTTLED, _TRANSIENT, at={Stage.MAIL}),
    Rule(SLOW_DOWN, {421}, r"4\.7\..*"),
    Rule(THROTTLED, {421}),
    Rule(THROTTLED, _TRANSIENT, r"4\.3\.[12]|4\.5\.3"),
    Rule(THROTTLED, {432, 452, 454}, r"4\.3\..*"),
    Rule(THROTTLED, {432, 454}, ""),
    Rule(THROTTLED, {451}, r"(4\.[0-6]\..*)?", at={Stage.DATA}),
    Rule(THROTTLED, {451}, "", at={Stage.DOT}, says=texts.THROTTLED),
    Rule(SLOW_DOWN, _TRANSIENT, r"4\.7\..*"),
    Rule(RETRY, _TRANSIENT),
    # Never, and for nobody: it is about us. Named by its code [RFC 7372; lists of Google and
    # Microsoft] or by its words.
    Rule(NAME_REFUSED, _PERMANENT, says=texts.EHLO_NAME),
    Rule(NOT_ALLOWED, _PERMANENT, _OUR_CODES),
    Rule(NOT_ALLOWED, _PERMANENT, r"5\.1\.[78]", at=_BEHIND_MAIL),
    Rule(UNKNOWN_ADDRESS, _ADDRESS_CODES, r"5\.1\.(1|2|3|6|10)|5\.4\.4", at={Stage.RCPT}),
    Rule(NOT_ALLOWED, _PERMANENT, says=texts.US),
    Rule(NOT_ALLOWED, _PERMANENT, says=texts.OUR_LIMIT),
    Rule(NOT_ALLOWED, _PERMANENT, at=_BEHIND_MAIL, says=texts.SENDER_ADDRESS),
    # Never. 5.6.7 is about this reader's address, which the other side can't spell [RFC 6531 3.5].
    Rule(MESSAGE_REFUSED, _PERMANENT, r"5\.3\.4|5\.6\.(?!7$).*"),
    # A 552 without an enhanced code is a full mailbox or a message too big [RFC 1870 6.1].
    Rule(MESSAGE_REFUSED, {552}, "", at={Stage.MAIL}),
    Rule(MESSAGE_REFUSED, {552}, "", says=texts.TOO_BIG),
    Rule(SENDER_REFUSED, _PERMANENT, at={Stage.MAIL}),
    # These are also used for closed mailboxes and for "we don't like you".
    Rule(UNKNOWN_ADDRESS, _ADDRESS_CODES, r"5\.2\.1|5\.4\.1", at={Stage.RCPT}, says=texts.UNKNOWN),
    # Without such a code, the words say that the address is dead.
    Rule(UNKNOWN_ADDRESS, _PERMANENT, r"5\.7\.1", at={Stage.RCPT}, says=texts.NO_SUCH_USER),
    Rule(
        UNKNOWN_ADDRESS,
        _DEAD_CODES,
        _NO_CODE,
        at={Stage.RCPT},
        says=texts.DEAD,
        unless=texts.NOT_THE_ADDRESS,
    ),
    Rule(
        UNKNOWN_ADDRESS,
        _DEAD_CODES,
        _NO_CODE,
        at={Stage.DATA, Stage.DOT},
        says=texts.NO_ACCOUNT,
        unless=texts.NOT_THE_ADDRESS,
    ),
    Rule(BLOCKED, _PERMANENT, r"5\.7\..*"),
    Rule(REJECTED, _PERMANENT),
    Rule(UNCLEAR, at={Stage.DOT}),
    Rule(OUT_OF_PLACE),
)
