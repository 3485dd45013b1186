"""What stands within a line of reStructuredText, as Markdown."""

from __future__ import annotations

import re

from docutils import nodes

from newsletter.reading.digests.block_markdown import address, inline_literal

_MARKS: dict[type, str] = {
    nodes.emphasis: "*",
    nodes.title_reference: "*",
    nodes.strong: "**",
}


def inline_markdown(node: nodes.Node) -> str:
    """Of all that is within `node`."""
    return "".join(map(_written, node.children))


def picture(node: nodes.image) -> str:
    alt = inline_literal(" ".join(str(node.get("alt", "")).split()))
    return f"![{alt}](<{address(str(node['uri']))}>)"


def _written(node: nodes.Node) -> str:  # noqa: PLR0911  one for each kind
    if isinstance(node, nodes.Text):
        return inline_literal(node.astext())
    if isinstance(node, nodes.image):
        return picture(node)
    if isinstance(node, nodes.reference):
        return _link(node)
    if isinstance(node, nodes.footnote_reference | nodes.citation_reference):
        return f"[^{node.astext()}]"
    if isinstance(node, nodes.literal | nodes.math):
        return _code(node.astext())
    if isinstance(node, nodes.system_message | nodes.target | nodes.generated):
        return ""
    return _emphasised(inline_markdown(node), _MARKS.get(type(node), ""))


def _link(node: nodes.reference) -> str:
    text, url = inline_markdown(node), str(node.get("refuri", ""))
    if not url:
        return text
    if node.astext() in (url, url.removeprefix("mailto:")):
        return f"<{address(node.astext())}>"
    return f"[{text}](<{address(url)}>)"


def _code(text: str) -> str:
    runs = re.findall("`+", text)
    mark = "`" * (max(map(len, runs), default=0) + 1)
    space = " " if runs else ""
    return f"{mark}{space}{text}{space}{mark}"


def _emphasised(text: str, mark: str) -> str:
    return f"{mark}{text.strip()}{mark}" if mark and text.strip() else text
