"""Markdown to sections and entries. Structure is found where it is: each heading, list and
paragraph is read by what it is, whatever the rest of the digest looks like.

Nothing is left out: what is no entry and belongs to none is the introduction of its section.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Block, Digest, Unplaced
from newsletter.reading.digests.cleaning import clean
from newsletter.reading.digests.drafts import (
    EntryDraft,
    SectionDraft,
    entry_of,
    texts_as_entries,
)
from newsletter.reading.digests.entry_lines import (
    EntryLine,
    entry_line,
    is_aside,
    is_one_sentence,
    is_row_of_links,
    section_line,
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
from newsletter.reading.digests.markdown_tree import (
    LISTS,
    MarkdownTree,
    is_bold,
    is_like_title,
    items_in,
    line_of,
    plain,
    prose,
    without_mark,
)
from newsletter.reading.digests.references import place_definitions
from newsletter.reading.digests.sources import read_source_line


def parse_markdown(text: str) -> Digest:
    front = read_front_matter(text.split("\n"))
    # The head is blanked rather than cut, so that line numbers stay the editor's.
    body = "\n".join([""] * front.end + text.split("\n")[front.end :])
    is_ours = front.others.get(ENTRIES_ARE) == HEADINGS
    cleaned, dropped = (body, ()) if is_ours else clean(body)
    digest = _Reader(cleaned.split("\n"), front, is_ours=is_ours).read()
    left_out = lines_left_out(cleaned, digest)
    unplaced = sorted((*digest.unplaced, *left_out), key=lambda piece: piece.line)
    return replace(digest, dropped=dropped, unplaced=tuple(unplaced))


class _Reader:
    def __init__(self, lines: list[str], front: FrontMatter, *, is_ours: bool) -> None:
        self._footnotes = Footnotes([] if is_ours else lines)
        self._tree = MarkdownTree(lines)
        self._front = front
        self._roles = HeadingRoles(self._tree)
        self._is_ours = is_ours
        self._place_of_title = self._roles.place_of_title(front.values.get("title", ""))
        self._title = ""
        self._intro: list[str] = []
        self._sections = [SectionDraft("")]
        self._open: EntryDraft | None = None
        self._pictures: list[SyntaxTreeNode] = []  # above the entry that they belong to
        self._unplaced: list[Unplaced] = []

    def read(self) -> Digest:
        at = 0
        while at < len(self._tree.nodes):
            at += self._place(at)
        if not self._is_ours and not any(one.entries for one in self._sections):
            self._sections = [texts_as_entries(self._sections)]
        self._footnotes.move_from_titles(self._sections)
        self._unplaced += self._footnotes.place(list(self._texts()))
        covered = [node.map for node in self._tree.nodes if node.map]
        self._unplaced += place_definitions(self._tree.lines, covered, list(self._texts()))
        return Digest(
            title=self._front.values.get("title") or self._title,
            sections=tuple(
                section.frozen()
                for section in self._sections
                if section.title or section.intro or section.entries
            ),
            unplaced=tuple(sorted(self._unplaced, key=lambda piece: piece.line)),
            intro="\n\n".join(self._intro),
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
            self._open = self._open if self._open and self._open.level else None
        elif node.type in LISTS:
            self._place_list(node)
        elif self._tree.is_picture_of_next(at):
            self._pictures.append(node)
        elif node.type == "paragraph" and at >= self._place_of_title:
            return self._place_paragraph(node, at)
        else:  # above the title stands such as the link to the page in a browser
            self._add_prose(node)
        return 1

    def _place_as_written(self, node: SyntaxTreeNode, at: int) -> int:
        """An issue that we wrote: `##` is a section, `###` an entry, and all else is text."""
        heading = self._tree.heading(node) if node.type == "heading" else None
        if heading and heading.level == 3:
            self._begin_entry(entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        if heading and heading.level < 3:
            self._begin_section(heading.title, heading.level, heading.line)
            self._keep_in_intro(heading)
        else:
            self._add_prose(node)
        return 1

    # Headings

    def _place_heading(self, node: SyntaxTreeNode, at: int) -> int:
        heading = self._tree.heading(node)
        given = self._front.values.get("title", "")
        if self._is_first() and self._roles.is_title_of_digest(heading, at, given):
            self._begin_digest(heading)
            return 1
        if self._roles.is_within(heading, at, self._open.level if self._open else None):
            self._add_prose(node)
            return 1
        if self._roles.is_linked_entry(heading, at):
            self._begin_entry(entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        taken = self._take_link_below(heading, at + 1)
        if taken is not None:
            return 1 + taken
        if self._roles.is_unlinked_entry(heading, at, self._sections[-1].level):
            self._begin_entry(entry_of(heading))
        else:
            self._begin_section(heading.title, heading.level, heading.line)
            self._keep_in_intro(heading)
        return 1

    def _is_first(self) -> bool:
        only = self._sections[-1]
        return len(self._sections) == 1 and not only.entries and not self._title

    def _begin_digest(self, heading: Heading) -> None:
        """If there are two titles, the one in the front matter counts. The other is kept."""
        self._title = heading.title
        given = self._front.values.get("title", "")
        if given and " ".join(given.split()) != " ".join(heading.title.split()):
            self._intro.append(f"**{heading.title}**")
        if heading.url:
            self._intro.append(f"[{heading.title}](<{heading.url}>)")
        self._intro.extend(heading.also)

    def _take_source_below(self, at: int) -> int:
        """The line below a linked title that says where the link comes from."""
        entry = self._open
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
            self._begin_entry(entry)
            for place in range(at, found.place):
                self._add_prose(self._tree.nodes[place])
            entry.add(found.text, prose(found.text))
            return found.place + 1 - at
        node = self._tree.at(at)
        if node is None or node.type != "paragraph" or not heading.title:
            return None
        first, _, _ = self._tree.text(node).partition("\n")
        if read_source_line(first) is None:
            return None
        self._begin_entry(entry_of(heading))
        return self._take_source_below(at)

    def _keep_in_intro(self, heading: Heading) -> None:
        """A section has no link of its own."""
        if heading.url:
            self._sections[-1].intro.append(f"[{heading.title}](<{heading.url}>)")
        self._sections[-1].intro.extend(heading.also)

    # Lists

    def _place_list(self, node: SyntaxTreeNode) -> None:
        """A list of remarks is prose; of one with links each item is read for itself."""
        in_entry = self._is_in_heading_entry()
        are_links = self._tree.is_list_of_links(node, or_ending_in=not in_entry)
        has_links = are_links or any(self._tree.leads_item(item) for item in items_in(node))
        if not has_links or (in_entry and not are_links):
            self._add_prose(node)
            return
        for item in node.children:
            self._place_item(item, is_among_entries=are_links)
        if self._open and self._open.level is None:
            self._open = None

    def _place_item(self, item: SyntaxTreeNode, *, is_among_entries: bool) -> None:
        found = self._tree.line_of_item(item)
        below = [child for child in item.children[1:] if child.type in LISTS]
        if found:
            self._begin_item(item, found)
        elif any(self._tree.leads_item(one) for node in below for one in items_in(node)):
            self._begin_group(item)
        elif is_among_entries and (other := self._tree.sentence_of_item(item)):
            self._begin_item(item, other)
        else:
            self._open = None
            text = self._tree.text(item)
            self._add_text(text, prose(text))

    def _is_in_heading_entry(self) -> bool:
        return self._open is not None and bool(self._open.level)

    def _begin_item(self, item: SyntaxTreeNode, found: EntryLine) -> None:
        entry = EntryDraft(found.title, line_of(item), found.url)
        self._begin_entry(entry)
        entry.add(found.body, prose(found.body))
        for child in item.children[1:]:
            is_list = child.type in LISTS and len(child.children) > 1
            if is_list and self._tree.is_list_of_links(child):
                self._place_list(child)
            else:
                entry.add(self._tree.dedented(item, child), self._tree.blocks(child))

    def _begin_group(self, item: SyntaxTreeNode) -> None:
        """`- Topic:` with links beneath it."""
        paragraph, *others = item.children
        title, rest = section_line(without_mark(self._tree.text(paragraph)), self._tree.references)
        self._begin_section(title, 7, line_of(item))
        if rest:
            self._sections[-1].intro.append(rest)
        for child in others:
            if child.type in LISTS:
                self._place_list(child)
            else:
                self._add_text(self._tree.dedented(item, child), self._tree.blocks(child))

    # Paragraphs

    def _place_paragraph(self, node: SyntaxTreeNode, at: int) -> int:
        following = self._tree.at(at + 1)
        if at == 0 and not self._front.end and (title := self._roles.title_of_mail()):
            self._title = title
            return 1
        is_in_heading_entry = self._is_in_heading_entry()
        if not is_in_heading_entry and is_row_of_links(self._tree.text(node)):
            self._open = None  # it leads to other pages, and belongs to no entry
        entries = [] if is_in_heading_entry else self._tree.entries_in(node)
        if entries and not self._is_opening_prose(entries):
            self._place_entries_in(node, entries)
            return 1
        sentence = None if is_in_heading_entry else self._sentence(node, at)
        if sentence:
            self._place_entries_in(node, [(0, sentence)])
            return 1
        if self._is_title_of_links(node, following):
            title, rest = section_line(self._tree.text(node), self._tree.references)
            self._begin_section(title, 7, line_of(node))
            if rest:
                self._sections[-1].intro.append(rest)
            return 1
        address = self._tree.lone_address(following)
        if address and not is_in_heading_entry and self._tree.reads_like_title(node):
            self._begin_entry(EntryDraft(plain(self._tree.text(node)), line_of(node), address, 0))
            return 2
        self._add_prose(node)
        return 1

    def _is_opening_prose(self, entries: list[tuple[int, EntryLine]]) -> bool:
        """A sentence that begins with a link, before the first of a digest's sections."""
        is_opening = len(self._sections) == 1 and not self._sections[0].entries
        return (
            is_opening and self._roles.any_headings and len(entries) == 1 and entries[0][1].goes_on
        )

    def _sentence(self, node: SyntaxTreeNode, at: int) -> EntryLine | None:
        """One sentence in a section that leads to a link, and stands behind no entry; or each of
        several. “See more at …” below a list is no entry of it.
        """
        if self._sections[-1].title and (found := self._tree.sentence_in_run(at)):
            return found
        text = self._tree.text(node)
        section = self._sections[-1]
        if section.entries or not section.title or not is_one_sentence(text):
            return None
        found = entry_line(text, self._tree.references)
        return None if found is None or is_aside(found) else found

    def _place_entries_in(self, node: SyntaxTreeNode, entries: list[tuple[int, EntryLine]]) -> None:
        lines = self._tree.text(node).split("\n")
        if entries[0][0] > 0:
            self._place_lines_above(lines[: entries[0][0]], line_of(node))
        ends = [at for at, _ in entries[1:]] + [len(lines)]
        for (at, found), end in zip(entries, ends, strict=True):
            entry = EntryDraft(found.title, line_of(node) + at, found.url, 0)
            self._begin_entry(entry)
            rest = [] if found.lines == 0 else lines[at + found.lines : end]
            body = "\n".join(filter(None, [found.body, *rest]))
            entry.add(body, prose(body))

    def _place_lines_above(self, lines: list[str], number: int) -> None:
        """The entries of their paragraph. In plain mail, a short one names a section."""
        text = "\n".join(lines)
        if self._roles.any_headings or len(lines) > 1 or not is_like_title(text):
            self._add_text(text, prose(text))
        else:
            self._begin_section(plain(text), 7, number)

    def _is_title_of_links(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> bool:
        """A bold or short line above a list, or above paragraphs, that are entries."""
        if following is None or not self._tree.holds_entries(following):
            return False
        if self._is_in_heading_entry() and not self._tree.is_list_of_links(following):
            return False
        if self._open is not None and not self._open.pieces:
            return is_bold(self._tree.text(node).strip())
        text = self._tree.text(node).strip()
        if "\n" in text:
            return False
        if is_bold(text):
            return True
        is_above_list = following.type in LISTS
        return self._tree.reads_like_title(node) and (
            is_above_list or self._tree.has_addresses(following)
        )

    # Prose

    def _add_prose(self, node: SyntaxTreeNode) -> None:
        self._add_text(self._tree.text(node), self._tree.blocks(node))

    def _add_text(self, text: str, blocks: Sequence[Block]) -> None:
        """To the open entry; else to the section, or to one without a title that follows it."""
        if self._open is not None:
            self._open.add(text, blocks)
            return
        section = self._sections[-1]
        if len(self._sections) == 1 and not section.entries:
            self._intro.append(text)
            return
        if section.entries:
            section = SectionDraft("", section.level)
            self._sections.append(section)
        section.intro.append(text)

    def _begin_entry(self, entry: EntryDraft) -> None:
        self._sections[-1].entries.append(entry)
        self._open = entry
        while self._pictures:
            self._add_prose(self._pictures.pop(0))

    def _begin_section(self, title: str, level: int, line: int) -> None:
        self._open = None
        self._sections.append(SectionDraft(title, level, line))

    def _texts(self) -> Iterator[list[str]]:
        """All that may ask for a link definition, and takes it along."""
        yield self._intro
        for section in self._sections:
            yield section.intro
            for entry in section.entries:
                yield entry.pieces
