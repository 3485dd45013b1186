"""The archive as an Atom feed (RFC 4287): the newest issues, with their pages to read them on."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from newsletter.urls import archive_url, edition_url, feed_url
from newsletter.usecases.archive.read_archive import Archive, ArchiveLine

ATOM = "http://www.w3.org/2005/Atom"
NOBODY_KNOWS = "1970-01-01"
"""Of an archive without a dated issue: an Atom feed must say when it changed."""


def atom_feed(archive: Archive, public_url: str) -> bytes:
    """Issues whose day nobody knows are left out: a reader would show them as new."""
    profile = archive.profile
    dated = [line for line in archive.lines if line.day]
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": profile.language})
    _add(feed, "title", profile.name)
    if profile.description:
        _add(feed, "subtitle", profile.description)
    _add(feed, "id", feed_url(public_url, profile.slug))
    SubElement(feed, "link", rel="self", href=feed_url(public_url, profile.slug))
    SubElement(feed, "link", rel="alternate", href=archive_url(public_url, profile.slug))
    newest = max((line.day.isoformat() for line in dated if line.day), default=NOBODY_KNOWS)
    _add(feed, "updated", f"{newest}T00:00:00Z")
    _add(SubElement(feed, "author"), "name", profile.sender_name or profile.name)
    for line in dated:
        _add_issue(feed, line, edition_url(public_url, profile.slug, line.number))
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add_issue(feed: Element, line: ArchiveLine, url: str) -> None:
    entry = SubElement(feed, "entry")
    _add(entry, "title", line.title)
    _add(entry, "id", url)
    SubElement(entry, "link", rel="alternate", type="text/html", href=url)
    _add(entry, "updated", f"{line.day}T00:00:00Z")


def _add(parent: Element, name: str, text: str) -> None:
    """XML has no place for control characters."""
    SubElement(parent, name).text = "".join(c if c.isprintable() else " " for c in text)
