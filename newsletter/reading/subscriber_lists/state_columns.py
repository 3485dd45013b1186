"""Columns that say whether someone is subscribed, in the many ways that services say it.

What is missed here comes in as subscribed, so a column that only looks like a state is one: what
its cells mean is asked (state_cells.py). Patterns are of headings without case and accents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.domain.plain_words import plain_word
from newsletter.domain.readers.listed_as import ListedAs, meaning_of, telling_meaning_of
from newsletter.reading.subscriber_lists.yes_no import says_yes_or_no


@dataclass(frozen=True, slots=True)
class Rule:
    """What `yes` and `no`, or a time and nothing, mean in a column; None is nothing.

    `asks_yes_no`: a bare yes or 1 could mean either. `is_any_text`: whatever stands there counts as
    yes. `is_count`: so does any number. `is_tags`: each tag is a word of its own, and only words of
    people who are gone say anything. `asks_nothing`: an empty cell beside others may be a no.
    `if_nothing`: what an empty cell means. `says_why`: the text is worth keeping.
    """

    if_yes: ListedAs | None = ListedAs.ACTIVE
    if_no: ListedAs | None = ListedAs.UNSUBSCRIBED
    asks_yes_no: bool = False
    is_any_text: bool = False
    is_count: bool = False
    is_tags: bool = False
    asks_nothing: bool = False
    if_nothing: ListedAs | None = None
    says_why: bool = False

    @property
    def says_who_left(self) -> bool:
        """Not only who bounced, never confirmed, or once consented."""
        return self in {BY_WORDS, SUBSCRIBED} or self.if_yes is ListedAs.UNSUBSCRIBED


BY_WORDS = Rule(asks_yes_no=True)
SUBSCRIBED = Rule(asks_nothing=True)
SINCE = Rule(ListedAs.UNSUBSCRIBED, None, is_any_text=True)
CONSENTS = Rule(None, ListedAs.UNSUBSCRIBED, asks_nothing=True)
CONFIRMED = Rule(None, ListedAs.PENDING, asks_nothing=True)
CONFIRMED_SINCE = Rule(None, ListedAs.PENDING, is_any_text=True, if_nothing=ListedAs.PENDING)
ASKED = Rule(None, None, asks_yes_no=True)
IN_TAGS = Rule(None, None, is_tags=True)
"""Of tags, and of a column that says something else."""

# Of something else: how many, how often, which campaign, whose payment.
_NOT_A_STATE = re.compile(
    r"\b(counts?|total|number|rate|rating|score|campaign|source|via|page|form|url|link|token|method"
    r"|ids?|ip|notes?|comments?|soft|marital|civil|family|payment|stripe|billing|order|invoice|job"
    r"|employment|social|http|plan|lead|deal|lifecycle)\b"
)
_ELSEWHERE = re.compile(r"\b(sms|phone|whatsapp|push|track|tracking)\b")
_REASON = re.compile(r"\b(reasons?|why|grund|motif|motivo|raison)\b|理由")
_IS_A_TIME = re.compile(r"\b(at|on|time|date|since|am|le|datum|fecha|data|seit|el|il)\b|日")
_IS_A_COUNT = re.compile(r"\b(complaints|hard bounces|spam reports)\b")
_LEAVING = (
    r"unsub\w*|un subscribed|(not|non|no longer) subscribed|opt(ed)? ?out|(email )?disabled"
    r"|deactivated|deleted|archived|removed|cancell?(ed|ation)|withdrawn|revoked|excluded"
    r"|(quit|exit|stop|leave|leaving) (at|on|time|date)|left (at|on|the list|date)|^left$"
    r"|do not (e ?)?mail|do not contact|do not send|dnc|no (e ?)?mails?|no newsletter"
    r"|abgemeldet|abmeld\w*|ausgetragen|austrag\w*|abbestell\w*|gekundigt|kundigung\w*|deaktiviert"
    r"|geloscht|wider(ruf\w*|sprochen|spruch)|desabonn\w*|desinscri\w*|desactive\w*|resili\w*"
    r"|supprime\w*|(dado de )?baja|desuscri\w*|cancelad[oa]|eliminad[oa]|disiscri\w*|cancella\w*"
    r"|disdetta|descadastr\w*|removid[oa]|uitgeschreven|uitschrij\w*|afgemeld|afmeld\w*|opgezegd"
    r"|avregistr\w*|avmeld\w*|wypisan\w*|rezygnacj\w*|odhlas\w*|отпис\w*"
)
_LEAVING_UNSPACED = "配信停止|購読停止|購読解除|配信解除|解除|退会|退订|取消订阅|수신거부|구독취소"
_PENDING = (
    r"unconfirmed|(not|non) (confirmed|verified|activated)|unverified|unactivated|opt ?in pending"
    r"|pending( confirmation)?|awaiting confirmation|unbestatigt|nicht bestatigt"
)
_BOUNCED = (
    r"(hard )?bounc(ed?|es|ing)|hardbounces?|hard bounces|cleaned|clean time|undeliver(able|ed)"
    r"|invalid( e ?mail)?( address)?|quarantined|unreachable|unzustellbar|ungultig\w*|rucklaufer"
    r"|rebonds?|rebot(e|es|ado|ada)"
)
_COMPLAINED = r"complain\w*|spam|abuse|junk|beschwerd\w*|plaintes?|quejas?"
_BLOCKED = (
    r"(block|black) ?list\w*|blocked|banned|suppress\w*|gesperrt|sperrliste|blockiert|bloque\w*"
    r"|geblokkeerd|dnd"
)
_FLAGS = tuple(
    (re.compile(rf"\b({pattern})\b" + unspaced), Rule(listed_as, None))
    for pattern, unspaced, listed_as in (
        (_COMPLAINED, "", ListedAs.COMPLAINED),
        (_PENDING, "", ListedAs.PENDING),
        (_LEAVING, f"|{_LEAVING_UNSPACED}", ListedAs.UNSUBSCRIBED),
        (_BOUNCED, "|不達", ListedAs.BOUNCED),
        (_BLOCKED, "", ListedAs.BLOCKLISTED),
    )
)
_INACTIVE = re.compile(r"(is )?(inactive|inaktiv|inactif|inactivo|not active)")
_BOUNCES = re.compile(r"bounces")
_CONFIRMED = re.compile(
    r"(is |has |was )?((this |the )?(subscriber|user|contact|member) )?(e ?mail )?(address )?"
    r"(is )?(confirmed|verified|activated|double opt ?in|doi|bestatigt|aktiviert|confirme"
    r"|confirmado|confermato|bevestigd)"
)
_CONFIRMED_SINCE = re.compile(
    r"(date |time )?(e ?mail )?(confirmed|confirm|confirmation|verified|verification|activated|doi"
    r"|double opt ?in|bestatigt) (at|on|time|date|am)|date (confirmed|verified)|aktiviert am"
)
_SUBSCRIBED = re.compile(
    r"(is |has )?(subscribed( to( \w+){1,2})?|(e ?mail )?opt(ed)? ?in|accepts (e ?mail )?marketing)"
    r"|abonniert|abonne|inscrit|suscrito|iscritto|inscrito|ingeschreven|подписан|購読"
)
_STATUS = re.compile(
    r".*\b(stat(us|ut)|статус)\b.*|(subscriber|contact|member) (type|state)|estado"
    r"|状態|ステータス|状态"
)
_LOOSE = re.compile(
    r".*\b(newsletters?|permission|consent|marketing|mailings?|mailable|contactable|einwilligung"
    r"|(wants?|receives?|send|gets?|accepts?)( \w+)? (e ?mails?|news))\b.*"
    r"|(is )?(active|enabled|aktiv|actif|activo|attivo|ativo|actief|abo)( (subscriber|contact"
    r"|member|user))?|subscription"
)
_LOOSE_STATUS = re.compile("reason|zustand|stato|situacao|etat|subscription state")
_OF_FAILURES = frozenset(["reason", "error", "smtp code", "diagnostic code", "diagnostic", "grund"])
_REPLY = re.compile(r"[45]\d\d[ -]\D|(smtp; ?)?[45]\d\d [45]\.\d|[45]\.\d{1,3}\.\d{1,3}\b")
_REGION = re.compile(r"[A-Z]{2,3}")


def rule_for(words: str, cells: Sequence[str], *, has_place: bool) -> Rule | None:
    """For a column that looks like a state by the `words` of its heading or by its first cells.

    `has_place`: another column has a town or a street.
    """
    if words == "state" and _is_a_region(cells, has_place=has_place):
        return None
    if is_of_another_channel(words):
        return None
    if _NOT_A_STATE.search(words):
        return BY_WORDS if _is_telling(cells) else None
    if _REASON.search(words) and words != "reason":
        flag = _rule_of_a_flag(words)
        return flag and replace(flag, is_any_text=True, says_why=True)
    return _rule_of_a_flag(words) or _rule_of_a_name(words, cells)


def is_of_another_channel(words: str) -> bool:
    """A person who left the text messages may still want the mails."""
    return _ELSEWHERE.search(words) is not None


def is_confirmed_since(words: str) -> bool:
    """A time of confirming: where some have it, those without never confirmed."""
    return _CONFIRMED_SINCE.fullmatch(words) is not None


def looks_like_a_list_of_the_gone(words: str, cells: Sequence[str]) -> bool:
    """Reasons and replies of servers stand in lists of addresses that are not mailed any more."""
    return words in _OF_FAILURES or any(map(_REPLY.match, map(str.strip, cells)))


def _rule_of_a_flag(words: str) -> Rule | None:
    if _INACTIVE.fullmatch(words):
        return ASKED
    for pattern, rule in _FLAGS:
        if pattern.search(words) and not _BOUNCES.fullmatch(words):
            return replace(
                rule,
                is_any_text=bool(_IS_A_TIME.search(words)),
                is_count=bool(_IS_A_COUNT.search(words)),
            )
    return None


def _rule_of_a_name(words: str, cells: Sequence[str]) -> Rule | None:
    if _CONFIRMED.fullmatch(words):
        return CONFIRMED
    if _SUBSCRIBED.fullmatch(words):
        return SUBSCRIBED
    if _STATUS.fullmatch(words) or words == "state" or _is_telling(cells):
        return BY_WORDS
    is_known = any(says_yes_or_no(cell) or meaning_of(cell) for cell in cells)
    if is_known and _LOOSE.fullmatch(words):
        return CONSENTS
    is_status = is_known and _LOOSE_STATUS.fullmatch(words)
    return replace(BY_WORDS, says_why=words == "reason") if is_status else None


def _is_a_region(cells: Sequence[str], *, has_place: bool) -> bool:
    """`State` is CA as often as active."""
    if any(meaning_of(cell) for cell in cells):
        return False
    return has_place or (bool(cells) and all(_REGION.fullmatch(cell.strip()) for cell in cells))


def _is_telling(cells: Sequence[str]) -> bool:
    """By what is in it: someone is gone, or everyone is something that a subscriber can be."""
    told = [telling_meaning_of(cell) for cell in cells]
    is_gone = any(one and one.is_gone for one in told)
    return is_gone or (any(told) and all(meaning_of(cell) for cell in cells if plain_word(cell)))
