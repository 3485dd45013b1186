"""What a server's refusal means: for this copy, this reader, their domain, or the relay itself.

Judged by where it came, its first digit and its enhanced code [RFC 3463];
text counts only where codes are known to be used for several things.
"""

from __future__ import annotations

import re

from newsletter.domain.deliveries import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    RelayTrouble,
    Uncertain,
)
from newsletter.domain.smtp_replies import Reply, Stage

_BEFORE_A_READER = frozenset({Stage.CONNECT, Stage.TLS, Stage.EHLO, Stage.AUTH})
_LOGIN_CODES = frozenset({530, 534, 535, 538})
# 556 is what RFC 7504 gives a domain that takes no mail at all.
_UNKNOWN_ADDRESS_CODES = frozenset({550, 551, 553, 556})
_UNKNOWN_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"})
# Used as well for a closed mailbox and for "we don't like you": the text decides.
_PERHAPS_UNKNOWN = frozenset({"5.2.1", "5.4.1"})
_SOMEBODY = r"(user|recipient|mailbox|address|account|person)"
_SAYS_UNKNOWN = re.compile(
    rf"\b{_SOMEBODY}\b.{{0,120}}\b(unknown|reject|not (found|known)|(does not|doesn.t) exist)"
    rf"|\b(unknown|no such) {_SOMEBODY}\b",
    re.IGNORECASE | re.DOTALL,
)
_SAYS_GREYLISTED = re.compile(r"gr[ea]y-?\s?list", re.IGNORECASE)
_SAYS_TOO_BIG = re.compile(
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


def outcome_of(stage: Stage, reply: Reply) -> Outcome:
    """The meaning of `reply` at `stage`; Accepted only for a 2xx to the final dot.

    A positive reply anywhere else has no meaning for a delivery and counts as the relay's trouble.
    """
    kind = reply.code // 100
    if stage is Stage.DOT and kind == 2:
        return Accepted(reply, queue_id_of(reply))
    if kind not in (4, 5):
        return _out_of_place(stage, reply)
    if stage in _BEFORE_A_READER or reply.code in _LOGIN_CODES:
        return _trouble(stage, reply)
    return _deferral(stage, reply) if kind == 4 else _rejection(stage, reply)


def queue_id_of(reply: Reply) -> str:
    """The name under which the relay keeps the message, so that its log can be searched; or ""."""
    found = _QUEUE_ID.search(reply.text)
    return next((group for group in found.groups() if group), "") if found else ""


def closes_connection(reply: Reply) -> bool:
    """421 says that the server hangs up; 4.5.3 that this connection has had its share."""
    return reply.code == 421 or (reply.code == 452 and reply.enhanced == "4.5.3")


def _out_of_place(stage: Stage, reply: Reply) -> Outcome:
    if stage is Stage.DOT:
        return Uncertain(f"an answer to the final dot that means nothing there: {reply}")
    return RelayTrouble(stage, f"an answer that means nothing at {stage.value.upper()}: {reply}")


def _trouble(stage: Stage, reply: Reply) -> RelayTrouble:
    is_refused_login = reply.code in _LOGIN_CODES or (
        stage is Stage.AUTH and 500 <= reply.code <= 599
    )
    return RelayTrouble(stage, f"{_WORDS[stage]}: {reply}", is_refused_login)


_WORDS = {
    Stage.CONNECT: "it turned us away",
    Stage.TLS: "it refused to encrypt",
    Stage.EHLO: "it refused our greeting",
    Stage.AUTH: "it refused the login",
    Stage.MAIL: "it refused the sender",
    Stage.RCPT: "it wants a login",
    Stage.DATA: "it wants a login",
    Stage.DOT: "it wants a login",
}


def _deferral(stage: Stage, reply: Reply) -> Outcome:
    if stage is Stage.MAIL:
        return _trouble(stage, reply) if reply.code == 421 else Deferred(reply, stage)
    return Deferred(reply, stage, slow_domain=_asks_for_less(reply))


def _asks_for_less(reply: Reply) -> bool:
    if reply.code == 421:
        return True
    return reply.enhanced.startswith("4.7.") and not _SAYS_GREYLISTED.search(reply.text)


def _rejection(stage: Stage, reply: Reply) -> Outcome:
    if _is_message_fault(stage, reply):
        return Rejected(reply, stage, is_message_fault=True)
    if stage is Stage.MAIL:
        return _trouble(stage, reply)
    return Rejected(reply, stage, is_hard=stage is Stage.RCPT and _is_unknown_address(reply))


def _is_message_fault(stage: Stage, reply: Reply) -> bool:
    # 5.6.7 is about this reader's address, which the other side can't spell [RFC 6531 3.5].
    if reply.enhanced == "5.3.4" or (
        reply.enhanced.startswith("5.6.") and reply.enhanced != "5.6.7"
    ):
        return True
    # Without a code, 552 is a full mailbox or a message too big [RFC 1870 6.1].
    is_bare_552 = reply.code == 552 and not reply.enhanced
    return is_bare_552 and (stage is Stage.MAIL or bool(_SAYS_TOO_BIG.search(reply.text)))


def _is_unknown_address(reply: Reply) -> bool:
    if reply.code not in _UNKNOWN_ADDRESS_CODES:
        return False
    if reply.enhanced in _UNKNOWN_ADDRESS:
        return True
    return reply.enhanced in _PERHAPS_UNKNOWN and bool(_SAYS_UNKNOWN.search(reply.text))
