"""Replies as reports quote them: the code, the enhanced code, the words and where they came."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.domain.delivery.smtp_replies import Stage

MAX_TEXT = 2000
_CODE = re.compile(
    r"(?<![\w./@=-])(?<!\d:)(?<!::)([45][0-5]\d)(?=[ \t\n:#'\"<,;)\]-]|\Z)"
    r"(?!-\d{3,})(?! (?:bytes|attempts|[kmg]b)\b)"
)
_ENHANCED = re.compile(r"(?<![\d.\w])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_BOTH = re.compile(
    r"(?<![\w.:/@])([45][0-5]\d)[ \t#:'\"-]{1,4}([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)"
)
_REPEATED = re.compile(r"(?<![\w.])([45][0-5]\d)[- ](?:[45]\.\d{1,3}\.\d{1,3}[ :]?)? ?")

_SIZE = re.compile(r"\bSIZE=\d{1,12}")

_STAGES: tuple[tuple[Stage, re.Pattern[str]], ...] = tuple(
    (stage, re.compile(pattern, re.IGNORECASE))
    for stage, pattern in (
        (Stage.CONNECT, r"refused to talk to me|after (initial )?connect(ion)?\b|\(connect\)"),
        (Stage.EHLO, r"(reply to|after|our|\(state) (e?helo|lhlo)\b|\(state 1[12]\)"),
        (
            Stage.MAIL,
            (
                r"(reply to|after|our) mail from|does not like sender|\(state 13\)|\[mail_from\]"
                r"|\bsent: mail from\b"
            ),
        ),
        (
            Stage.RCPT,
            (
                r"(reply to|after|our) rcpt to|does not like recipient|\(state 14\)"
                r"|[\[(]rcpt[_ ]to[\])]"
                r"|has rejected address|rejected (the )?(recipient|address)\b.{0,40}\bremote"
                r"|remote smtp server has rejected|\bsent: rcpt to\b"
            ),
        ),
        (
            Stage.DOT,
            (
                r"(reply to|after) (the )?end of (data|message)|final data|after i sent the message"
                r"|\(state 1[78]\)|\(data\)|after (message|data) (was )?sent"
                r"|after pipelined (end of )?data"
            ),
        ),
        (Stage.DATA, r"(reply to|after|our) data\b|\(state 1[56]\)|\bsent: data\b"),
    )
)
_SENT = re.compile(r">>> ?(helo|ehlo|mail|rcpt|data|\.)(?![a-z])", re.IGNORECASE)
_SENT_AT = {
    "helo": Stage.EHLO,
    "ehlo": Stage.EHLO,
    "mail": Stage.MAIL,
    "rcpt": Stage.RCPT,
    "data": Stage.DATA,
    ".": Stage.DOT,
}


@dataclass(frozen=True, slots=True)
class QuotedReply:
    """`code` 0, `enhanced` "", `stage` None: not said."""

    code: int
    enhanced: str
    text: str
    stage: Stage | None


def quoted_reply(text: str, context: str = "") -> QuotedReply:
    """The reply in `text`; `context` is what may say where it came."""
    text = _SIZE.sub("", text[:MAX_TEXT])
    both = _BOTH.search(text)
    code, enhanced = (both[1], both[2]) if both else (_first(_CODE, text), _first(_ENHANCED, text))
    stage = reply_stage(text) or reply_stage(context)
    if code:
        text = text[text.index(code) :]
    return QuotedReply(int(code or 0), enhanced, one_line(_without_codes(text)), stage)


def reply_stage(text: str) -> Stage | None:
    text = " ".join(text.split())
    for stage, pattern in _STAGES:
        if pattern.search(text):
            return stage
    sent = [found[1].lower() for found in _SENT.finditer(text.partition("<<<")[0])]
    return _SENT_AT[sent[-1]] if sent and "<<<" in text else None


def one_line(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT]


def find_status(text: str) -> str:
    """The first enhanced code in `text`, or ""."""
    return _first(_ENHANCED, text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _without_codes(text: str) -> str:
    """The words of all lines of a reply, whose codes begin each of them."""
    return _REPEATED.sub("", text)
