"""One address asked for what it has, or a link whether it works, with limits on time and size.

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

from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult
from newsletter.domain.errors import InvalidInput
from newsletter.domain.web_addresses import PORTS, is_public_address, port_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_GONE = frozenset({404, 410})
_NO_SUCH_NAME = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How to ask. `is_allowed` decides about an IP address after the name is resolved."""

    user_agent: str
    request_s: float = 8.0
    """Time for one request, from connecting to the last byte we read."""
    most_redirects: int = 5
    most_bytes: int = 2_000_000
    """How much to read of a picture whose server does not give its size."""
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


class _NotFetched(Exception):
    def __init__(self, result: LinkResult, detail: str) -> None:
        super().__init__(detail)
        self.result = result
        self.detail = detail


def ask_link(
    url: str, policy: FetchPolicy, now: datetime, *, wants_size: bool = False
) -> LinkAnswer:
    """Asks whether a link works. Never raises: an error is an answer, too."""
    try:
        return _follow(url, policy, now, wants_size=wants_size)
    except _NotFetched as trouble:
        result, detail = trouble.result, trouble.detail
    except ssl.SSLCertVerificationError as trouble:
        result, detail = LinkResult.FAILING, f"its certificate is not valid ({_reason(trouble)})"
    except TimeoutError:
        result, detail = LinkResult.FAILING, "no answer in time"
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        result, detail = LinkResult.FAILING, f"no answer ({type(trouble).__name__})"
    return LinkAnswer(url, result, now, detail=detail)


@dataclass(frozen=True, slots=True)
class Document:
    """`url` is where it was found in the end."""

    url: str
    content_type: str
    data: bytes


def fetch_document(url: str, policy: FetchPolicy) -> Document:
    """Raises InvalidInput with the reason. `policy.most_bytes` is the most that it may have."""
    try:
        return _document(url, policy)
    except _NotFetched as trouble:
        is_private = trouble.result is LinkResult.PRIVATE
        detail = "it leads to a private address" if is_private else trouble.detail
    except ssl.SSLCertVerificationError as trouble:
        detail = f"its certificate is not valid ({_reason(trouble)})"
    except TimeoutError:
        detail = "no answer in time"
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        detail = f"no answer ({type(trouble).__name__})"
    raise InvalidInput(
        f"We couldn't get {url}: {detail}.",
        advice="Check the address in a browser.",
        field="url",
    )


def _document(url: str, policy: FetchPolicy) -> Document:
    for _ in range(policy.most_redirects + 1):
        with _response("GET", url, policy) as response:
            location = (response.getheader("Location") or "").strip()
            if response.status in _REDIRECTS and location:
                url = urljoin(url, location)
                continue
            if response.status >= 400:
                raise _NotFetched(LinkResult.FAILING, f"it returns {response.status}")
            return Document(url, response.getheader("Content-Type") or "", _whole(response, policy))
    raise _NotFetched(LinkResult.UNFIT, "it redirects in a loop")


def _whole(response: http.client.HTTPResponse, policy: FetchPolicy) -> bytes:
    data = bytearray()
    while chunk := response.read(_CHUNK_BYTES):
        data += chunk
        if len(data) > policy.most_bytes:
            most = f"{policy.most_bytes / 1e6:.1f} MB"
            raise _NotFetched(LinkResult.UNFIT, f"it is larger than {most}")
    return bytes(data)


def fetch_body(url: str, policy: FetchPolicy) -> bytes | None:
    """What is at `url`, without following redirects; None when it can't be had or is too long."""
    try:
        with _response("GET", url, policy) as response:
            body = response.read(policy.most_bytes + 1)
            is_good = response.status == 200 and len(body) <= policy.most_bytes
    except (_NotFetched, OSError, http.client.HTTPException, ValueError):
        return None
    return body if is_good else None


