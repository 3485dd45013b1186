"""The opinion of a spam filter on an issue: rspamd's, or SpamAssassin's, where one is set up."""

from __future__ import annotations

import http.client
import json
import re
import socket
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured, NewsletterError
from newsletter.domain.spam_opinions import Opinion
from newsletter.mail.dkim_signers import signers_from
from newsletter.store.editions import content_of, issue_with_content
from newsletter.store.newsletters import profile_of
from newsletter.store.spam_opinions import keep_opinion, known_opinion
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
_SPAM_ACTIONS = ("reject", "add header", "rewrite subject", "quarantine")


def has_spam_filter(settings: Settings) -> bool:
    return bool(settings.rspamd_url or settings.spamd_host)


def ask_spam_filter(context: Context, issue_id: int) -> None:
    """Over the network, outside of any transaction; the opinion is kept for the checks, until the
    issue is changed. Raises Misconfigured when the filter can't be reached, InvalidInput for an
    issue that can't be rendered.
    """
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        content, profile = content_of(issue), profile_of(issue.newsletter)
    settings, now = context.settings, context.now()
    rendered = render_content(settings, content, profile, now)
    message = example_message(settings, rendered, profile, example_reader(settings), now)
    opinion = spam_opinion(settings, message, now)
    with context.database.write() as session:
        keep_opinion(session, issue_id, issue.version, opinion, now)


def ask_spam_filter_once(context: Context, issue_id: int) -> None:
    """Before an issue goes: where there is a filter that has not judged it as it stands.

    A filter that does not answer keeps no issue here.
    """
    if not has_spam_filter(context.settings):
        return
    with context.database.read() as session:
        version = issue_with_content(session, issue_id).version
        if known_opinion(session, issue_id, version):
            return
    with suppress(NewsletterError):  # whoever sends it says what is wrong with it
        ask_spam_filter(context, issue_id)


def spam_opinion(settings: Settings, message: bytes, now: datetime) -> Opinion:
    """Of a message that is not signed yet. Raises Misconfigured, also where no filter is set up."""
    if not has_spam_filter(settings):
        raise Misconfigured(
            "No spam filter is set up.",
            advice="Set RSPAMD_URL or SPAMD_HOST to where one runs.",
        )
    signature = signers_from(settings).sign(message, now)
    return opinion_of(settings, signature + message)


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
    """What it holds against the way of a message that was not sent yet does not make it spam."""
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
