"""Where the links of a digest lead, as far as a mail can: completed, or dropped and told.

The text of a link always stays. Nothing in code is touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from newsletter.domain.issues.digests import Block, BlockKind, Digest, DigestEntry, Unplaced
from newsletter.domain.issues.issue_checks import url_problem
from newsletter.domain.web_addresses import is_mail_link
from newsletter.reading.digests.block_markdown import address
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.sources import domain_of_url

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WITH_SCHEME = ("http:", "https:", "mailto:", "tel:")
_PERSONAL = "{{"
"""A placeholder that is a whole address."""

_LABEL = r"(?:[^\[\]\\`]|\\.|`[^`\n]*`|!\[[^\[\]]*\]\([^()\n]*\))*"
_INLINE = re.compile(
    r"`[^`\n]*`"
    rf"|(?P<mark>!?)\[(?P<label>{_LABEL})\]\(\s*"
    r"(?P<target><[^<>\n]*>|[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)"
    r"(?P<hint>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_AUTOMATIC = re.compile(
    r"`[^`\n]*`|<(?P<target>(?:[a-z][a-z0-9+.-]{1,31}:|www\.)[^<>\s]*)>", re.IGNORECASE
)
_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>[^^\[\]][^\[\]]*)\]:\s*(?P<target><[^<>]*>|\S+)")
_REFERENCE = re.compile(r"`[^`\n]*`|!?\[(?P<label>[^\[\]`]*)\](?:\[(?P<name>[^\[\]]*)\])?")

NOT_IN_PAGE = "It leads to a place within its own page, which a mail doesn't have."
NO_BASE = (
    "It is relative. Set the base address in the newsletter's settings, or give --base-url, and "
    "paste the digest again."
)


def complete_links(digest: Digest, text: str, base_url: str) -> Digest:
    """`text` is that of the digest, to say in which line each dropped link was."""
    links = _Links(text, base_url, is_ours=digest.is_ours)
    intro = links.in_markdown(digest.intro) if digest.is_markdown else digest.intro
    sections = tuple(
        replace(
            section,
            intro=links.in_markdown(section.intro),
            entries=tuple(map(links.in_entry, section.entries)),
        )
        for section in digest.sections
    )
    dropped = sorted((*digest.dropped, *links.dropped), key=lambda piece: piece.line)
    return replace(digest, intro=intro, sections=sections, dropped=tuple(dropped))


@dataclass(frozen=True, slots=True)
class _Target:
    """`why` is empty for an address that a mail can link to."""

    url: str
    why: str = ""


class _Links:
    def __init__(self, text: str, base_url: str, *, is_ours: bool) -> None:
        self._text, self._base_url, self._is_ours = text, base_url, is_ours
        self._at, self._line, self._line_of_entry = 0, 1, 1
        self.dropped: list[Unplaced] = []

    def in_entry(self, entry: DigestEntry) -> DigestEntry:
        self._line_of_entry = entry.line
        typed = entry.url or self._address_among_sources(entry)
        url = typed and self._link_of_entry(typed)
        domain = domain_of_url(url)
        sources = entry.sources if entry.url else ()
        return replace(
            entry,
            url=url,
            sources=sources or ((domain,) if domain else entry.sources),
            blocks=tuple(map(self._in_block, entry.blocks)) if not entry.markdown else entry.blocks,
            markdown=self.in_markdown(entry.markdown),
        )

    def _address_among_sources(self, entry: DigestEntry) -> str:
        """`www.example.org/page` below a title. In what we wrote, it is what was typed there."""
        only = entry.sources[0] if len(entry.sources) == 1 else ""
        return only if only.startswith("www.") and "/" in only and not self._is_ours else ""

    def in_markdown(self, markdown: str) -> str:
        """All but a few texts have nothing to change."""
        if "](" not in markdown and "<" not in markdown and "]:" not in markdown:
            return markdown
        lines = markdown.split("\n")
        fenced = fenced_lines(lines)
        lost = self._lost_definitions(lines, fenced)
        for at, line in enumerate(lines):
            if at not in fenced:
                lines[at] = self._in_line(line, lost)
        return "\n".join(lines)

    def _in_line(self, line: str, lost: set[str]) -> str:
        line = _INLINE.sub(self._inline, line)
        line = _AUTOMATIC.sub(self._automatic, line)
        if not lost:
            return line
        return _REFERENCE.sub(lambda found: _unlinked(found, lost), line)

    def _inline(self, found: re.Match[str]) -> str:
        if found["target"] is None:
            return found[0]
        label = (
            _INLINE.sub(self._inline, found["label"]) if "](" in found["label"] else found["label"]
        )
        typed = found["target"].removeprefix("<").removesuffix(">")
        target = self._target(typed)
        if target.why:
            self._drop(typed, target.why)
            return label
        if (target.url, label) == (typed, found["label"]):
            return found[0]
        return f"{found['mark']}[{label}](<{address(target.url)}>{found['hint'] or ''})"

    def _automatic(self, found: re.Match[str]) -> str:
        typed = found["target"]
        if typed is None or is_mail_link(typed):
            return found[0]
        target = self._target(typed)
        if target.url:
            return f"<{target.url}>"
        self._drop(typed, target.why)
        return typed

    def _lost_definitions(self, lines: list[str], fenced: set[int]) -> set[str]:
        """Completes the definitions of links; the labels of those that can't be kept."""
        lost: set[str] = set()
        for at, line in enumerate(lines):
            found = _DEFINITION.match(line) if at not in fenced else None
            if found is None:
                continue
            typed = found["target"].removeprefix("<").removesuffix(">")
            target = self._target(typed)
            if target.why:
                self._drop(typed, target.why)
                lost.add(found["label"].casefold())
                lines[at] = ""
            elif target.url != typed:
                lines[at] = line.replace(found["target"], f"<{address(target.url)}>", 1)
        return lost

    def _in_block(self, block: Block) -> Block:
        target = self._target(block.url) if block.url else _Target("")
        if not target.why:
            return replace(block, url=target.url)
        self._drop(block.url, target.why)
        return Block(BlockKind.PARAGRAPH, block.text)

    def _link_of_entry(self, typed: str) -> str:
        target = self._target(typed)
        url = address(target.url)
        problem = url_problem(url)
        why = target.why or (problem and f"{problem[0].upper()}{problem[1:]}")
        if why:
            self._drop(typed, why)
        return "" if why else url

    def _target(self, typed: str) -> _Target:
        url = f"https://{typed}" if typed.lower().startswith("www.") else typed
        scheme = _SCHEME.match(url)
        if url.startswith(_PERSONAL):
            return _Target(url)
        if url.startswith("#"):
            return _Target("", NOT_IN_PAGE)
        if scheme and scheme[0].lower() not in _WITH_SCHEME:
            return _Target("", f"A mail can't link to {scheme[0]} addresses.")
        if not scheme:
            return self._completed(url)
        return _Target(url) if is_mail_link(url) else _Target("", "It is not a whole address.")

    def _completed(self, url: str) -> _Target:
        if url.startswith("//"):
            return _Target(f"https:{url}")
        if not self._base_url:
            return _Target("", NO_BASE)
        try:
            return _Target(urljoin(self._base_url, url))
        except ValueError:
            return _Target("", "It is not a whole address.")

    def _drop(self, typed: str, why: str) -> None:
        """In the order of the text, so that it is searched once."""
        line, at = self._line_of_entry, self._text.find(typed, self._at)
        if at >= 0:
            self._line += self._text.count("\n", self._at, at)
            self._at, line = at, self._line
        shown = typed if len(typed) <= 100 else f"{typed[:99]}…"
        sentence = f"The link “{shown}” was dropped, its text is kept. {why}"
        self.dropped.append(Unplaced(line, typed[:500], sentence))


def _unlinked(found: re.Match[str], lost: set[str]) -> str:
    name = found["name"] or found["label"]
    return found["label"] if name and name.casefold() in lost else found[0]