def _follow(url: str, policy: FetchPolicy, now: datetime, *, wants_size: bool) -> LinkAnswer:
    at, is_permanent = url, True
    for hop in range(policy.most_redirects + 1):
        reply = _reply(at, policy, wants_size=wants_size)
        if reply.status not in _REDIRECTS or not reply.location:
            return _answer(url, at, reply, now, is_permanent=is_permanent and hop > 0)
        is_permanent = is_permanent and reply.status in _PERMANENT
        at = urljoin(at, reply.location)
    raise _NotFetched(LinkResult.UNFIT, "it redirects in a loop")


def _reply(url: str, policy: FetchPolicy, *, wants_size: bool) -> _Reply:
    """Tries HEAD. Many servers answer it wrongly, so an error is checked with GET."""
    head = _request("HEAD", url, policy, reads=False)
    is_clear = head.status < 400 and not (wants_size and head.length is None)
    if is_clear or head.status in _REDIRECTS:
        return head
    return _request("GET", url, policy, reads=wants_size)


def _request(method: str, url: str, policy: FetchPolicy, *, reads: bool) -> _Reply:
    with _response(method, url, policy) as response:
        return _Reply(
            status=response.status,
            location=(response.getheader("Location") or "").strip(),
            content_type=(response.getheader("Content-Type") or "").strip()[:200],
            length=_length(response, policy.most_bytes if reads else 0),
        )


@contextmanager
def _response(method: str, url: str, policy: FetchPolicy) -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(url)
    host, port = _host_of(url), port_of(url)
    if parts.scheme.lower() not in PORTS or not host:
        raise _NotFetched(LinkResult.UNFIT, "it is not a web address")
    if port not in policy.ports:
        raise _NotFetched(LinkResult.UNFIT, f"we do not check port {port}")
    with policy.hold_host(host):
        address = _address_of(host, port, policy)
        connection = _Pinned(host, port, address, policy.request_s, parts.scheme.lower())
        with _cut_after(connection, policy.request_s):
            connection.request(method, _target(url), headers=_headers(policy))
            yield connection.getresponse()


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, even if the name resolves to another by now."""

    def __init__(self, host: str, port: int, address: str, limit_s: float, scheme: str) -> None:
        super().__init__(host, port, timeout=limit_s)
        self.default_port = PORTS[scheme]
        self._address = address
        self._scheme = scheme
        self.wire: socket.socket | None = None
        """What is cut. `sock` is let go once the header of the response is read."""

    def connect(self) -> None:
        self.sock = self.wire = socket.create_connection((self._address, self.port), self.timeout)
        if self._scheme == "https":
            self.sock = self.wire = _tls().wrap_socket(
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
        if connection.wire is not None:
            with suppress(OSError):
                connection.wire.shutdown(socket.SHUT_RDWR)

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


def _address_of(host: str, port: int, policy: FetchPolicy) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            raise _NotFetched(LinkResult.NO_HOST, "the site does not exist") from error
        raise _NotFetched(LinkResult.FAILING, "the name lookup failed") from error
    except UnicodeError as error:
        raise _NotFetched(LinkResult.NO_HOST, "the site can't exist") from error
    addresses = [str(entry[4][0]) for entry in found]
    # One private address among public ones is an attack, too.
    if not addresses or not all(map(policy.is_allowed, addresses)):
        raise _NotFetched(LinkResult.PRIVATE, "a private address")
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


def _headers(policy: FetchPolicy) -> dict[str, str]:
    return {
        "User-Agent": policy.user_agent,
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
    result, detail = _judged(reply.status)
    return LinkAnswer(
        url=url,
        result=result,
        checked_at=now,
        status=reply.status,
        final_url="" if _same(at, url) else at,
        is_permanent=is_permanent,
        content_type=reply.content_type,
        length=reply.length,
        detail=detail,
    )


def _judged(status: int) -> tuple[LinkResult, str]:
    if status < 400:
        return LinkResult.FOUND, ""
    if status in _GONE:
        return LinkResult.GONE, ""
    if status < 500 or status == 999:
        return LinkResult.SHUT, ""
    return LinkResult.FAILING, f"it returns {status}"


def _same(one: str, other: str) -> bool:
    return one == other or one.rstrip("/") == other.partition("#")[0].rstrip("/")


def _reason(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message or "not trusted"
