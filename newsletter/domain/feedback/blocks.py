"""Copies that a server took and that another refused later, because of us: what to pause. Pure."""

from __future__ import annotations

from enum import StrEnum

from newsletter.domain.delivery import reply_texts as texts
from newsletter.domain.delivery.pacing import BLOCKS_AMONG, BLOCKS_TO_PAUSE
from newsletter.domain.delivery.refusals import ALIKE_TO_PAUSE
from newsletter.domain.delivery.smtp_replies import Cause, Reply, Stage, judge
from newsletter.domain.feedback.verdicts import Feedback
from newsletter.domain.sentences import as_sentence

OURS_TO_PAUSE = ALIKE_TO_PAUSE
"""Readers of an edition. One report alone may be made up by the reader whose copy it was."""


class Trouble(StrEnum):
    """Whose trouble a block is."""

    DOMAIN = "domain"
    """The recipient's domain does not want this mail."""
    ISSUE = "issue"
    """Our authentication, our address on a list, our message: it is refused for many."""
    RELAY = "relay"
    """What our account at the relay may send is used up."""


_ADVICE = {
    "authentication": "Check the SPF, DKIM and DMARC records of the sender's domain",
    "reverse-name": "Give the address that sends a PTR record, and that name the same address",
    "listed": "Look the address that sends up at the list that is named, and ask to be removed",
    "message-too-big": "Make the issue smaller",
    "virus": "Check the links and pictures of the issue",
}
_OURS = {*_ADVICE, "refused-account", "refused-message", "refused-sender", "refused-login"}
_OUR_CAUSES = frozenset({Cause.ACCOUNT, Cause.MESSAGE, Cause.SENDER, Cause.LOGIN})
_CHECK_ALL = "Check the account at the relay, and the DNS records of the sender's domain"


def trouble_of(feedback: Feedback) -> Trouble:
    if texts.OUR_LIMIT.search(feedback.diagnostic):
        return Trouble.RELAY
    if feedback.reason in _OURS:
        return Trouble.ISSUE
    cause = judge(Stage.DOT, _reply(feedback)).cause
    return Trouble.ISSUE if cause in _OUR_CAUSES else Trouble.DOMAIN


def advice_on(feedback: Feedback) -> str:
    """What the operator can do, as a sentence."""
    return as_sentence(_ADVICE.get(feedback.reason, _CHECK_ALL))


def words_of(feedback: Feedback) -> str:
    """What the other side said, or in our words what it was about."""
    said = feedback.diagnostic
    codes = " ".join(
        code for code in (feedback.reply, feedback.status) if code and code not in said
    )
    return " ".join(filter(None, (codes, said))) or feedback.reason or feedback.verdict.value


def is_many(blocked: int, sent: int) -> bool:
    """The same share as of live replies: ten of the last fifty."""
    return blocked >= BLOCKS_TO_PAUSE and blocked * BLOCKS_AMONG >= sent * BLOCKS_TO_PAUSE


def is_time_to_count(blocked: int) -> bool:
    """Counting what was sent to a domain takes long, so not with every report."""
    return blocked > 0 and blocked % BLOCKS_TO_PAUSE == 0


def _reply(feedback: Feedback) -> Reply:
    code = int(feedback.reply) if feedback.reply.isascii() and feedback.reply.isdigit() else 550
    return Reply(code, feedback.diagnostic, feedback.status)
