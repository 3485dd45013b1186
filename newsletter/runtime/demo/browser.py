"""A browser without a display: cookies, links and forms."""

from __future__ import annotations

import http.client
import http.cookiejar
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from lxml import html

TIMEOUT_S = 30
PATIENCE_S = 20


class Unexpected(Exception):
    """A page was not what a person would expect. The text says which page and why."""


@dataclass(frozen=True)
class Page:
    url: str
    status: int
    body: str

    @property
    def document(self) -> Any:
        return html.document_fromstring(self.body or "<p></p>", base_url=self.url)

    @property
    def words(self) -> str:
        """The visible text, white space collapsed."""
        document = self.document
        for unseen in document.xpath("//script | //style | //head"):
            unseen.getparent().remove(unseen)
        return " ".join(document.text_content().split())

    def must_say(self, *words: str) -> Page:
        seen = self.words.casefold()
        for each in words:
            if each.casefold() not in seen:
                raise Unexpected(f"{self.url} does not say “{each}” but: {self.words[:300]}")
        return self


class Browser:
    """One for each person: each has its own cookies."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def get(self, url: str) -> Page:
        return self._open(urllib.request.Request(self._absolute(url)))  # noqa: S310  http only

    def post(self, url: str, fields: dict[str, str]) -> Page:
        data = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(self._absolute(url), data=data))  # noqa: S310

    def submit(self, page: Page, button: str, **values: str) -> Page:
        """Types `values` into the form of the button labelled `button`, and presses it."""
        form, pressed = form_of(page, button)
        unknown = set(values) - set(form.fields.keys())
        if unknown:
            raise Unexpected(f"The form at {page.url} has no field {', '.join(sorted(unknown))}.")
        for name, value in values.items():
            form.fields[name] = value
        fields = [(name, str(value)) for name, value in form.form_values()]
        if pressed.get("name"):
            fields.append((pressed.get("name"), pressed.get("value", "")))
        return self._send(page, form, fields)

    def _send(self, page: Page, form: Any, fields: list[tuple[str, str]]) -> Page:
        url = urllib.parse.urljoin(page.url, form.get("action") or page.url)
        headers = {"Referer": page.url}
        if form.get("enctype") == "multipart/form-data":
            boundary = secrets.token_hex(16)
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            data = _multipart(fields, boundary)
        else:
            data = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(url, data=data, headers=headers))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> Page:
        """Waits for a web process that is restarting, as people would."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._once(request)
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                if request.data is not None or time.monotonic() > deadline:
                    raise Unexpected(f"{request.full_url} gives no answer: {error}") from error
                time.sleep(0.2)

    def _once(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                body = answer.read().decode("utf-8", "replace")
                return Page(answer.geturl(), answer.status, body)
        except urllib.error.HTTPError as error:
            page = Page(error.geturl(), error.code, error.read().decode("utf-8", "replace"))
            raise Unexpected(f"{page.url} answers {page.status}: {page.words[:300]}") from error

    def _absolute(self, url: str) -> str:
        return urllib.parse.urljoin(self._base_url + "/", url)


def form_of(page: Page, button: str) -> tuple[Any, Any]:
    """(form, button) of the button with that label, if it can be pressed."""
    for form in page.document.forms:
        for pressed in form.xpath(".//button | .//input[@type='submit']"):
            words = " ".join((pressed.text_content() or pressed.get("value", "")).split())
            if words == button and pressed.get("disabled") is None:
                return form, pressed
    raise Unexpected(f"{page.url} has no button “{button}” to press: {page.words[:300]}")


def _multipart(fields: list[tuple[str, str]], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()
