"""The size of an email, and the share of each entry, the styles and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.domain.checks.preflight import THE_MAIL, Finding, entry_label, error, warning
from newsletter.domain.issues.issue import IssueContent
from newsletter.rendering.edition.edition import HTML_BUDGET_BYTES, RenderedEdition
from newsletter.rendering.parts.base64_parts import Base64Part, encode_lines
from newsletter.rendering.parts.quoted_printable import encode_piece

STYLE_LIMIT_BYTES = 16_000
"""Gmail drops every `<style>` of a mail that has more."""

_ENTRY = re.compile(r'<[a-z0-9]+\b[^<>]*\bid="(entry-[\w-]+)"')
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)
_PREHEADER = re.compile(r'<div style="display:none;.*?</div>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Share:
    """`name` is for people; `encoded_bytes` as it is in the mail."""

    name: str
    encoded_bytes: int
    is_entry: bool = False


def shares_of(edition: RenderedEdition, content: IssueContent) -> list[Share]:
    """Of the public copy, in which every entry has its id. The largest first. Together they are
    about its size.
    """
    html = edition.html
    named = zip(content.entry_names, content.entries, strict=True)
    labels = {name: entry_label(at, entry.title) for at, (name, entry) in enumerate(named, 1)}
    encoded = _encoder(edition)
    shares = [
        Share("Styles", sum(encoded(found[0]) for found in _STYLE.finditer(html))),
        Share("Preview text", sum(encoded(found[0]) for found in _PREHEADER.finditer(html))),
    ]
    body = html[html.find("<body") :]
    for name, piece in _entries(body):
        shares.append(Share(labels.get(name, name), encoded(piece), is_entry=True))
    rest = edition.html_bytes - sum(share.encoded_bytes for share in shares)
    shares.append(Share("Everything else: header, introduction, contents, footer", max(rest, 0)))
    return sorted(shares, key=lambda share: -share.encoded_bytes)


def size_findings(edition: RenderedEdition, content: IssueContent) -> Iterator[Finding]:
    styles = sum(len(found[0].encode()) for found in _STYLE.finditer(edition.html))
    if styles > STYLE_LIMIT_BYTES:
        yield warning(
            "style-size",
            THE_MAIL,
            f"The styles take {styles:,} bytes. Above {STYLE_LIMIT_BYTES:,} Gmail drops them all.",
            "Shorten the style sheets of your own templates.",
        )
    if edition.is_over_budget:
        shares = shares_of(edition, content)
        most = ", ".join(f"{one.name}: {one.encoded_bytes / 1000:.1f} kB" for one in shares[:4])
        entries = sum(share.encoded_bytes for share in shares if share.is_entry)
        yield error(
            "size",
            THE_MAIL,
            f"It takes {edition.html_bytes / 1000:.1f} of {HTML_BUDGET_BYTES / 1000:.0f} kB. Gmail "
            "would cut it off, and with it the unsubscribe link.",
            f"Shorten it, or split it into two issues. Its {len(content.entries)} entries together "
            f"take {entries / 1000:.1f} kB. The largest parts are {most}.",
        )


def _entries(body: str) -> Iterator[tuple[str, str]]:
    """Each with its anchor; the last one ends where its table does."""
    starts = list(_ENTRY.finditer(body))
    for at, found in enumerate(starts):
        after = (
            starts[at + 1].start() if at + 1 < len(starts) else body.find("</table>", found.end())
        )
        yield found[1], body[found.start() : after if after > 0 else len(body)]


def _encoder(edition: RenderedEdition) -> Callable[[str], int]:
    """Counts the bytes of a piece of HTML in the encoding of the email."""
    if edition.html_part.encoding == Base64Part.encoding:
        return lambda text: len(encode_lines(text.encode()))
    return lambda text: len(encode_piece(text))
