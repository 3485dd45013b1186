"""Markdown to sections and entries. Structure is found where it is: each heading, list and
paragraph is read by what it is, whatever the rest of the digest looks like.

Nothing is left out: what is no entry and belongs to none is the introduction of its section.
"""

from __future__ import annotations

from dataclasses import replace

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Digest, Unplaced
from newsletter.reading.digests.cleaning import clean
from newsletter.reading.digests.digest_draft import DigestDraft
from newsletter.reading.digests.drafts import (
    entry_of,
    texts_as_entries,
)
from newsletter.reading.digests.footnotes import Footnotes
from newsletter.reading.digests.front_matter import (
    ENTRIES_ARE,
    HEADINGS,
    FrontMatter,
    read_front_matter,
)
from newsletter.reading.digests.heading_roles import HeadingRoles
from newsletter.reading.digests.headings import Heading
from newsletter.reading.digests.left_out import lines_left_out
from newsletter.reading.digests.list_reader import ListReader
from newsletter.reading.digests.markdown_tree import (
    LISTS,
    MarkdownTree,
    prose,
)
from newsletter.reading.digests.paragraph_reader import ParagraphReader
from newsletter.reading.digests.references import place_definitions
from newsletter.reading.digests.sources import read_source_line
from newsletter.reading.digests.sponsor_reader import SponsorReader


def parse_markdown(text: str) -> Digest:
    front = read_front_matter(text.split("\n"))
    # The head is blanked rather than cut, so that line numbers stay the editor's.
    body = "\n".join([""] * front.end + text.split("\n")[front.end :])
    is_ours = front.others.get(ENTRIES_ARE) == HEADINGS
    cleaned, dropped = (body, ()) if is_ours else clean(body)
    digest = _Reader(cleaned.split("\n"), front, is_ours=is_ours).read()
    left_out = lines_left_out(cleaned, digest)
    unplaced = sorted((*digest.unplaced, *left_out), key=lambda piece: piece.line)
    told = sorted((*dropped, *digest.dropped), key=lambda piece: piece.line)
    return replace(digest, dropped=tuple(told), unplaced=tuple(unplaced))


