"""The tree that docutils makes of reStructuredText, written as Markdown. Imported only when there
is some: docutils is large.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives

from newsletter.domain.issues.digests import Block, BlockKind, Unplaced
from newsletter.reading.digests.block_markdown import blocks_to_markdown, literal_starts
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.front_matter import write_front_matter
from newsletter.reading.digests.rst_inline import inline_markdown, picture

Line = tuple[str, int]
"""Of Markdown, and the line of the input that it is made of."""

_SETTINGS = {
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 2,
    "warning_stream": False,
    "syntax_highlight": "none",
}
_ERROR = 3
_META = re.compile(r"([A-Za-z][\w-]{0,40}):[ \t]+(\S.*)")


class _NotTaken(Directive):
    """docutils keeps roles for all documents to come: none may be defined."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        source = nodes.literal_block(self.block_text, self.block_text)
        message = f'"{self.name}" means nothing in a digest.'
        return [self.state_machine.reporter.warning(message, source, line=self.lineno)]


for _name in ("role", "default-role"):
    directives.register_directive(_name, _NotTaken)


def convert(text: str, longest_line: int) -> Converted:
    settings = {**_SETTINGS, "line_length_limit": longest_line}
    writer = _Writer(publish_doctree(text, settings_overrides=settings), text)
    body = writer.written()
    head = write_front_matter(writer.head)
    lines = [(line, 1) for line in head.split("\n") if head] + body
    return Converted(
        "\n".join(line for line, _ in lines),
        lines=tuple(number for _, number in lines),
        dropped=tuple(writer.dropped),
    )


