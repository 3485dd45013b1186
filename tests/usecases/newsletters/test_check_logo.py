"""A logo is looked at when its address is saved, so that no issue goes out with a broken one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from newsletter.domain.problems import InvalidFields
from newsletter.net import fetch as polite_fetch
from newsletter.net.fetch import FetchPolicy
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.save_newsletter import (
    NewsletterSettings,
    create_newsletter,
    save_newsletter,
)
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from tests.support.principals import EDITOR, by
from tests.support.services.http_server import serving
from tests.support.smtp.certificates import an_authority

PLAIN = NewsletterSettings(name="Field Notes", sender_address="ada@example.org")


@dataclass
class Site:
    """`answers` by path: status and content type."""

    port: int = 0
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def settings(self, path: str) -> NewsletterSettings:
        logo = {"logo_url": f"https://127.0.0.1:{self.port}{path}", "logo_alt": "Field Notes"}
        return replace(PLAIN, theme=logo)

    @property
    def policy(self) -> FetchPolicy:
        return FetchPolicy("a test", ports=frozenset({self.port}), is_allowed=lambda _: True)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site, authority = Site(), an_authority(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            site.asked.append(self.path)
            status, kind = site.answers.get(self.path, (404, "text/html"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", "5000")
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815  the server's word

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    polite_fetch._tls.cache_clear()
    with serving(Handler, tls=authority.server_tls()) as site.port:
        yield site
    polite_fetch._tls.cache_clear()


@pytest.fixture
def slug(context: Context) -> str:
    return create_newsletter(context, "field-notes", PLAIN, by("ada"))


def logo_of(context: Context, slug: str) -> Any:
    return show_newsletter(context, slug, EDITOR).profile.theme.get("logo_url", "")


def test_a_picture_is_taken_and_asked_for_once(context: Context, site: Site, slug: str) -> None:
    site.answers["/logo"] = (200, "image/png")
    for _ in range(2):
        save_newsletter(context, slug, site.settings("/logo"), by("ada"), site.policy)
    assert logo_of(context, slug).endswith("/logo")
    assert site.asked == ["/logo"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [((200, "text/html; charset=utf-8"), "is text/html, not a picture"), ((404, ""), "dead")],
)
def test_what_is_no_picture_is_told_at_its_field_and_nothing_is_saved(
    context: Context, site: Site, slug: str, answer: tuple[int, str], words: str
) -> None:
    site.answers["/logo"] = answer
    with pytest.raises(InvalidFields) as refused:
        save_newsletter(context, slug, site.settings("/logo"), by("ada"), site.policy)
    assert list(refused.value.problems) == ["theme_logo_url"]
    assert words in refused.value.problems["theme_logo_url"]
    assert not logo_of(context, slug)


@pytest.mark.parametrize("status", [403, 500])
def test_a_server_that_does_not_want_to_say_is_left_alone(
    context: Context, site: Site, slug: str, status: int
) -> None:
    site.answers["/logo"] = (status, "text/html")
    save_newsletter(context, slug, site.settings("/logo"), by("ada"), site.policy)
    assert logo_of(context, slug).endswith("/logo")


def test_nobody_is_asked_within_the_private_network(
    context: Context, site: Site, slug: str
) -> None:
    private = replace(site.policy, is_allowed=polite_fetch.is_public_address)
    save_newsletter(context, slug, site.settings("/logo"), by("ada"), private)
    assert site.asked == []
