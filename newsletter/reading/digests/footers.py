"""The footer of a mail that a digest was pasted from: left out and listed, as each issue gets its
own. What its editor says at the end stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.front_matter import ENTRIES_ARE, HEADINGS, read_front_matter

MOST_LINES = 80
"""From the end, that are looked at."""
LONGEST_LINE = 400
_MOST_OTHERS = 4
_WHY = "It is the footer of a mail. Each of your issues gets its own."

_BECAUSE = re.compile(
    r"\byou(?:['’]re| are| have)? (?:receiv|gett?|got|subscrib|signed up)\w{0,6}\b.{0,80}"
    r"\b(?:because|this|these|our)\b"
    r"|\b(?:sie erhalten|du (?:erhältst|bekommst|hast)) .{0,20}\b(?:mail|newsletter|nachricht)"
    r"|\bvous (?:recevez|avez reçu) (?:ce|cet|cette) |\b(?:recibe|recibes|has recibido) este "
    r"|\b(?:no longer|don['’]t) (?:want|wish) .{0,40}\b(?:e-?mails?|newsletters?)\b"
    r"|\bwas (?:this|it) (?:e-?mail |newsletter )?forwarded to you",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"(?:(?:click |you can )?(?:here )?(?:to )?)?(?:unsubscribe|opt out|abmelden|abbestellen"
    r"|newsletter abbestellen|vom newsletter abmelden|se désabonner|se désinscrire|me désabonner"
    r"|darse de baja|cancelar (?:la )?suscripción|cancelar inscrição|disiscriviti"
    r"|annulla iscrizione|uitschrijven|afmelden|avregistrera|avmeld|отписаться|退订|取消订阅"
    r"|配信停止|購読解除)"
    r"(?: (?:here|now|hier|ici|aquí|instantly|at any time|from (?:this|all|our|these)\b.{0,30}))?"
    r"|(?:manage|update|change|edit|set) (?:your |my |e-?mail |newsletter )*"
    r"(?:preferences|subscriptions?|settings|profile)|(?:email |mail )?preferences"
    r"|einstellungen (?:ändern|verwalten)|profil (?:ändern|bearbeiten)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:view|read|open|see) (?:it|this|the)?\s?(?:e-?mail|newsletter|issue)?\s?"
    r"(?:online|(?:in|on) (?:your |a |the )?(?:web )?(?:browser|web|site))"
    r"|(?:web|online)[ -]?version|(?:im|in) (?:ihrem )?browser (?:ansehen|öffnen|anzeigen|lesen)"
    r"|forward (?:it|this)?.{0,20}to a friend|subscribe(?: here| now)?|sign up(?: here)?"
    r"|privacy(?: policy)?|terms(?: of (?:use|service))?|contact(?: us)?|imprint|impressum"
    r"|datenschutz(?:erklärung)?|kontakt|mentions légales|advertise(?: with us)?"
    r"|(?:follow us(?: on)?|folgen sie uns|connect with us|find us on|share)",
    re.IGNORECASE,
)
_SOCIAL = re.compile(
    r"(?:follow (?:us|me) on )?(?:twitter|x|facebook|instagram|linkedin|mastodon|bluesky|youtube"
    r"|threads|tiktok|rss|website|github|discord|telegram|whatsapp|pinterest|xing|reddit|vimeo)",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright).{0,10}\b(?:19|20)\d\d|all rights reserved|alle rechte vorbehalten"
    r"|(?:sent|made|powered|delivered) (?:by|with|using|to) .{1,60}",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[((?:[^\[\]]|!\[[^\[\]]*\]\([^()\s]*\)){0,200})\]\(([^()\s]*)\)")
_PICTURE = re.compile(r"!\[([^\[\]]*)\]\([^()\s]*\)")
_ADDRESS = re.compile(r"<?(?:https?://|mailto:|www\.)[^\s<>()|]+>?")
_SEPARATOR = re.compile(r"[|·•–—/,;]|\s-\s|\s{2,}|\bor\b|\boder\b|\band\b|\bund\b")
_MARK = re.compile(r"^[\s>#*_-]+|[\s*_.:!→>-]+$")
_WORD = re.compile(r"\w")
_RULE = re.compile(r"[\s*_=~-]{2,}")
_POSTAL = re.compile(r"(?=.{0,150}\d)(?:[^,\n]{2,60}[,·|•]\s?){2,6}[^,\n]{2,60}\.?")
_LEADS = re.compile(r"\]\(|://|^\s*(?:#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s)")


class _Kind(Enum):
    SURE = "says that it is a footer"
    LIKELY = "is part of one beside what says so"
    OTHER = "words alone"
    CONTENT = "no part of one"


def without_footer(converted: Converted) -> Converted:
    lines = converted.markdown.split("\n")
    begin = _begin_of_footer(lines)
    if begin is None or _is_ours(lines):
        return converted
    told = tuple(
        Unplaced(_line_of(converted, at), lines[at].strip(), _WHY)
        for at in range(begin, len(lines))
        if lines[at].strip()
    )
    kept = "\n".join([*lines[:begin], *[""] * (len(lines) - begin)])
    return replace(converted, markdown=kept, dropped=(*converted.dropped, *told))


def _line_of(converted: Converted, at: int) -> int:
    return converted.lines[at] if at < len(converted.lines) else at + 1


def _is_ours(lines: list[str]) -> bool:
    return read_front_matter(lines).others.get(ENTRIES_ARE) == HEADINGS


def _begin_of_footer(lines: Sequence[str]) -> int | None:
    """The first line of the last ones that belong to it. Between two that say what they are, a few
    others may be.
    """
    start = max(0, len(lines) - MOST_LINES)
    kinds = _kinds(lines, start)
    begin: int | None = None
    others = 0
    for at in range(len(lines) - 1, start - 1, -1):
        kind = kinds[at - start]
        if kind is _Kind.CONTENT or others > _MOST_OTHERS:
            break
        others += kind is _Kind.OTHER
        if kind is _Kind.SURE:
            begin, others = at, 0
    return None if begin is None else _with_likely_above(lines, kinds, begin, start)


def _with_likely_above(
    lines: Sequence[str], kinds: Sequence[_Kind | None], begin: int, start: int
) -> int:
    at = begin
    while at > start and (kinds[at - 1 - start] in (None, _Kind.LIKELY)):
        at -= 1
        begin = at if lines[at].strip() else begin
    return begin


def _kinds(lines: Sequence[str], start: int) -> list[_Kind | None]:
    """Of each line from `start`; None for a blank one. A sentence that says why one gets a mail
    goes on to the end of its paragraph.
    """
    kinds: list[_Kind | None] = []
    for line in lines[start:]:
        is_within = bool(kinds) and kinds[-1] is _Kind.SURE and not _LEADS.match(line)
        kind = _kind(line)
        kinds.append(_Kind.SURE if is_within and kind not in (None, _Kind.LIKELY) else kind)
    return kinds


def _kind(line: str) -> _Kind | None:
    if not line.strip():
        return None
    if len(line) > LONGEST_LINE:
        return _Kind.CONTENT
    pieces = _pieces(line)
    if _BECAUSE.search(_shown(line)) or any(map(_ACTION.fullmatch, pieces)):
        return _Kind.SURE
    if _RULE.fullmatch(line) or _RIGHTS.search(line) or _is_likely(line, pieces):
        return _Kind.LIKELY
    is_picture = "![" in line and not _WORD.search(_LINK.sub("", line))
    return _Kind.CONTENT if _LEADS.search(line) and not is_picture else _Kind.OTHER


def _is_likely(line: str, pieces: Sequence[str]) -> bool:
    """Links to what is no page of the digest, a picture, or a postal address."""
    if pieces and all(_SOCIAL.fullmatch(one) or _ASIDE.fullmatch(one) for one in pieces):
        return True
    has_link = bool(_LEADS.search(line))
    return not has_link and bool(_POSTAL.fullmatch(line.strip()))


def _pieces(line: str) -> list[str]:
    """What each link says, and the words between."""
    labels = [_PICTURE.sub(r"\1", found[0]) for found in _LINK.findall(line)]
    around = _SEPARATOR.split(_ADDRESS.sub("", _LINK.sub("|", line)))
    return [piece for one in (*labels, *around) if (piece := _MARK.sub("", one).strip("[]() "))]


def _shown(line: str) -> str:
    return _LINK.sub(r"\1", line).replace("\\", "")