class _Writer:
    """`head` and `dropped` are complete once `written` has been called."""

    def __init__(self, document: nodes.document, text: str) -> None:
        self._document = document
        self.head: dict[str, str] = {}
        self.dropped: list[Unplaced] = []
        self._line = 1
        self._has_begun = False
        self._titles: dict[str, list[int]] = {}
        for number, line in enumerate(text.split("\n"), 1):
            self._titles.setdefault(line.strip(), []).append(number)

    def written(self) -> list[Line]:
        sections = [one for one in self._document.children if isinstance(one, nodes.section)]
        # A lone section is the digest, and its title that of the digest.
        return self._blocks(self._document.children, 1 if len(sections) == 1 else 2)

    def _blocks(self, children: Sequence[nodes.Node], level: int) -> list[Line]:
        lines: list[Line] = []
        for child in children:
            block = self._block(child, level)
            if block:
                lines += [("", lines[-1][1]), *block] if lines else block
        return lines

    def _block(self, node: nodes.Node, level: int) -> list[Line]:
        self._line = getattr(node, "line", None) or self._line
        if not isinstance(node, nodes.section | nodes.title | nodes.comment | nodes.field_list):
            self._has_begun = True
        write: Callable[[Any, int], list[Line]] | None = getattr(
            self, f"write_{type(node).__name__}", None
        )
        if write is not None:
            return write(node, level)
        if isinstance(node, nodes.Admonition):
            return self._named(type(node).__name__.capitalize(), node.children, level)
        if isinstance(node, nodes.TextElement):
            return self._paragraph(node, level)
        return self._blocks(node.children, level)

    # Text

    def _paragraph(self, node: nodes.Node, _level: int) -> list[Line]:
        return self._numbered(literal_starts(inline_markdown(node).strip()))

    def _numbered(self, markdown: str) -> list[Line]:
        lines = markdown.split("\n") if markdown else []
        return [(line, self._line + at) for at, line in enumerate(lines)]

    def write_section(self, node: nodes.section, level: int) -> list[Line]:
        title, *others = node.children
        source = title.rawsource if isinstance(title, nodes.Element) else ""
        found = self._titles.get(source.strip())
        self._line = found.pop(0) if found else self._line
        words = " ".join(inline_markdown(title).split())
        heading = [(f"{'#' * min(level, 6)} {words}", self._line)]
        below = self._blocks(others, level + 1)
        return [*heading, ("", self._line), *below] if below else heading

    def write_literal_block(self, node: nodes.Element, _level: int) -> list[Line]:
        _, *languages = node.get("classes", []) or [""]
        block = Block(BlockKind.CODE, node.astext(), language=" ".join(languages[:1]))
        return self._numbered(blocks_to_markdown([block]))

    write_doctest_block = write_math_block = write_literal_block

    def write_line_block(self, node: nodes.Element, _level: int) -> list[Line]:
        lines = [inline_markdown(line) for line in node.findall(nodes.line)]
        return self._numbered(literal_starts("\\\n".join(filter(None, lines))))

    def write_block_quote(self, node: nodes.Node, level: int) -> list[Line]:
        return [(f"> {line}".rstrip(), at) for line, at in self._blocks(node.children, level)]

    def write_attribution(self, node: nodes.Node, _level: int) -> list[Line]:
        return self._numbered(f"— {inline_markdown(node)}")

    def write_rubric(self, node: nodes.Node, _level: int) -> list[Line]:
        return self._numbered(f"**{' '.join(inline_markdown(node).split())}**")

    def write_image(self, node: nodes.image, _level: int) -> list[Line]:
        return self._numbered(picture(node))

    def write_caption(self, node: nodes.Node, _level: int) -> list[Line]:
        return self._numbered(f"*{' '.join(inline_markdown(node).split())}*")

    def write_reference(self, node: nodes.reference, _level: int) -> list[Line]:
        holder = nodes.paragraph("", "", node.deepcopy())
        return self._numbered(inline_markdown(holder))

    def write_transition(self, _node: nodes.Node, _level: int) -> list[Line]:
        return [("***", self._line)]

    # Lists

    def write_bullet_list(self, node: nodes.Element, level: int) -> list[Line]:
        return self._list(("- " for _ in node.children), node, level)

    def write_enumerated_list(self, node: nodes.Element, level: int) -> list[Line]:
        start = int(node.get("start", 1))
        return self._list((f"{start + at}. " for at in range(len(node.children))), node, level)

    def _list(self, marks: Iterator[str], node: nodes.Element, level: int) -> list[Line]:
        pairs = zip(marks, node.children, strict=False)
        return [line for mark, item in pairs for line in self._item(mark, item.children, level)]

    def _item(self, mark: str, children: Sequence[nodes.Node], level: int) -> list[Line]:
        lines = self._blocks(children, level) or [("", self._line)]
        return _indented(lines, mark, " " * len(mark))

    def write_definition_list(self, node: nodes.Element, level: int) -> list[Line]:
        """A term is the first line of an item, so that a linked one is an entry."""
        lines: list[Line] = []
        for item in node.children:
            term = " ".join(inline_markdown(one) for one in item.children[:-1])
            is_linked = any(True for _ in item.findall(nodes.reference))
            named = term if is_linked else f"**{term}**"
            self._line = getattr(item, "line", None) or self._line
            below = self._blocks(item.children[-1].children, level)
            block = [(named, self._line), ("", self._line), *below]
            lines += _indented(block, "- ", "  ")
        return lines

    def write_field_list(self, node: nodes.Element, level: int) -> list[Line]:
        """Those before any text are the head of the digest."""
        pairs = [(field.children[0].astext(), field.children[1]) for field in node.children]
        if not self._has_begun:
            self.head |= {name: " ".join(body.astext().split()) for name, body in pairs}
            return []
        named = [self._named(name, body.children, level) for name, body in pairs]
        return [line for block in named for line in _indented(block, "- ", "  ")]

    def write_footnote(self, node: nodes.Element, level: int) -> list[Line]:
        label, *others = node.children
        lines = self._blocks(others, level) or [("", self._line)]
        return _indented(lines, f"[^{label.astext()}]: ", "    ")

    write_citation = write_footnote

    # What is marked by a name

    def _named(self, name: str, children: Sequence[nodes.Node], level: int) -> list[Line]:
        below = self._blocks(children, level)
        if children and isinstance(children[0], nodes.paragraph) and below:
            return [(f"**{name}:** {below[0][0]}", below[0][1]), *below[1:]]
        return [(f"**{name}**", self._line), ("", self._line), *below]

    def write_topic(self, node: nodes.Element, level: int) -> list[Line]:
        """A table of contents says what the titles say."""
        if "contents" in node.get("classes", []):
            return []
        title, *others = node.children
        is_titled = isinstance(title, nodes.title)
        heading = self.write_rubric(title, level) if is_titled else self._block(title, level)
        below = self._blocks(others, level)
        return [*heading, ("", self._line), *below] if below else heading

    write_sidebar = write_admonition = write_topic

    # Tables

    def write_table(self, node: nodes.Element, level: int) -> list[Line]:
        titles = [
            line for one in node.findall(nodes.title) for line in self.write_rubric(one, level)
        ]
        rows = [[_cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        if not any(True for _ in node.findall(nodes.thead)):
            rows.insert(0, ["" for _ in rows[0]])
        width = max(map(len, rows))
        rows.insert(1, ["---"] * width)
        lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
        return [*titles, *([("", self._line)] if titles else []), *self._numbered("\n".join(lines))]

    # What is not shown

    def write_comment(self, node: nodes.Node, _level: int) -> list[Line]:
        """`.. title: …` before any text is the head."""
        found = [_META.fullmatch(line.strip()) for line in node.astext().split("\n")]
        if not self._has_begun and found and all(found):
            self.head |= {one[1]: one[2].strip() for one in found if one}
        elif node.astext().strip():
            self.dropped.append(Unplaced(self._line, f".. {node.astext()}"))
        return []

    def write_system_message(self, node: nodes.Element, _level: int) -> list[Line]:
        """A warning of a text tells nothing; that of a directive, that it is left out."""
        why, *source = (child.astext() for child in node.children)
        if node["level"] >= _ERROR or (source and source[0].startswith("..")):
            line = int(node.get("line", self._line))
            self.dropped.append(Unplaced(line, source[0] if source else why, why))
        return []

    def write_target(self, _node: nodes.Node, _level: int) -> list[Line]:
        return []

    write_substitution_definition = write_decoration = write_meta = write_pending = write_target


def _indented(lines: Sequence[Line], first: str, others: str) -> list[Line]:
    return [
        ((first if at == 0 else others) + line if line or at == 0 else "", number)
        for at, (line, number) in enumerate(lines)
    ]


def _cell(entry: nodes.Node) -> str:
    texts = [inline_markdown(one) for one in entry.findall(nodes.TextElement) if _is_block(one)]
    return " ".join(" ".join(texts).split()).replace("|", "\\|")


def _is_block(node: nodes.Node) -> bool:
    return not isinstance(node, nodes.Inline)
