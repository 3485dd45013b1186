"""The opinion of a spam filter on an issue: rspamd's, or SpamAssassin's, where one is set up."""

from __future__ import annotations

import http.client
import json
import re
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.domain.preflight import Finding, Place, error, note, warning
from newsletter.mail.dkim_signers import signers_from
from newsletter.store.editions import content_of, issue_with_content
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.render_content import example_message, example_reader, render_content

TIMEOUT_S = 15
SPAMD_PORT = 783
MOST_ANSWER_BYTES = 1_000_000

_SPAM_LINE = re.compile(
    r"Spam:\s*(True|False|Yes|No)\s*;\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)", re.IGNORECASE
)
_ABOUT_US = re.compile(r"RDNS|HFILTER|ONCE_RECEIVED|RCVD_|HELO|NO_RECEIVED|NO_RELAYS|URIBL_BLOCKED")
"""Symbols that judge the way a message came, of which an issue that was not sent has none."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """`limit` is the score from which the filter acts; `symbols` are what counts against us."""

    filter: str
    score: float
    limit: float
    is_spam: bool
    is_doubtful: bool
    symbols: tuple[str, ...]


def has_spam_filter(settings: Settings) -> bool:
    return bool(settings.rspamd_url or settings.spamd_host)


def ask_spam_filter(context: Context, issue_id: int) -> Finding:
    """Over the network, outside of any transaction. Raises Misconfigured when it can't be reached,
    InvalidInput for an issue that can't be rendered.
    """
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        content, profile = content_of(issue), profile_of(issue.newsletter)
    settings, now = context.settings, context.now()
    rendered = render_content(settings, content, profile, now)
    message = example_message(settings, rendered, profile, example_reader(settings), now)
    return spam_opinion(settings, message, now)


def spam_opinion(settings: Settings, message: bytes, now: datetime) -> Finding:
    """Of a message that is not signed yet. Raises Misconfigured, also where no filter is set up."""
    if not has_spam_filter(settings):
        raise Misconfigured(
            "No spam filter is set up.",
            advice="Set RSPAMD_URL or SPAMD_HOST to where one runs.",
        )
    signature = signers_from(settings).sign(message, now)
    return finding_of(opinion_of(settings, signature + message))


def opinion_of(settings: Settings, message: bytes) -> Opinion:
    """Raises Misconfigured."""
    ask = _ask_rspamd if settings.rspamd_url else _ask_spamd
    try:
        return ask(settings, message)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as trouble:
        name = "RSPAMD_URL" if settings.rspamd_url else "SPAMD_HOST"
        raise Misconfigured(
            f"The spam filter does not answer ({type(trouble).__name__}).",
            advice=f"Look at {name}, and whether it runs there.",
        ) from trouble


def finding_of(opinion: Opinion) -> Finding:
    place = Place("Spam filter")
    said = f"{opinion.filter} gives it {opinion.score:g}, and acts from {opinion.limit:g}."
    against = f"Against it: {', '.join(opinion.symbols)}." if opinion.symbols else ""
    if opinion.is_spam:
        return error("spam", place, f"{said} It would be taken for spam.", against)
    if opinion.is_doubtful:
        return warning("spam", place, f"{said} It looks a little like spam.", against)
    return note("spam", place, said, against)


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
    symbols = [
        (float(symbol.get("score", 0)), name)
        for name, symbol in answer.get("symbols", {}).items()
        if float(symbol.get("score", 0)) > 0 and not _ABOUT_US.search(name)
    ]
    action = str(answer["action"])
    return Opinion(
        filter="rspamd",
        score=float(answer["score"]),
        limit=float(answer["required_score"]),
        is_spam=action in ("reject", "add header", "rewrite subject", "quarantine"),
        is_doubtful=action not in ("no action", "accept"),
        symbols=tuple(name for _, name in sorted(symbols, reverse=True)),
    )


def _ask_spamd(settings: Settings, message: bytes) -> Opinion:
    """The protocol of spamc, whose program need not be here."""
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
