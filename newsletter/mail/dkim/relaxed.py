"""The relaxed forms of headers and bodies that DKIM signs [RFC 6376 3.4.2, 3.4.4]."""

from __future__ import annotations

import re

_WHITE_RUN = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 3.4.4."""
    body = relaxed_lines(body).removesuffix(b" ").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def relaxed_lines(lines: bytes) -> bytes:
    """As `relaxed_body` for some whole lines; keeps blank lines at the end."""
    if b"\t" in lines:
        lines = lines.replace(b"\t", b" ")
    while b"  " in lines:
        lines = lines.replace(b"  ", b" ")
    return lines.replace(b" \r\n", b"\r\n")


def relaxed_header(header: bytes) -> bytes:
    """RFC 6376 3.4.2; `header` is one field, folded or not, with or without its CRLF."""
    name, _, value = header.partition(b":")
    if b"\r\n" in value[:-2]:
        value = _FOLD.sub(b"", value)
    if b"  " in value or b"\t" in value:
        value = _WHITE_RUN.sub(b" ", value)
    return name.strip().lower() + b":" + value.strip(b" \t\r\n") + b"\r\n"
