"""The paragraphs of a Markdown digest: entries, titles of what is below them, and text."""

from __future__ import annotations

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue_checks import LONGEST_LINE
from newsletter.reading.digests.digest_draft import DigestDraft
from newsletter.reading.digests.drafts import EntryDraft
from newsletter.reading.digests.entry_lines import (
    EntryLine,
    entry_line,
    is_aside,
    is_one_sentence,
    is_row_of_links,
    section_line,
)
from newsletter.reading.digests.markdown_tree import (
    LISTS,
    MarkdownTree,
    is_bold,
    is_like_title,
    line_of,
    plain,
    prose,
)

_BUTTON = "It is the link of the entry above again."


class ParagraphReader:
    def __init__(self, tree: MarkdownTree, draft: DigestDraft, *, any_headings: bool) -> None:
        self._tree, self._draft = tree, draft
        self._any_headings = any_headings

    def place(self, node: SyntaxTreeNode, at: int) -> int:
        """How many nodes it took."""
        if self._is_button(self._tree.text(node)):
            self._drop_button(self._tree.text(node), line_of(node))
            return 1
        if not self._draft.is_in_heading_entry() and self._place_links(node, at):
            return 1
        following = self._tree.at(at + 1)
        if self._is_title_of_links(node, following):
            title, rest = section_line(self._tree.text(node), self._tree.references)
            self._draft.begin_section(title, 7, line_of(node))
            if rest:
                self._draft.sections[-1].intro.append(rest)
            return 1
        address = self._tree.lone_address(following)
        may_be_title = not self._draft.is_in_heading_entry() and self._tree.reads_like_title(node)
        if address and may_be_title:
            title = plain(self._tree.text(node))
            self._draft.begin_entry(EntryDraft(title, line_of(node), address, 0))
            return 2
        self._draft.add_prose(node)
        return 1

    def _is_button(self, text: str) -> bool:
        """`[Read more](…)` below an entry with the same link."""
        entry = self._draft.open
        if entry is None or not entry.url or len(text) > LONGEST_LINE or "](" not in text:
            return False
        found = entry_line(text, self._tree.references, is_paragraph=True)
        return found is not None and found.is_only_link and found.url == entry.url

    def _drop_button(self, text: str, line: int) -> None:
        self._draft.dropped.append(Unplaced(line, text.strip(), _BUTTON))

    def _place_links(self, node: SyntaxTreeNode, at: int) -> bool:
        """Whether it holds entries."""
        if is_row_of_links(self._tree.text(node)):
            self._draft.open = None  # it leads to other pages, and belongs to no entry
        entries = self._tree.entries_in(node)
        if entries and not self._is_opening_prose(entries):
            self._place_entries_in(node, entries)
            return True
        sentence = self._sentence(node, at)
        if sentence:
            self._place_entries_in(node, [(0, sentence)])
        return sentence is not None

    def _is_opening_prose(self, entries: list[tuple[int, EntryLine]]) -> bool:
        """A sentence that begins with a link, before the first of a digest's sections."""
        is_one = len(entries) == 1 and entries[0][1].goes_on
        return self._draft.is_opening() and self._any_headings and is_one

    def _sentence(self, node: SyntaxTreeNode, at: int) -> EntryLine | None:
        """One sentence in a section that leads to a link, and stands behind no entry; or each of
        several. “See more at …” below a list is no entry of it.
        """
        section = self._draft.sections[-1]
        may_be_in_run = section.title or self._tree.is_list_of_addresses
        if may_be_in_run and (found := self._tree.sentence_in_run(at)):
            return found
        text = self._tree.text(node)
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
            self._draft.begin_entry(entry)
            first = end if found.lines == 0 else at + found.lines
            body = [found.body] if found.body else []
            for place in range(first, end):
                if self._is_button(lines[place]):
                    self._drop_button(lines[place], line_of(node) + place)
                else:
                    body.append(lines[place])
            entry.add("\n".join(body), prose("\n".join(body)))

    def _place_lines_above(self, lines: list[str], number: int) -> None:
        """The entries of their paragraph. In plain mail, a short one names a section."""
        text = "\n".join(lines)
        if self._any_headings or len(lines) > 1 or not is_like_title(text):
            self._draft.add_text(text, prose(text))
        else:
            self._draft.begin_section(plain(text), 7, number)

    def _is_title_of_links(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> bool:
        """A bold or short line above a list, or above paragraphs, that are entries."""
        if following is None or not self._tree.holds_entries(following):
            return False
        if self._draft.is_in_heading_entry() and not self._tree.is_list_of_links(following):
            return False
        text = self._tree.text(node).strip()
        if self._draft.open is not None and not self._draft.open.pieces:
            return is_bold(text)
        if "\n" in text:
            return False
        if is_bold(text):
            return True
        is_above_list = following.type in LISTS
        return self._tree.reads_like_title(node) and (
            is_above_list or self._tree.has_addresses(following)
        )
