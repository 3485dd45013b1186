"""Complete messages as bytes, not yet signed: headers and parts joined, nothing parsed or built."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.rendering.edition import RenderedEdition, new_boundary
from newsletter.rendering.headers import (
    header,
    mailbox,
    personal_subject,
    phrase,
    unstructured,
    url_header,
    wire_address,
)
from newsletter.rendering.notices import Notice
from newsletter.rendering.personal import ReaderValues, shown_value
from newsletter.rendering.quoted_printable import encode_piece

MAX_LIST_ID = 255


def build_issue_message(  # noqa: PLR0913  what a message is made of
    edition: RenderedEdition,
    profile: NewsletterProfile,
    values: ReaderValues,
    *,
    message_id: str,
    date: datetime,
    one_click_url: str,
    archive_url: str,
    help_url: str,
    list_domain: str,
    feedback_id: str,
    subject_prefix: str = "",
) -> bytes:
    """One reader's copy. Raises InvalidInput, with the field, for a value that no header takes."""
    line = edition.subject_line
    shared = _shared_headers(
        profile.name,
        profile.sender_name,
        profile.sender_address,
        profile.reply_to,
        profile.list_label,
        "" if line.slots else f"{subject_prefix} {edition.subject}",
        date,
        archive_url,
        help_url,
        list_domain,
        feedback_id,
    )
    own = (
        # A name that came in by import must not cost its reader the copy: it is cleaned instead.
        header("To", mailbox(shown_value(values.name), values.address, field="To"))
        + header("Message-ID", message_id)
        + url_header("List-Unsubscribe", one_click_url)
        + (personal_subject(f"{subject_prefix} {line.fill(values)}") if line.slots else b"")
    )
    boundary = edition.boundary
    text, html = edition.pieces(values)
    return b"".join(
        [shared, own, _before_text(boundary), *text, _before_html(boundary), *html, _end(boundary)]
    )


def build_notice_message(  # noqa: PLR0913
    notice: Notice,
    *,
    from_name: str,
    from_address: str,
    to_address: str,
    message_id: str,
    date: datetime,
    one_click_url: str = "",
) -> bytes:
    """A confirmation or a sign-in link: the same bytes whenever it is built again."""
    boundary = new_boundary(hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return b"".join(
        (
            header("Date", format_datetime(date)),
            header("From", mailbox(from_name, from_address, field="From")),
            header("To", wire_address(to_address, "To")),
            unstructured("Subject", notice.subject),
            header("Message-ID", message_id),
            header("Auto-Submitted", "auto-generated"),
            _one_click(one_click_url) if one_click_url else b"",
            _before_text(boundary),
            encode_piece(notice.text),
            _before_html(boundary),
            encode_piece(notice.html),
            _end(boundary),
        )
    )


@lru_cache(maxsize=64)
def _shared_headers(  # noqa: PLR0913, PLR0917  hashable, for the cache
    list_name: str,
    sender_name: str,
    sender_address: str,
    reply_to: str,
    list_label: str,
    subject: str,
    date: datetime,
    archive_url: str,
    help_url: str,
    list_domain: str,
    feedback_id: str,
) -> bytes:
    """Of an edition, the same in all copies."""
    sender = wire_address(sender_address, "From")
    return b"".join(
        (
            header("Date", format_datetime(date)),
            header("From", mailbox(sender_name or list_name, sender_address, field="From")),
            header("Reply-To", wire_address(reply_to, "Reply-To")) if reply_to else b"",
            unstructured("Subject", subject) if subject else b"",
            header("List-Id", _list_id(list_name, list_label, list_domain)),
            header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            url_header("List-Help", help_url),
            url_header("List-Archive", archive_url),
            header("List-Post", "NO"),
            header("List-Owner", f"<mailto:{quote(sender, safe='@+')}>"),
            header("Precedence", "bulk"),
            header("Feedback-ID", _ascii(feedback_id, "Feedback-ID")),
        )
    )


def _one_click(url: str) -> bytes:
    post = header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    return url_header("List-Unsubscribe", url) + post


def _list_id(name: str, label: str, domain: str) -> str:
    """`Name <label.domain>`, at most 255 [RFC 2919]: of a long name the end is left out."""
    identifier = f"<{_ascii(label, 'List-Id')}.{_ascii(domain, 'List-Id')}>"
    if any(character in identifier for character in ' "@,;') or len(identifier) > MAX_LIST_ID:
        raise InvalidInput(
            f"“{label[:80]}” can't be the label of a list.",
            advice="Use letters, digits and hyphens.",
            field="List-Id",
        )
    shown = " ".join(name.split())
    while shown and len(phrase(shown)) + 1 + len(identifier) > MAX_LIST_ID:
        shown = shown[:-1].rstrip()
    return f"{phrase(shown)} {identifier}".lstrip()


def _ascii(value: str, field: str) -> str:
    if not value.isascii():
        raise InvalidInput(f"{field} takes ASCII letters only.", field=field)
    return value


def _before_text(boundary: str) -> bytes:
    return (
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative;\r\n"
        f' boundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\n{_part_headers('plain')}"
    ).encode()


def _before_html(boundary: str) -> bytes:
    return f"\r\n--{boundary}\r\n{_part_headers('html')}".encode()


def _end(boundary: str) -> bytes:
    return f"\r\n--{boundary}--\r\n".encode()


def _part_headers(subtype: str) -> str:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
    )
