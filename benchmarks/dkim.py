"""What a DKIM signature of a reader's copy takes beyond the bare signature of its key."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from benchmarks.results import finish, tell
from newsletter.mail.dkim.keys import ED25519, RSA, DkimKey, new_key
from newsletter.mail.dkim.signature import MessageSigner

SIZES = {11_000: 25, 60_000: 60}
"""Bytes of a copy, and the microseconds that it may take beside the bare signature."""
COPIES = 100
ROUND_LENGTH = 100
ROUNDS = 60
SIGNED_BYTES = 1_500
BLANK_SIGNATURE = bytes(256)


@dataclass(frozen=True)
class BlankKey:
    """Replaces a key and takes no time, to measure the work beside the signature."""

    selector: str = "s1"
    algorithm: str = "rsa-sha256"

    def signature_of(self, data: bytes) -> bytes:
        del data
        return BLANK_SIGNATURE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    is_json = parser.parse_args().json
    result: dict[str, Any] = {}
    for kind in (RSA, ED25519):
        tell(f"Bare signatures with {kind}")
        key = new_key(kind, "s1")
        data = bytes(SIGNED_BYTES)
        result[f"bare_{kind}_us"] = _best_us([data], key.signature_of)
    is_good = True
    for size, allowed_us in SIZES.items():
        tell(f"Copies of {size:,} bytes")
        copies = [a_copy(reader, size) for reader in range(COPIES)]
        beyond_us = sign_all_us(cast("DkimKey", BlankKey()), copies)
        result[f"beyond_{size}_us"] = beyond_us
        result[f"rsa_{size}_us"] = sign_all_us(new_key(RSA, "s1"), copies)
        result[f"ed25519_{size}_us"] = sign_all_us(new_key(ED25519, "s1"), copies)
        result[f"sha256_{size}_us"] = _best_us(copies, lambda copy: hashlib.sha256(copy).digest())
        is_good = is_good and beyond_us <= allowed_us
    return finish("dkim", result, is_json=is_json, is_good=is_good)


def sign_all_us(key: DkimKey, copies: list[bytes]) -> float:
    """Microseconds a copy, once the signer knows what they have in common."""
    signer, now = MessageSigner([key]), datetime.now(UTC)
    for copy in copies[:10]:
        signer.sign(copy, now)
    return _best_us(copies, lambda copy: signer.sign(copy, now))


def a_copy(reader: int, size: int) -> bytes:
    """As an issue's mail: two parts in quoted-printable, the reader's own lines in three places."""
    token = f"{reader:08d}Abcdefghijklmnopqrstuvwxyz"
    leave = f"https://news.example.org/u/{token}.Zyxwvutsrqponmlkjihgfedcba"
    head = (
        "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        "From: Ada Editor <ada@example.org>\r\n"
        "Subject: =?utf-8?q?On_slow_tools_=E2=80=93_and_what_they_teach?=\r\n"
        "List-Id: Field Notes <field-notes.news.example.org>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "List-Help: <https://news.example.org/n/field-notes>\r\n"
        "List-Archive: <https://news.example.org/n/field-notes/archive>\r\n"
        "List-Post: NO\r\n"
        "List-Owner: <mailto:ada@example.org>\r\n"
        "Precedence: bulk\r\n"
        "Feedback-ID: issue7:field-notes:newsletter:example.org\r\n"
        f"To: reader{reader}@example.net\r\n"
        f"Message-ID: <d7.{reader}.20261123090000000000@example.org>\r\n"
        f"List-Unsubscribe: <{leave}>\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative;\r\n boundary="=_b"\r\n\r\n'
    )
    part = "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    text = f"--=_b\r\n{part.format('plain')}\r\n{_lines(size // 5)}=\r\n{leave}=\r\n\r\n"
    opening = f"--=_b\r\n{part.format('html')}\r\n<p>Hello, reader {reader}=\r\n</p>\r\n"
    closing = f'<a href=3D"=\r\n{leave}=\r\n">Leave</a>\r\n\r\n--=_b--\r\n'
    rest = size - len(head) - len(text) - len(opening) - len(closing)
    return (head + text + opening + _lines(rest) + closing).encode()


def _lines(size: int) -> str:
    line = '<td style=3D"padding:0 8px" align=3D"left">Words of link number {:05d}</td>=\r\n'
    return "".join(line.format(number) for number in range(size // len(line.format(0))))


def _best_us(pieces: list[bytes], work: Callable[[bytes], object]) -> float:
    """Of some short rounds: whatever else the machine does falls into the others."""
    return round(min(_round_us(pieces, work) for _ in range(ROUNDS)), 1)


def _round_us(pieces: list[bytes], work: Callable[[bytes], object]) -> float:
    started_ns = time.perf_counter_ns()
    for place in range(ROUND_LENGTH):
        work(pieces[place % len(pieces)])
    return (time.perf_counter_ns() - started_ns) / ROUND_LENGTH / 1000


if __name__ == "__main__":
    sys.exit(main())
