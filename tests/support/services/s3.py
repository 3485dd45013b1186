"""A small S3: it keeps objects in memory, and refuses what is not signed with its key (SigV4)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote, urlsplit

from tests.support.services.http_server import serving

KEY, SECRET = "AKEY", "a/secret+of:ours"
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


@dataclass
class Bucket:
    """`objects` by their path, the bucket's name first."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    refused: int = 0

    def url(self, secret: str = SECRET) -> str:
        endpoint = f"http://127.0.0.1:{self.port}"
        login = f"{KEY}:{quote(secret, safe='')}"
        return f"s3://{login}@pictures/media?endpoint={endpoint}&region=eu-1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not is_signed(self.command, self.path, self.headers, body):
            self.bucket.refused += 1
            self._send(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            return
        answers = {"PUT": self._put, "POST": self._delete_many}
        answers.get(self.command, self._get)(urlsplit(self.path).path, body)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815  the standard library's names

    def _get(self, path: str, _: bytes) -> None:
        found = self.bucket.objects.get(path)
        if found is None:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._send(200, found)

    def _put(self, path: str, body: bytes) -> None:
        self.bucket.objects[path] = body
        self._send(200)

    def _delete_many(self, path: str, body: bytes) -> None:
        """DeleteObjects, which clients use for one object, too."""
        keys = re.findall(rb"<Key>([^<]+)</Key>", body)
        for key in keys:
            self.bucket.objects.pop(f"{path.rstrip('/')}/{key.decode()}", None)
        deleted = b"".join(b"<Deleted><Key>%s</Key></Deleted>" % key for key in keys)
        self._send(200, b"<DeleteResult>%s</DeleteResult>" % deleted)

    def _send(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 06:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def a_bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    with serving(handler) as bucket.port:
        yield bucket


def is_signed(method: str, target: str, headers: Message, body: bytes) -> bool:
    """As AWS describes it: Signature Version 4, with the hash of the body."""
    found = _SIGNED.fullmatch(headers.get("Authorization") or "")
    said = headers.get("x-amz-content-sha256") or ""
    if not found or found[1] != KEY:
        return False
    if said not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return False
    _, day, region, names, signature = found.groups()
    parts = urlsplit(target)
    signed = "".join(f"{name}:{(headers.get(name) or '').strip()}\n" for name in names.split(";"))
    query = "&".join(
        sorted(one if "=" in one else f"{one}=" for one in parts.query.split("&") if one)
    )
    canonical = f"{method}\n{parts.path}\n{query}\n{signed}\n{names}\n{said}"
    scope = f"{day}/{region}/s3/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", headers.get("x-amz-date") or "", scope, hashed])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), signature)
