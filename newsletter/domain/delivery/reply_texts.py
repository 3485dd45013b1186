"""The words by which servers say what their codes leave open. smtp_replies.py has their meaning.

They are from replies of real relays and mailbox providers. Each pattern is bounded: the text comes
from a stranger.
"""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.DOTALL
_PERSON = r"(user|recipient|mailbox|address|account|person)"

UNKNOWN = re.compile(
    rf"\b{_PERSON}\b.{{0,120}}\b(unknown|reject|not (found|known)|(does not|doesn.t) exist)"
    rf"|\b(unknown|no such) {_PERSON}\b",
    _FLAGS,
)
"""With a code that is used for unknown addresses among other things."""

NO_SUCH_USER = re.compile(r"^\W{0,3}no such user\b", _FLAGS)
"""Yandex says this with 5.7.1."""

NO_ACCOUNT = re.compile(
    r"\b(does not|doesn.t|do not|don.t) have an? .{0,80}\baccount\b"  # Yahoo and AOL
    r"|\binvalid mailbox\b.{0,120}\b(not found|unavailable|terminated)",  # Mail.ru
    _FLAGS,
)
"""What providers say behind the final dot, too."""

_SOME_PERSON = r"(?:(?:local|e-?mail|destination) )?(?:user|recipient|mailbox|person|alias)"
DEAD = re.compile(
    NO_ACCOUNT.pattern
    + rf"|\b(unknown|no such|non-?existent) (?:{_SOME_PERSON}|address|account|local part)\b"
    rf"|\binvalid {_SOME_PERSON}\b|\baddressee unknown\b|\bunrouteable address\b"
    rf"|\b({_SOME_PERSON}|address|account)\b.{{0,100}}"
    r"\b(unknown|not (found|known|exist(ing)?)|does(n.t| not) exist"
    r"|not a (known|valid) (user|recipient|mailbox|address)|no longer (valid|exists|active|in use))"
    r"|\bmailbox (is )?(unavailable|not available|disabled|inactive|closed|deactivated)\b"
    r"|\b(user|account|mailbox)( \S{1,100})? (is|has been|was)? ?"
    r"(inactive|disabled|deactivated|deleted|discontinued|terminated|not active)\b"
    r"|\bno (mailbox|one|user|person|account) (here|by that name|with that name|at this address)"
    r"|\bnot our customer\b",
    _FLAGS,
)
"""Without a code that says more, the address is dead …"""

NOT_THE_ADDRESS = re.compile(
    r"\b(sender|spam|spf|dkim|dmarc|polic(y|ies)|block(ed|list)?|blacklist(ed)?|reputation|denied"
    r"|dns|mx|relay(ing)?|helo|ehlo|quota|full|limit|virus|try again|from address"
    r"|your (account|domain|ip|mailbox|server))\b",
    _FLAGS,
)
"""… unless the text also speaks of something else: then nobody is suppressed for it."""

GREYLISTED = re.compile(r"gr[ea]y-?\s?list", re.IGNORECASE)

TOO_BIG = re.compile(
    r"(message|mail|content|data)\b.{0,40}\b(too (big|large|long|much)|size|exceeds? .{0,20}size)"
    r"|too (big|large) (a )?(message|mail)|too much (mail )?data|size limit|maximum .{0,20}size",
    _FLAGS,
)

EHLO_NAME = re.compile(
    r"\b(helo|ehlo)\b.{0,80}"
    r"\b(reject|refus|invalid|bad|not (found|valid|accept)|argument|name|domain|fully.qualified)"
    r"|\b(bad|invalid|illegal|forged|unacceptable|need|require\w{0,2})\b.{0,40}\b(helo|ehlo)\b",
    _FLAGS,
)
"""The name in our EHLO is refused. Postfix says so at RCPT, Exim at once."""

OUR_LIMIT = re.compile(
    r"\b(daily|hourly|monthly|sending|outgoing|outbound|messaging|relay(ing)?|smtp|plan)\b"
    r"(?! receiv)[^\n]{0,40}\b(limit|quota|allowance|credits?)\b"
    r"|\byou( ha|.)ve\b.{0,40}\b(exceeded|reached|used up)\b"
    r"|\byour .{0,40}\b(limit|quota|credits?)\b"
    r"|\b(limit|quota)\b.{0,40}\bfor your (account|plan|domain)\b"
    r"|\bout of credits?\b|\bmaximum credits exceeded\b",
    _FLAGS,
)
"""What our account may send is used up."""

US = re.compile(
    r"\brelay(ing)?( \S{1,100})? (access )?(is )?"
    r"(denied|not (permitted|allowed)|prohibited|refused)\b"
    r"|\b(unable|not (permitted|allowed|authori[sz]ed)) to relay\b|\b(do|will) not relay\b"
    r"|\bnot .{0,20}\brelay(ing)? (for|to)\b"
    r"|\bsend ?as ?denied\b|\b(not|permissions?) .{0,30}\bto send (mail )?(as|from|on behalf)\b"
    r"|\bnot owned by\b|\b(address(es)?|domain|identit(y|ies)|signature) (is |are |has )?"
    r"(not |un)(been )?(verified|validated|confirmed|registered)\b"
    r"|\bfailed the check in region\b|\bunverified (sender|domain|from|sending)"
    r"|\b(authentication|auth|log-?in) (is )?(required|needed)\b"
    r"|\brequires? (smtp )?authentication\b"
    r"|\b(must|please|need to|have to) (first )?(authenticate|log ?in)\b"
    r"|\bnot (been )?authenticated\b"
    r"|\bunauthenticated (e-?mail|mail|message|sender)\b|\b(spf|dkim|dmarc)\b"
    r"|\byour (account|domain|subscription|plan)\b.{0,40}"
    r"\b(suspend|disabl|block|deactivat|inactive|expired"
    r"|not (allowed|activ|verified|permitted|authori[sz]ed))"
    r"|\b(account|sending)\b.{0,30}\b(suspend|paused|not (yet )?(activated|approved|enabled))"
    r"|\bsandbox (sub)?domains?\b",
    _FLAGS,
)
"""Our account, our domain or its authentication is refused: nobody gets mail from us this way."""

SENDER_ADDRESS = re.compile(
    r"\b(sender|from|return)\W{0,3}(address|domain|identity)?\b.{0,120}"
    r"\b(reject|does(n.t| not) exist"
    r"|not (own|allow|permit|authori[sz]|verif|valid|found|exist|registered|confirmed))",
    _FLAGS,
)
"""As servers say it at RCPT that put off what they have against MAIL."""

THROTTLED = re.compile(
    r"\bthrottl|\brate.{0,20}(limit|exceed|too (high|fast))"
    r"|\btoo (many|fast|much)\b(?!.{0,20}recipients)"
    r"|\bslow down\b|\bexceeded.{0,40}\brate\b|\bconcurren\w{1,5} .{0,30}\b(limit|exceed)",
    _FLAGS,
)
