"""Complete messages as bytes, not yet signed: headers and parts joined, nothing parsed or built."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.edition.edition import RenderedEdition, new_boundary
from newsletter.rendering.edition.notices import Notice
from newsletter.rendering.message.headers import (
    header,
    mailbox,
    personal_subject,
    personal_to,
    phrase,
    unstructured,
    unsubscribe_header,
    url_header,
    wire_address,
)
from newsletter.rendering.parts.personal import ReaderValues, shown_value
from newsletter.rendering.parts.quoted_printable import encode_piece

MAX_LIST_ID = 255


class IssueMessages:
    """The copies of one edition; what is the same in all of them is put together once."""

    def __init__(  # noqa: PLR0913  what a message is made of
        self,
        edition: RenderedEdition,
        profile: NewsletterProfile,
        *,
        date: datetime,
        archive_url: str,
        help_url: str,
        list_domain: str,
        feedback_id: str,
        subject_prefix: str = "",
    ) -> None:
        """Raises InvalidInput, with the field, for a value that no header takes."""
        self._edition = edition
        self._line = edition.subject_line
        self._prefix = subject_prefix
        self._shared = _shared_headers(
            profile,
            "" if self._line.slots else f"{subject_prefix} {edition.subject}",
            date,
            archive_url,
            help_url,
            list_domain,
            feedback_id,
        )
        boundary = edition.boundary
        self._before_text = _before_text(boundary, edition.text_part.encoding)
        self._before_html = _before_html(boundary, edition.html_part.encoding)
        self._end = _end(boundary)

    def copy(
        self, values: ReaderValues, message_id: str, one_click_url: str, mail_to: str = ""
    ) -> bytes:
        """One reader's. `mail_to` takes unsubscribe requests. Raises InvalidInput as well."""
        text, html = self._edition.pieces(values)
        pieces = [
            self._shared,
            # A name that came in by import must not cost its reader the copy: it is cleaned.
            personal_to(shown_value(values.name), values.address),
            header("Message-ID", message_id),
            unsubscribe_header(one_click_url, mail_to),
        ]
        if self._line.slots:
            pieces.append(personal_subject(f"{self._prefix} {self._line.fill(values)}"))
        pieces.append(self._before_text)
        pieces += text
        pieces.append(self._before_html)
        pieces += html
        pieces.append(self._end)
        return b"".join(pieces)


def build_notice_message(  # noqa: PLR0913
    notice: Notice,
    *,
    from_name: str,
    from_address: str,
    to_address: str,
    message_id: str,
    date: datetime,
    reply_to: str = "",
    one_click_url: str = "",
) -> bytes:
    """A confirmation or a sign-in link: the same bytes whenever it is built again."""
    boundary = new_boundary(hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return b"".join(
        (
            header("Date", format_datetime(date)),
            header("From", mailbox(from_name, from_address, field="From")),
            _reply_to(reply_to),
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


def _shared_headers(  # noqa: PLR0913, PLR0917  their contents
    profile: NewsletterProfile,
    subject: str,
    date: datetime,
    archive_url: str,
    help_url: str,
    list_domain: str,
    feedback_id: str,
) -> bytes:
    """The copies of an edition, which share most of their bytes."""
    sender = wire_address(profile.sender_address, "From")
    return b"".join(
        (
            header("Date", format_datetime(date)),
            header("From", _author(profile)),
            _reply_to(profile.reply_to),
            unstructured("Subject", subject) if subject else b"",
            header("List-Id", _list_id(profile.name, profile.list_label, list_domain)),
            header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            url_header("List-Help", help_url),
            url_header("List-Archive", archive_url),
            header("List-Post", "NO"),
            header("List-Owner", f"<mailto:{quote(sender, safe='@+')}>"),
            header("Precedence", "bulk"),
            header("Feedback-ID", _ascii(feedback_id, "Feedback-ID")),
        )
    )


def _author(profile: NewsletterProfile) -> str:
    return mailbox(profile.sender_name or profile.name, profile.sender_address, field="From")


def _reply_to(address: str) -> bytes:
    return header("Reply-To", wire_address(address, "Reply-To")) if address else b""


def _one_click(url: str) -> bytes:
    post = header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    return url_header("List-Unsubscribe", url) + post


def _list_id(name: str, label: str, domain: str) -> str:
    """`Name <label.domain>`, at most 255 [RFC 2919]: of a long name the end is left out."""
    identifier = f"<{_ascii(label, 'List-Id')}.{_ascii(domain, 'List-Id')}>"
    if any(character in identifier for character in ' "@,;') or len(identifier) > MAX_LIST_ID:
        raise InvalidInput(
            f"“{label[:80]}” is not a valid list label.",
            advice="Use letters, digits and hyphens.",
            field="List-Id",
        )
    shown = " ".join(name.split())
    while shown and len(phrase(shown)) + 1 + len(identifier) > MAX_LIST_ID:
        shown = shown[:-1].rstrip()
    return f"{phrase(shown)} {identifier}".lstrip()


def _ascii(value: str, field: str) -> str:
    if not value.isascii():
        raise InvalidInput(f"{field} can only contain ASCII letters.", field=field)
    return value


def _before_text(boundary: str, encoding: str = "quoted-printable") -> bytes:
    return (
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative;\r\n"
        f' boundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\n{_part_headers('plain', encoding)}"
    ).encode()


def _before_html(boundary: str, encoding: str = "quoted-printable") -> bytes:
    return f"\r\n--{boundary}\r\n{_part_headers('html', encoding)}".encode()


def _end(boundary: str) -> bytes:
    return f"\r\n--{boundary}--\r\n".encode()


def _part_headers(subtype: str, encoding: str) -> str:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
        "\r\n"
    )
