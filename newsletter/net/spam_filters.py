"""Asks a spam filter over the network: rspamd over HTTP, or SpamAssassin's spamd."""

from __future__ import annotations

import http.client
import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

from newsletter.config import Settings
from newsletter.domain.checks.spam_opinions import Opinion
from newsletter.domain.errors import Misconfigured

TIMEOUT_S = 15
SPAMD_PORT = 783
MOST_ANSWER_BYTES = 1_000_000

_SPAM_LINE = re.compile(
    r"Spam:\s*(True|False|Yes|No)\s*;\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)", re.IGNORECASE
)
_ABOUT_US = re.compile(r"RDNS|HFILTER|ONCE_RECEIVED|RCVD_|HELO|NO_RECEIVED|NO_RELAYS|URIBL_BLOCKED")
"""Symbols about how a message arrived. An issue that was not sent has not arrived anywhere."""
_SPAM_ACTIONS = ("reject", "add header", "rewrite subject", "quarantine")


def opinion_of(settings: Settings, message: bytes) -> Opinion:
    """Raises Misconfigured."""
    ask = _ask_rspamd if settings.rspamd_url else _ask_spamd
    try:
        return ask(settings, message)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as trouble:
        name = "RSPAMD_URL" if settings.rspamd_url else "SPAMD_HOST"
        raise Misconfigured(
            f"The spam filter does not answer ({type(trouble).__name__}).",
            advice=f"Check {name} and that the filter is running.",
        ) from trouble


def _ask_rspamd(settings: Settings, message: bytes) -> Opinion:
    parts = urlsplit(settings.rspamd_url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port or None, timeout=TIMEOUT_S)
    try:
        path = f"{parts.path.rstrip('/')}/checkv2"
        connection.request("POST", path, message, {"Content-Type": "message/rfc822"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read(MOST_ANSWER_BYTES))
    finally:
        connection.close()
    return _opinion_of_rspamd(answer)


def _opinion_of_rspamd(answer: dict[str, Any]) -> Opinion:
    """Symbols about how the message arrived do not make it spam."""
    scores = {
        name: float(symbol.get("score", 0)) for name, symbol in answer.get("symbols", {}).items()
    }
    against = sorted(((score, name) for name, score in scores.items() if score > 0), reverse=True)
    action, score, limit = str(answer["action"]), float(answer["score"]), answer["required_score"]
    of_the_way = sum(one for one, name in against if _ABOUT_US.search(name))
    is_spam = action in _SPAM_ACTIONS
    if of_the_way and is_spam:
        is_spam = action == "reject" and score - of_the_way >= float(limit)
    return Opinion(
        filter="rspamd",
        score=score,
        limit=float(limit),
        is_spam=is_spam,
        is_doubtful=action not in ("no action", "accept"),
        symbols=tuple(name for _, name in against if not _ABOUT_US.search(name)),
    )


def _ask_spamd(settings: Settings, message: bytes) -> Opinion:
    """Speaks spamc's protocol, so that spamc need not be installed."""
    host, _, port = settings.spamd_host.rpartition(":")
    if not port.isdigit():
        host, port = settings.spamd_host, str(SPAMD_PORT)
    head = f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(message)}\r\n\r\n".encode()
    with socket.create_connection((host.strip("[]"), int(port)), TIMEOUT_S) as connection:
        connection.sendall(head + message)
        connection.shutdown(socket.SHUT_WR)
        answer = _all_of(connection).decode("utf-8", "replace")
    found = _SPAM_LINE.search(answer)
    if not found:
        message_text = "no verdict in the answer"
        raise ValueError(message_text)
    score, limit = float(found[2]), float(found[3])
    names = re.split(r"[,\s]+", answer.partition("\r\n\r\n")[2].strip())
    return Opinion(
        filter="SpamAssassin",
        score=score,
        limit=limit,
        is_spam=score >= limit,
        is_doubtful=score >= limit / 2,
        symbols=tuple(name for name in names if name and not _ABOUT_US.search(name)),
    )


def _all_of(connection: socket.socket) -> bytes:
    pieces, size = [], 0
    while size < MOST_ANSWER_BYTES and (piece := connection.recv(65536)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
