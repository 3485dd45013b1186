"""Every address of ours is made in one module, and a page answers it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from newsletter import urls

SOURCE = Path(urls.__file__).parent
ANSWERED_BY = {
    "front_url": "public_signup.front",
    "signup_url": "public_signup.form",
    "archive_url": "public_archive.issues",
    "edition_url": "public_archive.edition",
    "feed_url": "public_archive.feed",
    "media_url": "public_media.picture",
    "confirmation_url": "public_confirmation.page",
    "unsubscribe_url": "public_leaving.page",
    "preferences_url": "public_preferences.page",
    "editor_url": "editor_home.home",
    "account_url": "editor_sign_in.account",
    "invitation_url": "editor_invitations.show",
    "sign_in_url": "editor_sign_in.open_link",
    "password_reset_url": "editor_password.open_link",
    "doctor_url": "editor_doctor.report",
    "newsletter_url": "editor_newsletters.settings",
    "came_back_url": "came_back.came_back",
    "new_issue_url": "editor_issues.new",
    "click_url": "public_clicks.follow",
    "sandbox_url": "sandbox.inbox",
}
ONE_CLICK = {"unsubscribe_url": "public_leaving.leave"}
VALUES = {
    "slug": "weekly-links",
    "number": 7,
    "token": "a.token-of_ours",
    "name": f"{'0' * 64}.png",
}
OURS = re.compile(r"(^|[^\w<])/(n|c|confirm|unsubscribe|preferences|archive|editor|sandbox)(/|$)")
"""A path of ours, at the start of a text or behind a host, and not in a route's pattern."""
LINK = re.compile(r"""(?:href|action|src|hx-\w+)=["']/""")


def makers() -> dict[str, Any]:
    return {
        name: function
        for name, function in inspect.getmembers(urls, inspect.isfunction)
        if name.endswith("_url")
    }


def made(name: str, public_url: str) -> str:
    wanted = list(inspect.signature(makers()[name]).parameters)[1:]
    return makers()[name](public_url, *(VALUES[one] for one in wanted))


def endpoint_of(app: Any, url: str, method: str) -> tuple[str, dict[str, Any]]:
    found: tuple[str, dict[str, Any]] = app.url_map.bind("news.example.org").match(
        urlsplit(url).path, method
    )
    return found


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_every_address_has_a_page(app: Any) -> None:
    public_url = "https://news.example.org"
    answered = {name: endpoint_of(app, made(name, public_url), "GET")[0] for name in makers()}
    assert answered == ANSWERED_BY


def test_the_page_gets_back_what_the_address_was_made_of(app: Any) -> None:
    for name, function in makers().items():
        wanted = list(inspect.signature(function).parameters)[1:]
        _, values = endpoint_of(app, made(name, "https://news.example.org"), "GET")
        assert values == {one: VALUES[one] for one in wanted}


def test_one_click_leaving_is_answered_too(app: Any) -> None:
    for name, endpoint in ONE_CLICK.items():
        assert endpoint_of(app, made(name, "https://news.example.org"), "POST")[0] == endpoint


def test_an_issue_without_a_number_leads_to_the_archive() -> None:
    assert urls.edition_url("", "weekly", None) == urls.archive_url("", "weekly")


def test_pages_of_others_are_not_ours() -> None:
    assert urls.is_ours("https://a.example", "https://a.example/n/x")
    assert not urls.is_ours("https://a.example", "https://a.example.org/n/x")
    assert not urls.is_ours("", "/n/x")


def texts_outside_routes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Without docstrings, decorators and the prefixes of blueprints."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            skipped |= {id(one) for route in node.decorator_list for one in ast.walk(route)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Blueprint":
            skipped |= {id(one) for one in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in skipped:
            yield node.lineno, node.value


def test_no_other_module_puts_an_address_of_ours_together() -> None:
    elsewhere = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path in SOURCE.rglob("*.py")
        if path.name != "urls.py"
        for line, text in texts_outside_routes(ast.parse(path.read_text("utf-8")))
        if OURS.search(text)
    ]
    assert elsewhere == []


def test_no_template_of_a_page_has_an_address_of_ours_typed_into_it() -> None:
    templates = (SOURCE / "web").rglob("*.html")
    assert [path.name for path in templates if LINK.search(path.read_text("utf-8"))] == []
