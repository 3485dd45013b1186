"""The lists of a Markdown digest: entries, topics with links beneath them, and remarks."""

from __future__ import annotations

from markdown_it.tree import SyntaxTreeNode

from newsletter.reading.digests.digest_draft import DigestDraft
from newsletter.reading.digests.drafts import EntryDraft
from newsletter.reading.digests.entry_lines import EntryLine, section_line
from newsletter.reading.digests.markdown_tree import (
    LISTS,
    MarkdownTree,
    items_in,
    line_of,
    prose,
    without_mark,
)


class ListReader:
    def __init__(self, tree: MarkdownTree, draft: DigestDraft) -> None:
        self._tree, self._draft = tree, draft

    def place(self, node: SyntaxTreeNode) -> None:
        """A list of remarks is prose; of one with links each item is read for itself."""
        in_entry = self._draft.is_in_heading_entry()
        are_links = self._tree.is_list_of_links(node, or_ending_in=not in_entry)
        has_links = are_links or any(self._tree.leads_item(item) for item in items_in(node))
        if not has_links or (in_entry and not are_links):
            self._draft.add_prose(node)
            return
        for item in node.children:
            self._place_item(item, is_among_entries=are_links)
        if self._draft.open and self._draft.open.level is None:
            self._draft.open = None

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
            self._draft.open = None
            text = self._tree.text(item)
            self._draft.add_text(text, prose(text))

    def _begin_item(self, item: SyntaxTreeNode, found: EntryLine) -> None:
        entry = EntryDraft(found.title, line_of(item), found.url)
        self._draft.begin_entry(entry)
        entry.add(found.body, prose(found.body))
        for child in item.children[1:]:
            is_list = child.type in LISTS and len(child.children) > 1
            if is_list and self._tree.is_list_of_links(child):
                self.place(child)
            else:
                entry.add(self._tree.dedented(item, child), self._tree.blocks(child))

    def _begin_group(self, item: SyntaxTreeNode) -> None:
        """`- Topic:` with links beneath it."""
        paragraph, *others = item.children
        title, rest = section_line(without_mark(self._tree.text(paragraph)), self._tree.references)
        self._draft.begin_section(title, 7, line_of(item))
        if rest:
            self._draft.sections[-1].intro.append(rest)
        for child in others:
            if child.type in LISTS:
                self.place(child)
            else:
                self._draft.add_text(self._tree.dedented(item, child), self._tree.blocks(child))
