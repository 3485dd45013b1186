"""Markdown to sections and entries. Structure is found where it is: each heading, list and
paragraph is read by what it is, whatever the rest of the digest looks like.

Nothing is left out: what is no entry and belongs to none is the introduction of its section.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.digests import Block, Digest, Unplaced
from newsletter.reading.digests.cleaning import clean
from newsletter.reading.digests.drafts import (
    EntryDraft,
    SectionDraft,
    entry_of,
    names_entry,
    texts_as_entries,
)
from newsletter.reading.digests.entry_lines import (
    EntryLine,
    entry_line,
    is_one_sentence,
    section_line,
)
from newsletter.reading.digests.footnotes import Footnotes
from newsletter.reading.digests.front_matter import (
    ENTRIES_ARE,
    HEADINGS,
    FrontMatter,
    read_front_matter,
)
from newsletter.reading.digests.headings import Heading
from newsletter.reading.digests.heads import says_which
from newsletter.reading.digests.left_out import lines_left_out
from newsletter.reading.digests.markdown_tree import (
    LISTS,
    MarkdownTree,
    is_bold,
    items_in,
    line_of,
    plain,
    prose,
    without_mark,
)
from newsletter.reading.digests.references import place_definitions
from newsletter.reading.digests.sources import read_source_line


def parse_markdown(text: str, base_url: str = "") -> Digest:
    front = read_front_matter(text.split("\n"))
    # The head is blanked rather than cut, so that line numbers stay the editor's.
    body = "\n".join([""] * front.end + text.split("\n")[front.end :])
    is_ours = front.others.get(ENTRIES_ARE) == HEADINGS
    cleaned, dropped = (body, ()) if is_ours else clean(body, base_url)
    digest = _Reader(cleaned.split("\n"), front, is_ours=is_ours).read()
    left_out = lines_left_out(cleaned, digest)
    unplaced = sorted((*digest.unplaced, *left_out), key=lambda piece: piece.line)
    return replace(digest, dropped=dropped, unplaced=tuple(unplaced))


class _Reader:
    def __init__(self, lines: list[str], front: FrontMatter, *, is_ours: bool) -> None:
        self._footnotes = Footnotes([] if is_ours else lines)
        self._tree = MarkdownTree(lines)
        self._front = front
        self._linked_levels = {
            heading.level for heading in self._tree.headings() if names_entry(heading)
        }
        self._is_ours = is_ours
        self._title = ""
        self._intro: list[str] = []
        self._sections = [SectionDraft("")]
        self._open: EntryDraft | None = None
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
            is_markdown=True,
        )

    def _place(self, at: int) -> int:
        """How many nodes it took."""
        node = self._tree.nodes[at]
        if self._is_ours:
            return self._place_as_written(node, at)
        following = self._tree.at(at + 1)
        if node.type == "heading":
            return self._place_heading(node, at)
        if node.type == "hr":
            self._open = self._open if self._open and self._open.level else None
        elif node.type in LISTS:
            self._place_list(node)
        elif node.type == "paragraph":
            return self._place_paragraph(node, following)
        else:
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
        if heading.level == 1 and not names_entry(heading) and self._is_first():
            self._begin_digest(heading)
            return 1
        if self._is_within_entry(heading, at):
            self._add_prose(node)
            return 1
        if names_entry(heading) and not self._is_above_deeper_heading(heading, at):
            self._begin_entry(entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        taken = self._take_link_below(heading, at + 1)
        if taken:
            return 1 + taken
        if self._is_unlinked_entry(heading, at):
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

    def _is_within_entry(self, heading: Heading, at: int) -> bool:
        """A heading below that of the open entry, without links to other pages under it."""
        return (
            self._open is not None
            and bool(self._open.level)
            and heading.level > (self._open.level or 0)
            and not names_entry(heading)
            and not self._leads_to_links(at)
        )

    def _is_above_deeper_heading(self, heading: Heading, at: int) -> bool:
        following = self._tree.at(at + 1)
        return (
            following is not None
            and following.type == "heading"
            and int(following.tag[1]) > heading.level
        )

    def _is_unlinked_entry(self, heading: Heading, at: int) -> bool:
        """Among entries of its level, or below a section, with words of its own and no links."""
        if not heading.title or self._leads_to_links(at) or not self._has_prose(at):
            return False
        if heading.level in self._linked_levels:
            return True
        return heading.level >= 3 and self._sections[-1].level < heading.level

    def _leads_to_links(self, at: int) -> bool:
        """Whether what stands under a heading, up to the next, holds entries."""
        return any(self._tree.holds_entries(node) for node in self._tree.until_heading(at))

    def _has_prose(self, at: int) -> bool:
        return any(node.type != "hr" for node in self._tree.until_heading(at))

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

    def _take_link_below(self, heading: Heading, at: int) -> int:
        """A heading whose link, or source, is on the next line."""
        node = self._tree.at(at)
        if node is None or node.type != "paragraph" or not heading.title:
            return 0
        first, *rest = self._tree.text(node).split("\n")
        found = entry_line(first, self._tree.references)
        if found and found.url and found.is_only_link:
            entry = entry_of(heading)
            entry.url = found.url
            same = found.is_address or found.title.casefold() == heading.title.casefold()
            text = "\n".join(rest if same else [first, *rest])
            self._begin_entry(entry)
            entry.add(text, prose(text))
            return 1
        if read_source_line(first) is not None:
            self._begin_entry(entry_of(heading))
            return self._take_source_below(at)
        return 0

    def _keep_in_intro(self, heading: Heading) -> None:
        """A section has no link of its own."""
        if heading.url:
            self._sections[-1].intro.append(f"[{heading.title}](<{heading.url}>)")
        self._sections[-1].intro.extend(heading.also)

    # Lists

    def _place_list(self, node: SyntaxTreeNode) -> None:
        """A list of remarks is prose; of one with links each item is read for itself."""
        if not any(self._tree.leads_item(item) for item in items_in(node)):
            self._add_prose(node)
            return
        for item in node.children:
            self._place_item(item)
        if self._open and self._open.level is None:
            self._open = None

    def _place_item(self, item: SyntaxTreeNode) -> None:
        found = self._tree.line_of_item(item)
        below = [child for child in item.children[1:] if child.type in LISTS]
        if found:
            self._begin_item(item, found)
        elif any(self._tree.leads_item(one) for node in below for one in items_in(node)):
            self._begin_group(item)
        else:
            self._open = None
            text = self._tree.text(item)
            self._add_text(text, prose(text))

    def _begin_item(self, item: SyntaxTreeNode, found: EntryLine) -> None:
        entry = EntryDraft(found.title, line_of(item), found.url)
        self._begin_entry(entry)
        entry.add(found.body, prose(found.body))
        for child in item.children[1:]:
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

    def _place_paragraph(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> int:
        if self._is_title_of_mail(node):
            self._title = plain(self._tree.text(node))
            return 1
        is_in_heading_entry = self._open is not None and bool(self._open.level)
        entries = [] if is_in_heading_entry else self._tree.entries_in(node)
        if entries:
            self._place_entries_in(node, entries)
            return 1
        sentence = None if is_in_heading_entry else self._sentence(node)
        if sentence:
            self._place_entries_in(node, [(0, sentence)])
            return 1
        if self._is_title_of_links(node, following):
            title, rest = section_line(self._tree.text(node), self._tree.references)
            self._begin_section(title, 7, line_of(node))
            if rest:
                self._sections[-1].intro.append(rest)
            return 1
        address = self._lone_address(following)
        if address and not is_in_heading_entry and self._is_title_like(node):
            self._begin_entry(EntryDraft(plain(self._tree.text(node)), line_of(node), address, 0))
            return 2
        self._add_prose(node)
        return 1

    def _is_title_of_mail(self, node: SyntaxTreeNode) -> bool:
        """A first line that says number or date; plain mail has no other heading."""
        if node is not self._tree.nodes[0] or self._front.end:
            return False
        text = self._tree.text(node)
        return "\n" not in text and "](" not in text and "://" not in text and says_which(text)

    def _sentence(self, node: SyntaxTreeNode) -> EntryLine | None:
        """One sentence in a section that leads to a link, and stands behind no entry."""
        text = self._tree.text(node)
        if self._open is not None or not self._sections[-1].title or not is_one_sentence(text):
            return None
        return entry_line(text, self._tree.references)

    def _place_entries_in(self, node: SyntaxTreeNode, entries: list[tuple[int, EntryLine]]) -> None:
        lines = self._tree.text(node).split("\n")
        if entries[0][0] > 0:
            text = "\n".join(lines[: entries[0][0]])
            self._add_text(text, prose(text))
        ends = [at for at, _ in entries[1:]] + [len(lines)]
        for (at, found), end in zip(entries, ends, strict=True):
            entry = EntryDraft(found.title, line_of(node) + at, found.url, 0)
            self._begin_entry(entry)
            rest = [] if found.lines == 0 else lines[at + found.lines : end]
            body = "\n".join(filter(None, [found.body, *rest]))
            entry.add(body, prose(body))

    def _is_title_of_links(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> bool:
        """A bold or short line above a list, or above paragraphs, that are entries."""
        if following is None or not self._tree.holds_entries(following):
            return False
        if self._open is not None and not self._open.pieces:
            return is_bold(self._tree.text(node).strip())
        text = self._tree.text(node).strip()
        if "\n" in text:
            return False
        if is_bold(text):
            return True
        is_above_list = following.type in LISTS
        return self._is_title_like(node) and (is_above_list or self._tree.has_addresses(following))

    def _is_title_like(self, node: SyntaxTreeNode) -> bool:
        text = plain(self._tree.text(node))
        return (
            "\n" not in self._tree.text(node)
            and 0 < len(text) <= 80
            and text[-1] not in ".!?。！？"
        )

    def _lone_address(self, node: SyntaxTreeNode | None) -> str:
        if node is None or node.type != "paragraph":
            return ""
        found = entry_line(self._tree.text(node), self._tree.references)
        return found.url if found and found.is_address and found.is_only_link else ""

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
