"""DKIM signatures [RFC 6376], relaxed/relaxed, by RSA [RFC 8301] or Ed25519 [RFC 8463].

On `cryptography` alone: a tenth of a millisecond or three, where dkimpy takes ten. No `l=`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import InvalidInput
from newsletter.mail.dkim.keys import DkimKey, load_dkim_key
from newsletter.mail.dkim.relaxed import relaxed_body, relaxed_header
from newsletter.mail.dkim.shared_copies import HeadLayout, SharedBody, SharedHead

__all__ = ["DkimKey", "MessageSigner", "author_domain", "load_dkim_key", "relaxed_body", "sign"]

SIGNED_HEADERS = (
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-help",
    "list-subscribe",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-post",
    "list-owner",
    "list-archive",
    "precedence",
    "feedback-id",
    "auto-submitted",
)
"""Each is signed once more than it occurs, so that none can be added."""

_LINE_LENGTH = 72
_DIGEST_TO_COME = "#" * 44
_SHARED_PREFIX_BYTES = 300
"""Copies of an edition have these first bytes in common, other messages do not."""
_CACHED_KINDS = 8


class MessageSigner:
    """Signs with all its keys. Caches what the copies of an edition have in common."""

    def __init__(self, keys: Sequence[DkimKey], domain: str = "") -> None:
        """`domain` "" signs for the domain in From."""
        self.keys = tuple(keys)
        self._domain = domain
        self._kinds: OrderedDict[bytes, _Kind | None] = OrderedDict()

    def sign(self, message: bytes, now: datetime) -> bytes:
        """The DKIM-Signature headers to put in front of `message`, complete and with CRLF."""
        if not self.keys:
            return b""
        kind = self._kind_of(message)
        layout = kind.head.layout if kind else None
        parsed = layout.parse(message) if layout else None
        if kind is None or layout is None or parsed is None:
            if kind is not None:
                kind.head.learn(_header_fields(_split(message)[0]))
            return self._sign_alone(message, now)
        signed, body_at = parsed
        body_hash = kind.body.digest(message, body_at)
        made = [_signature(key, one, signed, body_hash) for key, one in kind.unsigned(layout, now)]
        return made[0] if len(made) == 1 else b"".join(made)

    def _kind_of(self, message: bytes) -> _Kind | None:
        """None for the first message of its kind: most kinds have only one."""
        start = message[:_SHARED_PREFIX_BYTES]
        kind = self._kinds.get(start)
        if kind is not None:
            return kind
        if start in self._kinds:
            kind = self._kinds[start] = self._new_kind(message)
            return kind
        self._kinds[start] = None
        while len(self._kinds) > _CACHED_KINDS:
            self._kinds.popitem(last=False)
        return None

    def _new_kind(self, message: bytes) -> _Kind | None:
        fields = _header_fields(_split(message)[0])
        if any(len(found) > 1 for found in fields.values()):
            return None
        head = SharedHead(fields, SIGNED_HEADERS)
        return _Kind(head, self.keys, self._domain or author_domain(message))

    def _sign_alone(self, message: bytes, now: datetime) -> bytes:
        head, body = _split(message)
        fields = _header_fields(head)
        names = _names(fields)
        domain = self._domain or author_domain(message)
        signed = b"".join(map(relaxed_header, _chosen(fields, names)))
        body_hash = hashlib.sha256(relaxed_body(body)).digest()
        return b"".join(
            _signature(key, _unsigned(key, domain, names, now), signed, body_hash)
            for key in self.keys
        )


def sign(message: bytes, key: DkimKey, domain: str, now: datetime) -> bytes:
    """`message`, complete and with CRLF, with a DKIM-Signature in front.

    Signing again with another key puts a second signature beside the first.
    """
    return MessageSigner([key], domain).sign(message, now) + message


def author_domain(message: bytes) -> str:
    """The domain in From, "" if there is none: the one that a signature should align with.

    Not that of the envelope sender, which may be BOUNCE_DOMAIN [RFC 7489 3.1].
    """
    fields = _header_fields(message.partition(b"\r\n\r\n")[0])
    value = relaxed_header(fields.get("from", [b""])[0]).partition(b":")[2]
    _, address = parseaddr(value.decode("utf-8", "replace"))
    return address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class _Unsigned:
    """A DKIM-Signature up to `b=`, and its relaxed form. The body hash goes in between."""

    before: bytes
    after: bytes
    relaxed_before: bytes
    relaxed_after: bytes


@dataclass(slots=True)
class _Kind:
    """What messages with the same beginning have in common."""

    head: SharedHead
    keys: tuple[DkimKey, ...]
    domain: str
    body: SharedBody = field(default_factory=SharedBody)
    _made: tuple[HeadLayout, int, tuple[tuple[DkimKey, _Unsigned], ...]] | None = None

    def unsigned(self, layout: HeadLayout, now: datetime) -> tuple[tuple[DkimKey, _Unsigned], ...]:
        """For each key. Made once a second, because they contain the time."""
        second = int(now.timestamp())
        made = self._made
        if made is None or made[0] is not layout or made[1] != second:
            # Each once more than it occurs, so that none can be added.
            names = [*layout.names, *SIGNED_HEADERS]
            by_key = ((key, _unsigned(key, self.domain, names, now)) for key in self.keys)
            made = self._made = (layout, second, tuple(by_key))
        return made[2]


def _split(message: bytes) -> tuple[bytes, bytes]:
    head, separator, body = message.partition(b"\r\n\r\n")
    if not separator:
        raise InvalidInput("A message must have an end of headers to be signed.")
    return head, body


def _header_fields(head: bytes) -> dict[str, list[bytes]]:
    """Whole fields by name in lower case, in order."""
    fields: dict[str, list[bytes]] = {}
    for header in re.split(rb"\r\n(?![ \t])", head):
        name = header.partition(b":")[0].strip().lower().decode("ascii", "replace")
        if name:
            fields.setdefault(name, []).append(header)
    return fields


def _names(fields: dict[str, list[bytes]]) -> list[str]:
    return [name for name in SIGNED_HEADERS for _ in range(len(fields.get(name, ())) + 1)]


def _chosen(fields: dict[str, list[bytes]], names: list[str]) -> list[bytes]:
    """Fields in the order of `names`, the last of a name first [RFC 6376 5.4.2]."""
    left = {name: list(fields.get(name, ())) for name in names}
    return [left[name].pop() for name in names if left[name]]


def _unsigned(key: DkimKey, domain: str, names: list[str], now: datetime) -> _Unsigned:
    tags = {
        "v": "1",
        "a": key.algorithm,
        "c": "relaxed/relaxed",
        "d": ascii_domain(domain),
        "s": key.selector,
        "t": str(int(now.timestamp())),
        "bh": _DIGEST_TO_COME,
    }
    header = _signature_header(tags, names)
    before, _, after = header.partition(_DIGEST_TO_COME.encode())
    relaxed = relaxed_header(header).removesuffix(b"\r\n")
    relaxed_before, _, relaxed_after = relaxed.partition(_DIGEST_TO_COME.encode())
    return _Unsigned(before, after, relaxed_before, relaxed_after)


def _signature(key: DkimKey, unsigned: _Unsigned, signed: bytes, body_hash: bytes) -> bytes:
    hashed = base64.b64encode(body_hash)
    own = unsigned.relaxed_before + hashed + unsigned.relaxed_after
    signature = key.signature_of(signed + own)
    return b"".join(
        (unsigned.before, hashed, unsigned.after, _folded_base64(signature), b"\r\n"),
    )


def _signature_header(tags: dict[str, str], names: list[str]) -> bytes:
    """Up to `b=`, without its value; folded, so that no server has to fold it."""
    text = "DKIM-Signature: " + " ".join(f"{tag}={value};" for tag, value in tags.items())
    words = [*text.split(" "), *f"h={':'.join(names)};".replace(":", ": ").split(" "), "b="]
    lines, line = [], ""
    for word in words:
        separator = "" if line.endswith(":") and not line.startswith("DKIM") else " "
        if line and len(line) + 1 + len(word) > _LINE_LENGTH:
            lines.append(line)
            line = f"\t{word}"
        else:
            line = f"{line}{separator}{word}" if line else word
    return "\r\n".join([*lines, line]).encode()


def _folded_base64(signature: bytes) -> bytes:
    text = base64.b64encode(signature)
    pieces = [text[i : i + _LINE_LENGTH] for i in range(0, len(text), _LINE_LENGTH)]
    return b"\r\n\t" + b"\r\n\t".join(pieces)
