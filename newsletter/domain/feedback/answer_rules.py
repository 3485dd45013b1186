"""Answers that are no reports: by machines, by mailing lists and by people; and requests to leave.

The table that tells them apart. To teach the service a new answer, add a rule to `RULES`; the first
that applies decides. Headers come before words: a machine that says what it is, is believed
[RFC 3834 5].
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.domain.feedback.verdicts import FeedbackVerdict

_V = FeedbackVerdict
_FLAGS = re.IGNORECASE | re.DOTALL


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in lower case, `text` what is written above any quotation."""

    headers: dict[str, str]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """Applies when everything that it names fits; None fits anything."""

    name: str
    verdict: FeedbackVerdict
    reason: str
    header: str | None = None
    value: re.Pattern[str] | None = None
    subject: re.Pattern[str] | None = None
    says: re.Pattern[str] | None = None

    def applies(self, answer: Answer) -> bool:
        return (
            (self.header is None or self._fits(answer.headers.get(self.header)))
            and (self.subject is None or bool(self.subject.search(answer.subject)))
            and (self.says is None or bool(self.says.search(answer.text)))
        )

    def _fits(self, found: str | None) -> bool:
        return found is not None and (self.value is None or bool(self.value.search(found)))


def decide_answer(answer: Answer) -> AnswerRule:
    return next(rule for rule in RULES if rule.applies(answer))


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), _FLAGS)


_LEAVE = _any(
    r"\A\W*(re: ?|aw: ?|fwd?: ?)*(please )?"
    r"(unsubscribe|un-subscribe|opt[- ]?out|remove( me)?|signoff|stop|leave"
    r"|abmelden|abbestellen|austragen|désabonn\w{1,6}|desabonn\w{1,6}|désinscri\w{1,5}"
    r"|dar(me|se) de baja|baja|abonelikten çık\w{0,3}|odhlásit|leiratkoz\w{0,3}|peruuta tilaus"
    r"|cancelar (la )?(suscripci[oó]n|assinatura|inscri[cç][aã]o)|descadastr\w{1,4}|disiscri\w{1,6}"
    r"|annulla (l.)?iscrizione|wypisz( mnie)?|rezygnuj\w{1,3}|anuluj subskrypcj\w|отписаться"
    r"|отписка"
    r"|отпишите|afmelden|uitschrijven|avregistrera|avsluta prenumeration|afmeld|退订|取消订阅|退訂"
    r"|配信停止|登録解除|購読解除|구독 ?취소|수신 ?거부)"
    r"( ?(me|mich|moi|bitte|from|please|request|newsletter|von|aus|der|del|list|this|the|your"
    r"|mailing)\b"
    r"|[.!:,?-]|\s){0,12}\Z",
    r"\A\W*(please |kindly )?(unsubscribe|remove|take|opt) (me|us|my (e-?mail|address"
    r"|name))\b.{0,120}\Z",
)
"""The whole of it asks to leave: a word inside a longer text is a person's reply."""

_AWAY = _any(
    r"\A\W*(auto|vacation|holiday) ?:",
    r"\bout of (the )?office\b|\booo\b|\bauto(matic|mated|matisch\w{0,2})?[- :]*(re(ply|sponse"
    r"|sponder)|"
    r"antwort|answer)\b|\bautore(ply|sponse|sponder)\b|\baway (from|until)\b|\b(on"
    r"|annual) (vacation|leave)"
    r"\b|\bvacation (reply|message|response|notice)\b|\babwesen(d|heit)|\bautomatische (antwort"
    r"|reply)",
    r"\babsen(ce|t)\b|\bréponse automatique|\breponse automatique|\bhors (du )?bureau",
    r"\brespuesta autom[aá]tica|\bfuera de (la )?oficina|\bausente\b|\bresposta autom[aá]tica"
    r"|\bfora do escrit[oó]rio|\brisposta automatica|\bfuori sede|\bfuori ufficio",
    r"автоответ|автоматический ответ|вне офиса|в отпуске|\bodpowiedź automatyczna"
    r"|\bautomatyczna odpowied"
    r"|\bpoza biurem|\bautomatisch antwoord|\bafwezig|\bautosvar|\bfrånvaro|\bfravær",
    r"自动(回复|回覆|答复)|自動(回覆|返信|応答|回复)|不在(通知|のお知らせ)|休暇"
    r"|부재중|자동 ?(응답|회신)"
    r"|\botomatik yanıt|\bautomatická odpověď",
    r"\bthank you for (your (e-?mail|message|enquiry)|contacting)\b"
    r"|\bwe have received your (e-?mail|request)"
    r"|\b(ticket|case|request) (received|created)\b|\bread: |\bgelesen: |\blu ?: ",
)
_CHALLENGE = _any(
    r"\b(verify|confirm) (that )?(you are|your) (a human|human|e-?mail|message|address|identity)",
    r"\b(sender|message|e-?mail) (verification|confirmation) (required|needed|request)"
    r"|\bspam ?arrest\b"
    r"|\bboxtrapper\b|\bchallenge[- ]response\b|\btmda\b|\bplease (confirm|verify) your (message"
    r"|e-?mail)"
    r"|\bawaiting (your )?verification\b",
)
_LIST = _any(
    r"\b(your )?(message|mail|post(ing)?)( to .{1,80})? (is |has been )?(being )?(awaits?|held"
    r"|waiting|pending)"
    r"( for)? (moderator|moderation|approval)|\bawaits moderator approval\b",
    r"\b(you are|you.re) not (a )?(member|subscribed|allowed to post)|\bnon-?member\b"
    r"|\b(closed|moderated) (mailing )?list\b|\brejected your (post|message) to\b"
    r"|\bnot allowed to post\b"
    r"|\bposting to .{1,80}(rejected|denied)\b",
    r"\b(request|post|posting|message) to mailing list .{1,80} (rejected|held|discarded)\b",
)
_MACHINE_FROM = _any(
    r"\b(no-?reply|do-?not-?reply|noreply|donotreply|autoreply|auto-?responder|mailer-daemon"
    r"|auto-?reply|listserv|majordomo|mailman|sympa)\b[^@]{0,40}@"
)
_YES = _any(r"^(?!no\b).")

