"""An issue as a digest in the Markdown form: what the parser reads back to the same issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.domain.issues.issue import EntryContent, IssueContent, Layout
from newsletter.reading.digests.authors import with_author
from newsletter.reading.digests.block_markdown import address, literal_line
from newsletter.reading.digests.code import closes_fence, opening_fence
from newsletter.reading.digests.front_matter import ENTRIES_ARE, HEADINGS, write_front_matter
from newsletter.reading.digests.sources import domain_of_url, read_source_line

_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["html_block", "inline"])
_LOWEST_OF_DIGEST = 3
NO_KEYS: Mapping[str, str] = MappingProxyType({})
_CLOSING = re.compile(r"(?<= )#+$")


def digest_markdown(
    content: IssueContent, *, newsletter: str = "", other_keys: Mapping[str, str] = NO_KEYS
) -> str:
    """`other_keys` is front matter that means nothing here. Headings within a body are moved below
    those of the entries; fences left open are closed.
    """
    pieces = [_front_matter(content, newsletter, other_keys), _body(content.intro)]
    for at, section in enumerate(content.sections):
        if section.title or at > 0:
            pieces.append(f"## {_title(section.title)}".rstrip())
        pieces.append(_body(section.intro))
        pieces.extend(piece for entry in section.entries for piece in _entry(entry))
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _front_matter(content: IssueContent, newsletter: str, other_keys: Mapping[str, str]) -> str:
    values = {
        "title": content.title,
        "subject": content.subject,
        "preheader": content.preheader,
        "number": "" if content.number is None else str(content.number),
        "date": content.issued_on.isoformat() if content.issued_on else "",
        "newsletter": newsletter,
        "author": content.author,
        **{
            layout.value: _sections_with(content, layout) for layout in (Layout.CARDS, Layout.LINES)
        },
    }
    said = {key: value for key, value in values.items() if value}
    others = {key: value for key, value in other_keys.items() if key not in values}
    return write_front_matter({**said, **others, ENTRIES_ARE: HEADINGS})


def _sections_with(content: IssueContent, layout: Layout) -> str:
    """Their places, counted from 1."""
    numbered = enumerate(content.sections, 1)
    return ", ".join(str(at) for at, section in numbered if section.layout is layout)


def _entry(entry: EntryContent) -> Iterator[str]:
    title = _title(entry.title)
    yield f"### [{title}]({_target(entry.url)})" if entry.url else f"### {title}"
    body = with_author(entry.author, _body(entry.body))
    first = body.partition("\n")[0]
    is_like_source = read_source_line(first) is not None
    domain = domain_of_url(entry.url)
    if entry.sources and (is_like_source or entry.sources != ((domain,) if domain else ())):
        yield " | ".join(entry.sources)
    elif is_like_source:
        body = body.replace(".", "\\.", 1)
    yield body


def _title(text: str) -> str:
    """`#` at the end would close the heading."""
    return _CLOSING.sub(r"\\\g<0>", literal_line(text))


def _target(url: str) -> str:
    written = address(url)
    return f"<{written}>" if "(" in url or ")" in url else written


def _body(markdown: str) -> str:
    """Nothing in it may be taken for the next entry."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip().split("\n")
    for token in reversed(_PARSER.parse("\n".join(lines))):
        if token.level == 0 and token.map:
            _make_safe(lines, token)
    return "\n".join(lines)


def _make_safe(lines: list[str], token: Token) -> None:
    start, end = token.map or [0, 0]
    if token.type == "heading_open" and int(token.tag[1]) <= _LOWEST_OF_DIGEST:
        words = lines[start].lstrip().lstrip("#") if token.markup.startswith("#") else ""
        text = words or " ".join(line.strip() for line in lines[start : end - 1])
        lines[start:end] = [f"#### {text.strip()}"]
    elif token.type == "fence" and not _is_closed(lines[start:end]):
        lines.insert(end, token.markup)


def _is_closed(lines: list[str]) -> bool:
    opened = opening_fence(lines[0])
    return len(lines) > 1 and opened is not None and closes_fence(lines[-1], opened[0])
