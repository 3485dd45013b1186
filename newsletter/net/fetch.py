"""One link asked whether it works: HEAD, then GET, with limits on time, size and redirects.

Nobody's private network is reached. A name is resolved once, its addresses are judged, and the
connection goes to the judged one; each redirect is a new question. Proxies are not used.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from newsletter.domain.link_answers import LinkAnswer, Outcome
from newsletter.domain.web_addresses import PORTS, is_public_address, port_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_GONE = frozenset({404, 410})
_NO_SUCH_NAME = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Manners:
    """How to ask. `is_allowed` decides about an IP address after the name is resolved."""

    user_agent: str
    request_s: float = 8.0
    """Time for one request, from connecting to the last byte we read."""
    most_redirects: int = 5
    most_bytes: int = 2_000_000
    """How much to read of a picture whose server does not tell its size."""
    ports: frozenset[int] = frozenset(PORTS.values())
    is_allowed: Callable[[str], bool] = is_public_address
    hold_host: Callable[[str], AbstractContextManager[Any]] = lambda _host: nullcontext()
    """Held while a host is asked, so that no host gets two requests at once."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    location: str
    content_type: str
    length: int | None


class _NotAsked(Exception):
    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


def ask(url: str, manners: Manners, now: datetime, *, wants_size: bool = False) -> LinkAnswer:
    """Asks whether a link works. Never raises: an error is an answer, too."""
    try:
        return _follow(url, manners, now, wants_size=wants_size)
    except _NotAsked as trouble:
        outcome, detail = trouble.outcome, trouble.detail
    except ssl.SSLCertVerificationError as trouble:
        outcome, detail = Outcome.FAILING, f"its certificate is not valid ({_reason(trouble)})"
    except TimeoutError:
        outcome, detail = Outcome.FAILING, "it does not answer in time"
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        outcome, detail = Outcome.FAILING, f"it does not answer ({type(trouble).__name__})"
    return LinkAnswer(url, outcome, now, detail=detail)


def _follow(url: str, manners: Manners, now: datetime, *, wants_size: bool) -> LinkAnswer:
    at, is_permanent = url, True
    for hop in range(manners.most_redirects + 1):
        reply = _reply(at, manners, wants_size=wants_size)
        if reply.status not in _REDIRECTS or not reply.location:
            return _answer(url, at, reply, now, is_permanent=is_permanent and hop > 0)
        is_permanent = is_permanent and reply.status in _PERMANENT
        at = urljoin(at, reply.location)
    raise _NotAsked(Outcome.UNFIT, "it redirects without end")


def _reply(url: str, manners: Manners, *, wants_size: bool) -> _Reply:
    """Tries HEAD. Many servers answer it wrongly, so an error is checked with GET."""
    head = _request("HEAD", url, manners, reads=False)
    is_clear = head.status < 400 and not (wants_size and head.length is None)
    if is_clear or head.status in _REDIRECTS:
        return head
    return _request("GET", url, manners, reads=wants_size)


def _request(method: str, url: str, manners: Manners, *, reads: bool) -> _Reply:
    parts = urlsplit(url)
    host, port = _host_of(url), port_of(url)
    if parts.scheme.lower() not in PORTS or not host:
        raise _NotAsked(Outcome.UNFIT, "it is not a web address")
    if port not in manners.ports:
        raise _NotAsked(Outcome.UNFIT, f"it is on port {port}, which is not asked")
    with manners.hold_host(host):
        address = _address_of(host, port, manners)
        connection = _Pinned(host, port, address, manners.request_s, parts.scheme.lower())
        with _cut_after(connection, manners.request_s):
            connection.request(method, _target(url), headers=_headers(manners))
            response = connection.getresponse()
            return _Reply(
                status=response.status,
                location=(response.getheader("Location") or "").strip(),
                content_type=(response.getheader("Content-Type") or "").strip()[:200],
                length=_length(response, manners.most_bytes if reads else 0),
            )


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, even if the name resolves to another by now."""

    def __init__(self, host: str, port: int, address: str, limit_s: float, scheme: str) -> None:
        super().__init__(host, port, timeout=limit_s)
        self.default_port = PORTS[scheme]
        self._address = address
        self._scheme = scheme

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._scheme == "https":
            self.sock = _tls().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _cut_after(connection: _Pinned, limit_s: float) -> Iterator[None]:
    """A limit for the whole request. The timeout of a socket starts again with each byte."""
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if is_over.is_set():
            raise TimeoutError from error
        raise
    else:
        if is_over.is_set():  # a connection that was cut can look like an end
            raise TimeoutError
    finally:
        timer.cancel()
        connection.close()


def _address_of(host: str, port: int, manners: Manners) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            raise _NotAsked(Outcome.NO_HOST, "there is no such site") from error
        raise _NotAsked(Outcome.FAILING, "its name could not be looked up") from error
    except UnicodeError as error:
        raise _NotAsked(Outcome.NO_HOST, "there can be no such site") from error
    addresses = [str(entry[4][0]) for entry in found]
    # One private address among public ones is an attack, too.
    if not addresses or not all(map(manners.is_allowed, addresses)):
        raise _NotAsked(Outcome.PRIVATE, "a private address")
    return addresses[0]


def _host_of(url: str) -> str:
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}?{query}" if query else path


def _headers(manners: Manners) -> dict[str, str]:
    return {
        "User-Agent": manners.user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _length(response: http.client.HTTPResponse, most_bytes: int) -> int | None:
    """The Content-Length, or else the bytes that there are, up to `most_bytes`."""
    said = response.getheader("Content-Length") or ""
    if re.fullmatch(r"\d{1,15}", said):
        return int(said)
    if not most_bytes or response.status >= 300:
        return None
    read = 0
    while read < most_bytes and (chunk := response.read(_CHUNK_BYTES)):
        read += len(chunk)
    return read


def _answer(url: str, at: str, reply: _Reply, now: datetime, *, is_permanent: bool) -> LinkAnswer:
    outcome, detail = _judged(reply.status)
    return LinkAnswer(
        url=url,
        outcome=outcome,
        checked_at=now,
        status=reply.status,
        final_url="" if _same(at, url) else at,
        is_permanent=is_permanent,
        content_type=reply.content_type,
        length=reply.length,
        detail=detail,
    )


def _judged(status: int) -> tuple[Outcome, str]:
    if status < 400:
        return Outcome.FOUND, ""
    if status in _GONE:
        return Outcome.GONE, ""
    if status < 500 or status == 999:
        return Outcome.SHUT, ""
    return Outcome.FAILING, f"it answers {status}"


def _same(one: str, other: str) -> bool:
    return one == other or one.rstrip("/") == other.partition("#")[0].rstrip("/")


def _reason(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message or "not trusted"
