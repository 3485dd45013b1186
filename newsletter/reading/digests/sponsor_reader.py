"""The sponsors of a pasted mail: each an entry in a section that mails mark as sponsored."""

from __future__ import annotations

import re
from dataclasses import replace

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.newsletters.sponsors import SECTION_TITLE
from newsletter.reading.digests.digest_draft import DigestDraft
from newsletter.reading.digests.drafts import EntryDraft, entry_of, names_entry
from newsletter.reading.digests.entry_lines import EntryLine, entry_line, titles_above_addresses
from newsletter.reading.digests.headings import Heading
from newsletter.reading.digests.markdown_tree import MarkdownTree, line_of, plain, prose

LONGEST_LABEL = 60
LONGEST_SPONSOR = 4_000
LEVEL_OF_ONE = 7
"""Of a section that a line names: it holds one sponsor."""

_LABEL = re.compile(
    r"(?:our |today['’]s |this (?:week|month|issue)['’]s |unser |unsere )?"
    r"(?:sponsors?|sponsored(?: (?:post|content|link))?|advertise?ment|ad|promoted|partner"
    r"|anzeigen?|werbung|publicité|sponsorisé|publicidad|patrocinado|pubblicità|sponsorizzato"
    r"|advertentie|annons|annonce|reklama|реклама|広告|スポンサー|广告|赞助|贊助)"
    r"(?: (?:of|der|des) (?:the )?(?:day|week|month|issue|woche|tages|monats))?"
    r"|(?:a (?:word|message) )?from our (?:sponsors?|partners?)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:sponsored|presented|supported|brought to you) by|together with|in partnership with"
    r"|this (?:issue|week|edition|newsletter|e-?mail) is (?:sponsored|supported|brought to you) by"
    r"|a (?:word|message) from|gesponsert von|präsentiert von|unterstützt von"
    r"|in (?:zusammenarbeit|kooperation|partnerschaft) mit|mit unterstützung von"
    r"|en partenariat avec|sponsorisé par|patrocinado por|in collaborazione con"
    r"|(?:sponsor|anzeige|werbung|partner|advertisement|ad|publicité|publicidad)(?=\s?[:：]))"
    r"(?!\w)\s?[:：]?",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[^\w\[<!(]{0,12}")


class SponsorReader:
    def __init__(self, tree: MarkdownTree, draft: DigestDraft) -> None:
        self._tree, self._draft = tree, draft

    def place_heading(self, heading: Heading) -> bool:
        """`## Sponsor`, or `## Together with [Acme](…)`."""
        if is_label(heading.title) and not heading.url:
            self._draft.begin_section(SECTION_TITLE, heading.level, heading.line)
            return True
        lead = _lead_of(heading.title)
        if not lead or not names_entry(heading):
            return False
        entry = entry_of(heading)
        entry.title = entry.title[len(lead) :].strip() or entry.title
        self._begin(entry)
        return True

    def place(self, node: SyntaxTreeNode, at: int) -> int:
        """How many nodes it took; 0 for a paragraph that names no sponsor."""
        text = self._tree.text(node)
        if len(text) > LONGEST_SPONSOR:
            return 0
        first, _, rest = text.partition("\n")
        if _names_no_one(first):
            return self._place_below(rest, node, at)
        lead = _lead_of(text)
        found = self._line(text[len(lead) :].strip("*_ \n")) if lead else None
        if found is None:
            return 0
        is_above_all = self._draft.is_opening() and "\n" not in text and not found.body
        self._begin_with(found, line_of(node))
        if is_above_all:
            self._draft.open = None  # what follows opens the digest
        return 1

    def _place_below(self, rest: str, node: SyntaxTreeNode, at: int) -> int:
        """A label with its sponsor on the next line, in the next paragraph or below a heading."""
        following = self._tree.at(at + 1)
        if rest.strip():
            found, taken = self._line(rest), 1
        elif following is not None and following.type == "heading":
            self._draft.begin_section(SECTION_TITLE, LEVEL_OF_ONE, line_of(node))
            return 1
        else:
            is_text = following is not None and following.type == "paragraph"
            below = self._tree.text(following) if is_text and following else ""
            found, taken = self._line(below), 2
        if found is None:
            return 0
        self._begin_with(found, line_of(node))
        return taken

    def _line(self, text: str) -> EntryLine | None:
        """The link comes first, or behind a name if it is an address."""
        if not text or len(text) > LONGEST_SPONSOR:
            return None
        lines = text.split("\n")
        at, found = next(titles_above_addresses(lines), (1, None))
        if found and at == 0:
            return replace(found, body="\n".join(filter(None, [found.body, *lines[found.lines :]])))
        found = entry_line(text, self._tree.references)
        return found if found and (not found.before or found.is_address) else None

    def _begin_with(self, found: EntryLine, line: int) -> None:
        entry = EntryDraft(found.title, line, found.url, 0)
        self._begin(entry)
        entry.add(found.body, prose(found.body))

    def _begin(self, entry: EntryDraft) -> None:
        self._draft.begin_section(SECTION_TITLE, LEVEL_OF_ONE, entry.line)
        self._draft.begin_entry(entry)


def is_label(title: str) -> bool:
    words = plain(title).strip(" -–—:：·•()[]*_")
    return len(words) <= LONGEST_LABEL and bool(_LABEL.fullmatch(words))


def _names_no_one(line: str) -> bool:
    """`Anzeige`, or `Together with` above a logo."""
    if len(line) > LONGEST_LABEL:
        return False
    words = plain(line).strip(" -–—:：·•()[]*_#")
    return bool(_LABEL.fullmatch(words) or _LEAD.fullmatch(words))


def _lead_of(text: str) -> str:
    marks = _MARKS.match(text)
    found = _LEAD.match(text, marks.end() if marks else 0)
    return text[: found.end()] if found else ""
