"""Links in OPML: outlines with addresses in them, and lists of feeds (opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from lxml import etree

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.feeds.feed import Feed, FeedItem, TextForm
from newsletter.reading.digests.feeds.texts import line_of, refuse_entities
from newsletter.reading.digests.inline_html import attributes

_ROOT = re.compile(r"<opml[\s>]")
_LOOKED_AT = 5_000
_ADDRESSES = ("url", "htmlUrl", "xmlUrl")
_LINK = re.compile(r"<a\s([^<>]{1,3000})>", re.IGNORECASE)


def read_outline(text: str) -> Feed | None:
    """None for a text of another form. Raises InvalidInput for broken XML.

    An outline that has others in it, and no address, is the section of those.
    """
    if not _ROOT.search(text[:_LOOKED_AT]):
        return None
    data = text.encode("utf-8", "replace")
    refuse_entities(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInput(
            f"The XML of this outline is broken: {error.msg}.",
            advice="Export it again, or paste the text instead.",
            field="digest",
        ) from None
    items = [_item(one, section) for one, section in _outlines(root)]
    return Feed(
        title=" ".join((root.findtext("head/title") or "").split()),
        items=tuple(item for item in items if item.title),
        date=_day(root.findtext("head/dateCreated") or root.findtext("head/dateModified") or ""),
    )


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """With the name of the nearest outline above that has no address."""
    for element in root.iter("outline"):
        if not len(element) or _address(element):
            above = element.getparent()
            while above is not None and above.tag == "outline" and _address(above):
                above = above.getparent()
            is_outline = above is not None and above.tag == "outline"
            yield element, _title(above) if above is not None and is_outline else ""


def _item(element: etree._Element, section: str) -> FeedItem:
    texts = [element.get("_note", ""), element.get("description", "")]
    return FeedItem(
        title=_title(element),
        url=_address(element),
        text="\n\n".join(filter(None, (text.strip() for text in texts))),
        form=TextForm.PLAIN,
        category=section,
    )


def _title(element: etree._Element) -> str:
    return line_of(element.get("title") or element.get("text", "")) or _address(element)


def _address(element: etree._Element) -> str:
    """Outliners write a link into the text of an outline."""
    given = next((element.get(name) for name in _ADDRESSES if element.get(name)), "")
    linked = _LINK.search(element.get("text", "")) if not given else None
    return str(given or (attributes(linked[1]).get("href", "") if linked else "")).strip()


def _day(text: str) -> str:
    """Dates are as in a mail's head."""
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except ValueError:
        return ""