RULES: tuple[AnswerRule, ...] = (
    # Mail programs that unsubscribe for their reader say that they are machines.
    AnswerRule("unsubscribe-subject", _V.UNSUBSCRIBE, "asked", subject=_LEAVE),
    AnswerRule(
        "unsubscribe-by-apple", _V.UNSUBSCRIBE, "asked", "x-apple-unsubscribe", _any("true")
    ),
    AnswerRule("list-answer", _V.AUTOMATIC, "mailing-list", subject=_LIST),
    AnswerRule("challenge-subject", _V.AUTOMATIC, "challenge", subject=_CHALLENGE),
    AnswerRule("list-software", _V.AUTOMATIC, "mailing-list", header="x-list-administrivia"),
    AnswerRule("auto-submitted", _V.AUTOMATIC, "auto-reply", "auto-submitted", _YES),
    AnswerRule("x-autoreply", _V.AUTOMATIC, "auto-reply", "x-autoreply", _YES),
    AnswerRule("x-autorespond", _V.AUTOMATIC, "auto-reply", "x-autorespond"),
    AnswerRule("x-autoreply-from", _V.AUTOMATIC, "auto-reply", "x-autoreply-from"),
    AnswerRule("x-mail-autoreply", _V.AUTOMATIC, "auto-reply", "x-mail-autoreply"),
    AnswerRule("x-auto-reply-from", _V.AUTOMATIC, "auto-reply", "x-auto-reply-from"),
    AnswerRule("x-autogenerated", _V.AUTOMATIC, "auto-reply", "x-autogenerated"),
    AnswerRule("x-vacation", _V.AUTOMATIC, "auto-reply", "x-vacation"),
    AnswerRule("x-cron", _V.AUTOMATIC, "auto-reply", "x-cron-env"),
    AnswerRule(
        "delivered-to-autoresponder",
        _V.AUTOMATIC,
        "auto-reply",
        "delivered-to",
        _any(r"\bautoresponder\b"),
    ),
    AnswerRule(
        "response-suppressed",
        _V.AUTOMATIC,
        "auto-reply",
        "x-auto-response-suppress",
        _any(r"\b(all|oof|autoreply)\b"),
    ),
    AnswerRule("precedence-auto", _V.AUTOMATIC, "auto-reply", "precedence", _any("auto[-_]?reply")),
    AnswerRule("preference-auto", _V.AUTOMATIC, "auto-reply", "preference", _any("auto[-_]?reply")),
    AnswerRule("away-subject", _V.AUTOMATIC, "auto-reply", subject=_AWAY),
    AnswerRule(
        "disposition",
        _V.AUTOMATIC,
        "read-receipt",
        "content-type",
        _any("disposition-notification"),
    ),
    AnswerRule("unsubscribe-text", _V.UNSUBSCRIBE, "asked", says=_LEAVE),
    AnswerRule(
        "precedence-bulk", _V.AUTOMATIC, "bulk", "precedence", _any(r"\b(bulk|junk|list)\b")
    ),
    AnswerRule("list-mail", _V.AUTOMATIC, "mailing-list", "list-id"),
    AnswerRule("machine-from", _V.AUTOMATIC, "no-reply", "from", _MACHINE_FROM),
    AnswerRule("challenge-text", _V.AUTOMATIC, "challenge", says=_CHALLENGE),
    AnswerRule("empty", _V.UNKNOWN, "empty", subject=_any(r"\A\s*\Z"), says=_any(r"\A\s*\Z")),
    AnswerRule("from-a-person", _V.REPLY, "reply", header="from", value=_any("@")),
    AnswerRule("unknown", _V.UNKNOWN, "unknown"),
)
