"""What each heading of a Markdown digest is: its title, a section, an entry, or part of one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from newsletter.reading.digests.drafts import names_entry
from newsletter.reading.digests.entry_lines import EntryLine, is_written_as_address
from newsletter.reading.digests.headings import Heading
from newsletter.reading.digests.heads import says_which
from newsletter.reading.digests.markdown_tree import LISTS, MarkdownTree, is_like_title, plain

LONGEST_GENERIC_LABEL = 20
_MOST_ABOVE_TITLE = 4


@dataclass(frozen=True, slots=True)
class LinkBelow:
    """The link of a heading, in the paragraph at `place`; `text` is what else that says."""

    place: int
    url: str
    text: str


class HeadingRoles:
    def __init__(self, tree: MarkdownTree) -> None:
        self._tree = tree
        headings = list(tree.headings())
        self.any_headings = bool(headings)
        self._linked_levels = {one.level for one in headings if names_entry(one)}
        self._first_levels = sum(1 for one in headings if one.level == 1)
        self._saying_which = sum(1 for one in headings if says_which(one.title))
        self._generic = _generic_labels(tree)
        self._below_linked = _lists_below_linked(tree)

    def is_title_of_digest(self, heading: Heading, at: int, given: str) -> bool:
        """`given` is the title that the front matter says. Among others of its level, a heading
        with links below it is a section.
        """
        if names_entry(heading) or (heading.level > 1 and not self._is_only_to_say_which(heading)):
            return False
        is_only = self._first_levels == 1 or says_which(heading.title)
        same = " ".join(given.split()).casefold() == " ".join(heading.title.split()).casefold()
        return is_only or same or not (given or self.leads_to_links(at))

    def title_of_mail(self) -> str:
        """A first line that says number or date, or is above one that names a section: plain mail
        has no other heading.
        """
        text = self._tree.text(self._tree.nodes[0])
        if "\n" in text or "](" in text or "://" in text:
            return ""
        is_above_section = is_like_title(text) and self._tree.is_named_paragraph(1)
        return plain(text) if says_which(text) or is_above_section else ""

    def _is_only_to_say_which(self, heading: Heading) -> bool:
        """A second-level heading with the number or the day of the issue, where no other has."""
        is_alone = self._first_levels == 0 and self._saying_which == 1
        return is_alone and heading.level == 2 and says_which(heading.title)

    def place_of_title(self, given: str) -> int:
        """Of the title of a digest that has some lines above it, and headings below; else 0."""
        for at, node in enumerate(self._tree.nodes[: _MOST_ABOVE_TITLE + 1]):
            if node.type == "heading":
                heading = self._tree.heading(node)
                is_title = self.is_title_of_digest(heading, at, given)
                return at if is_title and len(list(self._tree.headings())) > 1 else 0
            if node.type in LISTS and self._tree.holds_entries(node):
                return 0
        return 0

    def is_within(self, heading: Heading, at: int, level_of_entry: int | None) -> bool:
        """A heading below that of the open entry, without links to other pages under it."""
        return (
            bool(level_of_entry)
            and heading.level > (level_of_entry or 0)
            and not names_entry(heading)
            and not self.leads_to_links(at)
        )

    def is_linked_entry(self, heading: Heading, at: int) -> bool:
        is_section = self._is_above_deeper_heading(heading, at) or self._is_above_list(heading)
        return names_entry(heading) and not is_section

    def is_unlinked_entry(self, heading: Heading, at: int, level_of_section: int) -> bool:
        """Among entries of its level, or below a section, with words of its own and no links."""
        if not heading.title or self.leads_to_links(at) or not self._has_prose(at):
            return False
        if heading.level in self._linked_levels:
            return True
        return heading.level >= 3 and level_of_section < heading.level

    def leads_to_links(self, at: int) -> bool:
        """Whether what stands under a heading, up to the next, holds entries."""
        return any(self._tree.holds_entries(node) for node in self._tree.until_heading(at))

    def link_below(self, heading: Heading, at: int) -> LinkBelow | None:
        """The link on the line below a title, or the one under it that its own label doesn't name
        (`[Link](…)`, `Source: [example](…)`).
        """
        if not heading.title:
            return None
        below = list(enumerate(self._tree.until_heading(at), at + 1))
        leading = [(place, node) for place, node in below if self._may_lead(node)]
        if not leading:
            return None
        place, node = leading[0]
        others = [other for _, other in leading[1:]]
        found = self._line_of(node)
        if found is None:
            return None
        is_below = place == at + 1
        is_said_of = is_below and not others and self._is_among(heading) and not found.before
        names_the_same = found.is_address or found.title.casefold() == heading.title.casefold()
        is_its_address = names_the_same or is_written_as_address(found.label, found.url)
        is_lone = is_below and found.is_only_link and (is_its_address or not others)
        is_generic = self._is_generic(found) and all(map(self._is_generic_node, others))
        if not (is_said_of or is_lone or is_generic):
            return None
        _, _, rest = self._tree.text(node).partition("\n")
        if names_the_same or (is_generic and not found.before):
            return LinkBelow(place, found.url, "\n".join(filter(None, [found.body, rest])))
        return LinkBelow(place, found.url, self._tree.text(node))

    def _is_among(self, heading: Heading) -> bool:
        """Headings of its level are entries."""
        return heading.level in self._linked_levels

    def _may_lead(self, node: SyntaxTreeNode) -> bool:
        if self._tree.holds_entries(node):
            return True
        found = self._line_of(node)
        return found is not None and self._is_generic(found)

    def _is_generic_node(self, node: SyntaxTreeNode) -> bool:
        found = self._line_of(node)
        return found is not None and (self._is_generic(found) or _leads_on(found))

    def _is_generic(self, found: EntryLine) -> bool:
        return _key(found) in self._generic

    def _line_of(self, node: SyntaxTreeNode) -> EntryLine | None:
        """Of a paragraph, the first line if it is a link; None for a list."""
        return self._tree.first_line(node) if node.type == "paragraph" else None

    def _is_above_deeper_heading(self, heading: Heading, at: int) -> bool:
        following = self._tree.at(at + 1)
        return (
            following is not None
            and following.type == "heading"
            and int(following.tag[1]) > heading.level
        )

    def _is_above_list(self, heading: Heading) -> bool:
        """Each of several linked headings of its level is right above a list of links."""
        return self._below_linked.get(heading.level, []).count(True) > 1 and all(
            self._below_linked[heading.level]
        )

    def _has_prose(self, at: int) -> bool:
        return any(node.type != "hr" for node in self._tree.until_heading(at))


def _lists_below_linked(tree: MarkdownTree) -> dict[int, list[bool]]:
    """By level, for each heading that is a link, whether a list of links is all that follows it."""
    found: dict[int, list[bool]] = defaultdict(list)
    for at, node in enumerate(tree.nodes):
        heading = tree.heading(node) if node.type == "heading" else None
        if heading and names_entry(heading):
            below = [other for other in tree.until_heading(at) if other.type != "hr"]
            is_list = len(below) == 1 and below[0].type in LISTS
            found[heading.level].append(is_list and tree.is_list_of_links(below[0]))
    return found


def _generic_labels(tree: MarkdownTree) -> set[str]:
    """Labels that name no entry, as they stand under several headings, once under most."""
    under: dict[str, list[int]] = defaultdict(list)
    heading = 0
    for node in tree.nodes:
        heading += node.type == "heading"
        found = tree.first_line(node) if node.type == "paragraph" else None
        if found and heading:
            under[_key(found)].append(heading)
    return {
        key
        for key, places in under.items()
        if key and len(set(places)) > 1 and 4 * len(set(places)) >= 3 * len(places)
    }


def _key(found: EntryLine) -> str:
    is_address = bool(found.before) and is_written_as_address(found.label, found.url)
    key = found.before if is_address or _leads_on(found) else found.label
    return key.strip("*_ ").casefold() if len(key) <= LONGEST_GENERIC_LABEL else ""


def _leads_on(found: EntryLine) -> bool:
    return found.before.rstrip("*_ ").endswith((":", "："))
