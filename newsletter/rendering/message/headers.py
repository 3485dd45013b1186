"""Header fields as bytes: folded, encoded by RFC 2047 where need be, closed to injection."""

from __future__ import annotations

import base64
import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.parts.personal import require_web_url

FOLD_AT = 76
MAX_LINE = 998

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# As nearly all are: nothing in them to be quoted, encoded or refused.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_ENCODED_WORD_BYTES = 39  # 64 characters with =?utf-8?B??=: a line has at most 76 of them


def header(name: str, value: str) -> bytes:
    """The field with its CRLF, folded at blanks; raises InvalidInput for controls in `value`."""
    if value.isascii() and value.isprintable():
        length = len(name) + 2 + len(value)
        if length <= FOLD_AT or (" " not in value and length <= MAX_LINE):
            return f"{name}: {value}\r\n".encode()
    refuse_controls(name, value)
    lines: list[str] = []
    line = f"{name}:"
    for word in value.split(" "):
        if len(line) + 1 + len(word) > FOLD_AT and not line.endswith(":") and line.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    return _bytes_of(name, [*lines, line])


def url_header(name: str, url: str) -> bytes:
    """`<url>` on the line of its name, never encoded, never cut: readers of it trip over both."""
    return header(name, f"<{require_web_url(url, name)}>")


def unsubscribe_header(url: str, mail_to: str) -> bytes:
    """The URL first, and beside it an address where whatever is written to it asks to leave."""
    if not mail_to:
        return url_header("List-Unsubscribe", url)
    checked = require_web_url(url, "List-Unsubscribe")
    return f"List-Unsubscribe: <{checked}>,\r\n <mailto:{mail_to}?subject=unsubscribe>\r\n".encode()


def refuse_controls(name: str, value: str) -> None:
    if _CONTROLS.search(value):
        raise InvalidInput(
            f"{name} can't contain a line break or a control character.",
            advice="Write it on one line.",
            field=name,
        )


@lru_cache(maxsize=256)
def unstructured(name: str, text: str) -> bytes:
    """A header of free text, such as Subject."""
    return _unstructured(name, text)


def personal_to(name: str, address: str) -> bytes:
    """A reader's own: no two are alike, so they would only push others out of the cache."""
    if _PLAIN_NAME.fullmatch(name) and _PLAIN_ADDRESS.fullmatch(address):
        line = f"To: {name} <{address}>\r\n"
        if len(line) <= FOLD_AT:
            return line.encode()
    return header("To", mailbox(name, address, field="To"))


def personal_subject(text: str) -> bytes:
    """As `personal_to`."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable() and len(text) < FOLD_AT - 9 and "=?" not in text:
        return b"Subject: " + text.encode() + b"\r\n"
    return _unstructured("Subject", text)


def _unstructured(name: str, text: str) -> bytes:
    refuse_controls(name, text)
    text = " ".join(text.split())
    if _needs_encoding(text):
        text = encoded_words(text)
    return header(name, text)


def mailbox(name: str, address: str, *, field: str) -> str:
    """`name <address>`, or only the address. `field` is named in errors."""
    refuse_controls(field, name)
    shown = phrase(" ".join(name.split()))
    return f"{shown} <{wire_address(address, field)}>" if shown else wire_address(address, field)


@lru_cache(maxsize=1024)
def phrase(text: str) -> str:
    """A display name [RFC 5322 3.2.5]: atoms, a quoted string or encoded words."""
    if _needs_encoding(text):
        return encoded_words(text)
    if not text or _ATOMS.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def wire_address(address: str, field: str) -> str:
    """The address as it goes on the wire: its domain in A-labels; a local part may be UTF-8."""
    refuse_controls(field, address)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(c in address for c in ' ,;:<>()[]"\\'):
        raise InvalidInput(f"“{address[:80]}” is not an email address.", field=field)
    return address if domain.isascii() else f"{local}@{_a_labels(domain, field)}"


def encoded_words(text: str) -> str:
    """Words of at most 75 characters [RFC 2047 2], none cut inside a character."""
    chunks: list[bytes] = [b""]
    for character in text:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > _ENCODED_WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return " ".join(f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def _needs_encoding(text: str) -> bool:
    """Also ASCII that would read as encoded, or has a word too long to fold."""
    return (
        not text.isascii() or "=?" in text or any(len(word) > FOLD_AT - 10 for word in text.split())
    )


def _bytes_of(name: str, lines: list[str]) -> bytes:
    if any(len(line.encode()) > MAX_LINE for line in lines):
        raise InvalidInput(f"{name} is too long for an email.", advice="Shorten it.", field=name)
    return "\r\n".join([*lines, ""]).encode()


@lru_cache(maxsize=1024)
def _a_labels(domain: str, field: str) -> str:
    try:
        checked = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidInput(f"“{domain[:80]}” is not a domain.", field=field) from error
    return checked.ascii_domain
