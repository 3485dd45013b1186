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

from newsletter.domain.deliveries import DeliveryState


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
    def ends_connection(self) -> bool:
        """No further message can go over this connection. 4.5.3: it has had its share."""
        return self.hangs_up or (self.code == 452 and self.enhanced == "4.5.3")

    @property
    def queue_id(self) -> str:
        """The relay's own name for the message, to search its log by; "" when it gives none."""
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means for the delivery and for the rest of the issue.

    `state` is where the delivery goes: deferred is tried again, failed is not, pending was never
    tried because the relay takes nothing. `words` begin the explanation of a relay's trouble.
    """

    state: DeliveryState
    cause: Cause | None = None
    words: str = ""
    suppresses: bool = False
    """The address does not exist: it gets no further mail."""

    @property
    def is_block(self) -> bool:
        """The recipient's domain refuses us rather than this address."""
        return self.state is DeliveryState.FAILED and self.cause is Cause.DOMAIN

    @property
    def slows_domain(self) -> bool:
        return self.state is DeliveryState.DEFERRED and self.cause is Cause.DOMAIN

    @property
    def pauses_relay(self) -> bool:
        return self.state is DeliveryState.PENDING

    @property
    def pauses_issue(self) -> bool:
        return self.cause is Cause.MESSAGE


_S = DeliveryState

ACCEPTED = Verdict(_S.ACCEPTED)
RETRY = Verdict(_S.DEFERRED, Cause.READER)
SLOW_DOWN = Verdict(_S.DEFERRED, Cause.DOMAIN)
REJECTED = Verdict(_S.FAILED, Cause.READER)
UNKNOWN_ADDRESS = Verdict(_S.FAILED, Cause.READER, suppresses=True)
BLOCKED = Verdict(_S.FAILED, Cause.DOMAIN)
MESSAGE_REFUSED = Verdict(_S.FAILED, Cause.MESSAGE)
SENDER_REFUSED = Verdict(_S.PENDING, Cause.SENDER, "it refused the sender")
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

    `enhanced` and `says` are regular expressions: the first for the whole enhanced code ("" when
    the server gave none), the second for any part of the text.
    """

    verdict: Verdict
    codes: Container[int] | None = None
    enhanced: str | None = None
    at: Container[Stage] | None = None
    says: re.Pattern[str] | None = None

    def applies(self, stage: Stage, reply: Reply) -> bool:
        return (
            (self.codes is None or reply.code in self.codes)
            and (self.at is None or stage in self.at)
            and (self.enhanced is None or bool(re.fullmatch(self.enhanced, reply.enhanced)))
            and (self.says is None or bool(self.says.search(reply.text)))
        )


def judge(stage: Stage, reply: Reply) -> Verdict:
    """What `reply` means at `stage`. Only a 2xx to the final dot is an acceptance."""
    return next(rule.verdict for rule in RULES if rule.applies(stage, reply))


_SUCCESS, _TRANSIENT, _PERMANENT = range(200, 300), range(400, 500), range(500, 600)
_REFUSAL = range(400, 600)
_LOGIN_CODES = frozenset({530, 534, 535, 538})
# 556 is what RFC 7504 gives a domain that takes no mail at all.
_ADDRESS_CODES = frozenset({550, 551, 553, 556})

_PERSON = r"(user|recipient|mailbox|address|account|person)"
_UNKNOWN = re.compile(
    rf"\b{_PERSON}\b.{{0,120}}\b(unknown|reject|not (found|known)|(does not|doesn.t) exist)"
    rf"|\b(unknown|no such) {_PERSON}\b",
    re.IGNORECASE | re.DOTALL,
)
_GREYLISTED = re.compile(r"gr[ea]y-?\s?list", re.IGNORECASE)
_TOO_BIG = re.compile(
    r"(message|mail|content|data)\b.{0,40}\b(too (big|large|long|much)|size|exceeds? .{0,20}size)"
    r"|too (big|large) (a )?(message|mail)|too much (mail )?data|size limit|maximum .{0,20}size",
    re.IGNORECASE | re.DOTALL,
)
_QUEUE_ID = re.compile(
    r"\bqueued(?: mail for delivery)? as:?\s+<?([^\s<>;,()]+)"  # Postfix, qmail's heirs, ours
    r"|\bid=<?([^\s<>;,()]+)"  # Exim
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
    Rule(GREETING_REFUSED, _REFUSAL, at={Stage.EHLO}),
    # Later, perhaps.
    Rule(RELAY_BUSY, {421}, at={Stage.MAIL}),
    Rule(RETRY, _TRANSIENT, at={Stage.MAIL}),
    Rule(SLOW_DOWN, {421}),
    Rule(RETRY, _TRANSIENT, says=_GREYLISTED),
    Rule(SLOW_DOWN, _TRANSIENT, r"4\.7\..*"),
    Rule(RETRY, _TRANSIENT),
    # Never. 5.6.7 is about this reader's address, which the other side can't spell [RFC 6531 3.5].
    Rule(MESSAGE_REFUSED, _PERMANENT, r"5\.3\.4|5\.6\.(?!7$).*"),
    # A 552 without an enhanced code is a full mailbox or a message too big [RFC 1870 6.1].
    Rule(MESSAGE_REFUSED, {552}, "", at={Stage.MAIL}),
    Rule(MESSAGE_REFUSED, {552}, "", says=_TOO_BIG),
    Rule(SENDER_REFUSED, _PERMANENT, at={Stage.MAIL}),
    Rule(UNKNOWN_ADDRESS, _ADDRESS_CODES, r"5\.1\.(1|2|3|6|10)|5\.4\.4", at={Stage.RCPT}),
    # These are also used for closed mailboxes and for "we don't like you".
    Rule(UNKNOWN_ADDRESS, _ADDRESS_CODES, r"5\.2\.1|5\.4\.1", at={Stage.RCPT}, says=_UNKNOWN),
    Rule(BLOCKED, _PERMANENT, r"5\.7\..*"),
    Rule(REJECTED, _PERMANENT),
    Rule(UNCLEAR, at={Stage.DOT}),
    Rule(OUT_OF_PLACE),
)
