"""Reports that only people were meant to read: qmail, Exim, old sendmail, Exchange, providers.

They are known by who writes, by the subject and by what they say; whom they are about, by where the
address stands.
"""

from __future__ import annotations

import re

from newsletter.domain.feedback.report_rules import Report
from newsletter.mail.inbound.parts import Part
from newsletter.mail.inbound.quoted_replies import one_line, quoted_reply
from newsletter.mail.inbound.report_bodies import (
    MAX_RECIPIENTS,
    addresses_in,
    human_text,
    report_text,
    segment_about,
    split_copy,
)
from newsletter.mail.inbound.returned import returned_header

_MAX_LOOK = 8000
_ANSWERED = re.compile(r"\s*(re|aw|sv|antw)\s*:", re.IGNORECASE)
_DAEMON = re.compile(
    r"\b(mailer[-_. ]?daemon|post_?master|mail[-_. ]?delivery[-_. ]?(sub)?system|mailer"
    r"|mail[-_. ]?system"
    r"|mail administrator|internet mail delivery|mail ?bounces?|bounces?)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver(able|ed)|delivery (status|failure|notif|problem|error|report|has failed|delayed"
    r"|unsuccessful)"
    r"|(mail|message|delivery|e-?mail) (could ?n.t|could not|not|cannot|was not"
    r"|has not)? ?(be(en)? )?"
    r"(fail|deliver|return|delay|bounce|error|undeliver|reject)|return(ed|ing) (mail|message"
    r"|e-?mail)"
    r"|fail(ed|ure) (notice|delivery|to deliver)|mail failure|non[- ]?deliver|mail system error"
    r"|error sending your mail|delivery error|warning: (could not send|message|e?mail)|notice: mail"
    r"|unzustellbar|nicht zustellbar|konnte nicht (zugestellt|übermittelt)|zustellung|rückmeldung"
    r"|non (remis|distribu|délivr)|échec (de (la )?|d.)(remise|distribution|envoi)"
    r"|no se (ha )?(pud|entreg)"
    r"|no entregad|devuelto|falha (na|de) entrega|não (foi )?entreg|mancata consegna"
    r"|non recapitabile"
    r"|niedostarcz|nie (została|można|dostarcz)|zwrot|не (было )?доставлен|недоставлен"
    r"|невозможно доставить"
    r"|退信|退回|无法投递|投递失败|系统退信|無法投遞|配信(不能|エラー|できません)|送信(エラー|できません)|エラーメール"
    r"|onbestelbaar|niet (bezorgd|afgeleverd)|kunde inte levereras|kunne ikke leveres"
    r"|반송|전송 실패"
    r"|teslim edilemedi|iletilemedi|nedoručen|kézbesíthetetlen|ei voitu toimittaa",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"qmail-send program|created automatically by mail delivery software"
    r"|this is the mail system at host"
    r"|(could|can|was|has|were)( ?not|n.t)( be(en)?)? (be )?(deliver|sent)"
    r"|unable to deliver|undeliverable|delivery (to .{0,80} )?(has )?fail|failed to deliver"
    r"|permanent (fatal )?(error|delivery error)|had delivery problems|trouble delivering"
    r"|could not send"
    r"|returned to sender|mailbox is full|transcript of session|message (was )?not delivered"
    r"|message is delayed|error (was )?(occurred|while|delivering|message below)|delivery error"
    r"|delivery failed"
    r"|nicht (zugestellt|zustellbar)|non (remis|distribu)|n.a pas pu être|no (se )?(ha )?(podido"
    r"|pudo)|não pôde"
    r"|не может быть доставлен|не удалось|impossibile (recapitare|consegnare)|nie (mogła|można)"
    r"|无法(投递|送达)|配信できません|送信できません|お届けできません|宛先不明"
    r"|niet worden (bezorgd|afgeleverd)|kunde inte levereras|kunne ikke leveres|teslim edilemedi"
    r"|nebylo možné doručit|nem kézbesíthető|ei voitu toimittaa|전송하지 못했습니다"
    r"|failure reasons|exceeds allowed size|delivery has failed|delivery failed",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"message (is|has been|was) (still )?(delayed|in the queue(?! (too|so) long))"
    r"|temporary failure report"
    r"|warning message only|you do not need to re-?send|will (continue to be|keep|be) (retried"
    r"|trying|try)"
    r"|not yet been delivered|delivery (attempts will|will continue)|is not required"
    r"|delivery .{0,30}delayed"
    r"|wird weiter(hin)? versucht|verzögert|en retard|n.a pas encore|retrasad|será reintentad"
    r"|отложен[ао]|延迟|遅延|遅れて",
    re.IGNORECASE,
)
_DELIVERED = re.compile(
    r"(was|were|has been|have been) (successfully )?(delivered|relayed)\b(?!.{0,30}\bnot\b)"
    r"|successfully (delivered|relayed)|relayed \(non dsn\)|delivery receipt",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^[ \t>*]*(?:to: ?)?<?([^\s<>()\"]{1,64}@[^\s<>()\"]{1,255}?)>?:?[ \t]*(?:\.\.\.|$|#|\(|:|,)",
    re.MULTILINE,
)
_BEHIND = re.compile(
    r"(?:deliver\w{0,4}|recipients?|address\w{0,3}|rcpt to|sent|to|user|for|account|mailbox"
    r"|following)\W{1,6}"
    r"(?:mailto:)?<?([^\s<>()\",;\[\]]{1,64}@[^\s<>()\",;:\[\]]{1,255})",
    re.IGNORECASE,
)
_NOT_A_READER = re.compile(
    r"(mailer-daemon|postmaster|support|abuse|helpdesk|root|bounces?)@", re.IGNORECASE
)


def is_plain_report(root: Part, *, by_machine: bool) -> bool:
    """Nobody writes as a daemon but a server. Others have to show more, machines that answer most.

    `by_machine`: it says that it is an answer by a machine, as reports do and vacation notes do.
    """
    if root.header("x-failed-recipients"):
        return True
    if "disposition-notification" in root.header("content-type").lower():
        return False
    report, copy = split_copy(human_text(root))
    subject = bool(_SUBJECT.search(root.header("subject")))
    body = bool(_BODY.search(report[:_MAX_LOOK]))
    if _is_daemon(root):
        return subject or body
    returned = bool(copy) or any(part.holds_message for part in root.walk())
    if by_machine:
        return body and returned
    # People write of mail that failed, too. What a server said, only reports quote.
    quotes = returned or bool(quoted_reply(report[:_MAX_LOOK]).code)
    return body and subject and quotes and not _ANSWERED.match(root.header("subject"))


def _is_daemon(root: Part) -> bool:
    writer = root.header("from").strip()
    return writer in {"", "<>"} or bool(_DAEMON.search(writer))


def read_plain_reports(root: Part) -> list[Report]:
    """One at least, without a recipient when the report names nobody."""
    body = report_text(root)
    recipients = _recipients(root, body) or [""]
    return [_report(one, body, root, alone=len(recipients) == 1) for one in recipients]


def _report(recipient: str, body: str, root: Part, *, alone: bool) -> Report:
    about = segment_about(body, recipient) or body
    reply = quoted_reply(about, body if alone else "")
    if alone and not reply.code:
        reply = quoted_reply(body)
    subject = root.header("subject")
    return Report(
        recipient=recipient,
        summary=one_line(f"{subject} {_first_line(body)}"),
        action=_action(subject, body),
        status=reply.enhanced,
        code=reply.code,
        enhanced=reply.enhanced,
        text=one_line(reply.text),
        stage=reply.stage,
        context=one_line(f"{subject} {body}") if alone else one_line(about),
    )


def _action(subject: str, body: str) -> str:
    text = f"{subject}\n{body[:4000]}"
    if _DELAYED.search(text):
        return "delayed"
    return "delivered" if _DELIVERED.search(text) and not _BODY.search(text) else "failed"


def _recipients(root: Part, body: str) -> list[str]:
    """By where they stand: the header, a line of their own, behind a word that leads to them."""
    ours = set(addresses_in(" ".join(root.all("to", "delivered-to", "from", "x-original-to"))))
    told = addresses_in(" ".join(root.all("x-failed-recipients")))
    if told:
        return told[:MAX_RECIPIENTS]
    for candidates in (_ALONE.findall(body), _BEHIND.findall(body), addresses_in(body)):
        found = [
            one
            for one in addresses_in(" ".join(candidates))
            if one not in ours and not _NOT_A_READER.match(one)
        ]
        if found:
            return found[:MAX_RECIPIENTS]
    return addresses_in(returned_header(root, "to"))[:1]


def _first_line(body: str) -> str:
    return next((line for line in body.split("\n") if line.strip()), "")
