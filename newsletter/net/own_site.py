"""Our own public address, asked from outside of the process as a mail provider would ask it.

PUBLIC_URL is the operator's own setting, so it may lead to any address, also an internal one.
"""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 10.0
_MOST_BYTES = 65_536
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """`trouble` is why there was no answer. `certificate_ends_at` is None without https."""

    status: int = 0
    location: str = ""
    trouble: str = ""
    certificate_ends_at: datetime | None = None
    date: datetime | None = None


def get(url: str) -> SiteAnswer:
    return _ask("GET", url, None)


def post_form(url: str, form: str) -> SiteAnswer:
    """`form` is url-encoded. Redirects are not followed: mail providers don't [RFC 8058 3.1]."""
    return _ask("POST", url, form)


def _ask(method: str, url: str, form: str | None) -> SiteAnswer:
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    headers = {"User-Agent": "newsletter-doctor"} | ({"Content-Type": _FORM} if form else {})
    try:
        connection.connect()
        ends_at = _certificate_ends_at(connection)
        connection.request(method, parts.path or "/", body=form, headers=headers)
        response = connection.getresponse()
        response.read(_MOST_BYTES)
    except ssl.SSLCertVerificationError as error:
        return SiteAnswer(trouble=f"its certificate is not valid ({error.verify_message})")
    except TimeoutError:
        return SiteAnswer(trouble=f"no answer within {PATIENCE_S:g} seconds")
    except (OSError, http.client.HTTPException) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        return SiteAnswer(trouble=f"no answer ({said})")
    finally:
        connection.close()
    return SiteAnswer(
        response.status,
        response.getheader("Location", ""),
        certificate_ends_at=ends_at,
        date=_date(response.getheader("Date", "")),
    )


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=PATIENCE_S)


def _certificate_ends_at(connection: http.client.HTTPConnection) -> datetime | None:
    if not isinstance(connection.sock, ssl.SSLSocket):
        return None
    certificate: dict[str, Any] = connection.sock.getpeercert() or {}
    ends = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
