"""Pages for readers have the colours and logo of their newsletter, and nothing smuggled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.store.models import Newsletter
from newsletter.store.newsletters import profile_of
from newsletter.urls import media_url
from newsletter.web.public.look import page_look
from tests.web.public.conftest import Readers

LOGO = f"{'a' * 64}.png"
ELSEWHERE = "https://pictures.example.org/logo.png"
READER = "reader@example.org"


@pytest.fixture
def readers(readers: Readers) -> Readers:
    paint(readers, header="#123456", font="serif", logo_url=media_url("https://n.org", LOGO))
    return readers


def test_every_page_of_a_newsletter_has_its_colours_logo_and_name(readers: Readers) -> None:
    sheet = sheet_of(readers)
    for page in pages_of_readers(readers):
        head, _, body = page.partition("</head>")
        assert f'<link rel="stylesheet" href="{sheet}">' in head, body
        assert f'<img src="/media/{LOGO}" alt=""' in body
        assert "Field Notes</" in body.partition("</header>")[0]
        assert 'content="#123456"' in head
        assert 'href="/n/field-notes/feed.xml"' in body
        assert "style=" not in page


def test_a_style_sheet_is_kept_for_ever_until_the_colours_change(readers: Readers) -> None:
    old = sheet_of(readers)
    answer = readers.client.get(old)
    assert answer.content_type == "text/css; charset=utf-8"
    assert "--header-background:#123456;" in answer.text
    assert "--pico-font-family:Georgia," in answer.text
    assert "prefers-color-scheme:dark" in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    again = readers.client.get(old, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    paint(readers, header="#654321")
    assert sheet_of(readers) != old
    late = readers.client.get(old)
    assert "--header-background:#654321;" in late.text, "a page from before has colours, too"
    assert late.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "stored",
    [
        {"header": "red;}body{display:none", "link": "url(https://evil.example)"},
        {"font": "x;}@import 'https://evil.example", "logo_width": "1px;}*{color:red"},
        {"logo_url": ELSEWHERE, "logo_alt": "Ours"},
        {"logo_url": "javascript:alert(1)//https://n.org/media/" + LOGO, "logo_alt": "Ours"},
    ],
)
def test_what_a_row_smuggles_gets_onto_no_page(readers: Readers, stored: dict[str, Any]) -> None:
    plain = page_look(profile(readers, {})).css
    assert page_look(profile(readers, stored)).css == plain
    paint(readers, **stored)
    page = readers.client.get("/n/field-notes").text
    assert "<img" not in page
    assert "evil.example" not in page


def pages_of_readers(readers: Readers) -> Iterator[str]:
    """Every page that a reader sees between signing up and leaving."""
    client, signer = readers.client, readers.context.signer
    for path in ("/", "/n/field-notes", "/n/field-notes/archive", "/n/field-notes/link"):
        yield client.get(path).text
    yield readers.sign_up("nonsense").text
    yield readers.sign_up(READER).text
    link = {**readers.open_form("/n/field-notes/link"), "address": READER}
    yield client.post("/n/field-notes/link", data=link).text
    yield client.get(readers.confirm_path(READER)).text
    yield client.post(readers.confirm_path(READER)).text
    subscription = readers.subscription(READER)
    assert subscription is not None
    preferences = f"/preferences/{signer.sign_preferences(subscription.id)}"
    yield client.get(preferences).text
    yield client.post(preferences, data={"action": "pause"}).text
    leave = f"/unsubscribe/{signer.sign_unsubscribe(subscription.id)}"
    yield client.get(leave).text
    farewell = client.post(leave, data={"leave": "yes"}).text
    yield farewell
    back = re.findall(r'action="([^"]*)"', farewell)[-1]
    yield client.post(back, data={"action": "come-back"}).text
    yield client.get(readers.confirm_path(READER)).text


def sheet_of(readers: Readers) -> str:
    page = readers.client.get("/n/field-notes").text
    (found,) = re.findall(r'href="(/n/field-notes/look-[0-9a-f]{16}\.css)"', page)
    return str(found)


def profile(readers: Readers, theme: dict[str, Any]) -> NewsletterProfile:
    with readers.context.database.read() as session:
        newsletter = session.query(Newsletter).one()
        session.expunge(newsletter)
    newsletter.theme = theme
    return profile_of(newsletter)


def paint(readers: Readers, **theme: Any) -> None:
    with readers.context.database.write() as session:
        session.query(Newsletter).one().theme = {"logo_alt": "Field Notes", **theme}