class _Reader:
    def __init__(self, lines: list[str], front: FrontMatter, *, is_ours: bool) -> None:
        self._footnotes = Footnotes([] if is_ours else lines)
        self._tree = MarkdownTree(lines)
        self._front = front
        self._roles = HeadingRoles(self._tree)
        self._is_ours = is_ours
        self._place_of_title = self._roles.place_of_title(front.values.get("title", ""))
        self._draft = DigestDraft(self._tree)
        self._lists = ListReader(self._tree, self._draft)
        self._paragraphs = ParagraphReader(
            self._tree, self._draft, any_headings=self._roles.any_headings
        )
        self._sponsors = SponsorReader(self._tree, self._draft)
        self._unplaced: list[Unplaced] = []

    def read(self) -> Digest:
        at = 0
        while at < len(self._tree.nodes):
            at += self._place(at)
        if not self._is_ours and not any(one.entries for one in self._draft.sections):
            self._draft.sections = [texts_as_entries(self._draft.sections)]
        self._footnotes.move_from_titles(self._draft.sections)
        self._unplaced += self._footnotes.place(list(self._draft.texts()))
        covered = [node.map for node in self._tree.nodes if node.map]
        self._unplaced += place_definitions(self._tree.lines, covered, list(self._draft.texts()))
        return Digest(
            title=self._front.values.get("title") or self._draft.title,
            sections=tuple(
                section.frozen()
                for section in self._draft.sections
                if section.title or section.intro or section.entries
            ),
            unplaced=tuple(sorted(self._unplaced, key=lambda piece: piece.line)),
            dropped=tuple(self._draft.dropped),
            intro="\n\n".join(self._draft.intro),
            front_matter=self._front.values,
            other_keys=self._front.others,
            is_ours=self._is_ours,
            is_markdown=True,
        )

    def _place(self, at: int) -> int:
        """How many nodes it took."""
        node = self._tree.nodes[at]
        if self._is_ours:
            return self._place_as_written(node, at)
        if node.type == "heading":
            return self._place_heading(node, at)
        if node.type == "hr":
            self._draft.open = self._draft.open if self._draft.is_in_heading_entry() else None
        elif node.type in LISTS:
            self._lists.place(node)
        elif self._tree.is_picture_of_next(at):
            self._draft.keep_picture(node)
        elif node.type == "paragraph" and at >= self._place_of_title:
            return self._place_paragraph(node, at)
        else:  # above the title stands such as the link to the page in a browser
            self._draft.add_prose(node)
        return 1

    def _place_paragraph(self, node: SyntaxTreeNode, at: int) -> int:
        if at == 0 and not self._front.end and (title := self._roles.title_of_mail()):
            self._draft.title = title
            return 1
        return self._sponsors.place(node, at) or self._paragraphs.place(node, at)

    def _place_as_written(self, node: SyntaxTreeNode, at: int) -> int:
        """An issue that we wrote: `##` is a section, `###` an entry, and all else is text."""
        heading = self._tree.heading(node) if node.type == "heading" else None
        if heading and heading.level == 3:
            self._draft.begin_entry(entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        if heading and heading.level < 3:
            self._draft.begin_section(heading.title, heading.level, heading.line)
            self._keep_in_intro(heading)
        else:
            self._draft.add_prose(node)
        return 1

    # Headings

    def _place_heading(self, node: SyntaxTreeNode, at: int) -> int:
        heading = self._tree.heading(node)
        given = self._front.values.get("title", "")
        if self._draft.is_first() and self._roles.is_title_of_digest(heading, at, given):
            self._begin_digest(heading)
            return 1
        if self._sponsors.place_heading(heading):
            return 1
        if self._roles.is_within(heading, at, self._draft.open.level if self._draft.open else None):
            self._draft.add_prose(node)
            return 1
        if self._roles.is_linked_entry(heading, at):
            self._draft.begin_entry(entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        taken = self._take_link_below(heading, at + 1)
        if taken is not None:
            return 1 + taken
        if self._roles.is_unlinked_entry(heading, at, self._draft.sections[-1].level):
            self._draft.begin_entry(entry_of(heading))
        else:
            self._draft.begin_section(heading.title, heading.level, heading.line)
            self._keep_in_intro(heading)
        return 1

    def _begin_digest(self, heading: Heading) -> None:
        """If there are two titles, the one in the front matter counts. The other is kept."""
        self._draft.title = heading.title
        given = self._front.values.get("title", "")
        if given and " ".join(given.split()) != " ".join(heading.title.split()):
            self._draft.intro.append(f"**{heading.title}**")
        if heading.url:
            self._draft.intro.append(f"[{heading.title}](<{heading.url}>)")
        self._draft.intro.extend(heading.also)

    def _take_source_below(self, at: int) -> int:
        """The line below a linked title that says where the link comes from."""
        entry = self._draft.open
        node = self._tree.at(at)
        if entry is None or node is None or node.type != "paragraph":
            return 0
        first, *rest = self._tree.text(node).split("\n")
        source = read_source_line(first)
        if source is None or (source.url and entry.url not in ("", source.url)):
            return 0
        entry.sources = source.sources
        entry.url = entry.url or source.url
        text = "\n".join(rest)
        entry.add(text, prose(text))
        return 1

    def _take_link_below(self, heading: Heading, at: int) -> int | None:
        """A heading whose link, or source, is below it. None where there is none."""
        found = self._roles.link_below(heading, at - 1)
        if found:
            entry = entry_of(heading)
            entry.url = found.url
            self._draft.begin_entry(entry)
            for place in range(at, found.place):
                self._draft.add_prose(self._tree.nodes[place])
            entry.add(found.text, prose(found.text))
            return found.place + 1 - at
        node = self._tree.at(at)
        if node is None or node.type != "paragraph" or not heading.title:
            return None
        first, _, _ = self._tree.text(node).partition("\n")
        if read_source_line(first) is None:
            return None
        self._draft.begin_entry(entry_of(heading))
        return self._take_source_below(at)

    def _keep_in_intro(self, heading: Heading) -> None:
        """A section has no link of its own."""
        if heading.url:
            self._draft.sections[-1].intro.append(f"[{heading.title}](<{heading.url}>)")
        self._draft.sections[-1].intro.extend(heading.also)
