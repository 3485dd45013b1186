"""What a page makes a browser load and run: little, and never an older part beside a newer one."""

from __future__ import annotations

import posixpath
import re

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person

MOST_BYTES = 60_000
PAGES = (
    "/editor/",
    "/editor/newsletters/news",
    "/editor/newsletters/news/pictures",
    "/editor/newsletters/news/subscribers",
    "/editor/issues/1",
    "/editor/issues/1/send",
    "/editor/issues/1/preview",
)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def scripts_of(editor: Person, page_url: str) -> dict[str, int]:
    """Size in bytes of each script of a page, and of the modules that they import."""
    waiting = re.findall(r'<script[^>]* src="([^"?]+)', editor.get(page_url))
    sizes: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in sizes:
            continue
        source = editor.client.get(url).data
        sizes[url] = len(source)
        for imported in re.findall(
            rb'^(?:import|export) .*?from "(\.[^"]+)"', source, re.MULTILINE
        ):
            waiting.append(posixpath.normpath(f"{posixpath.dirname(url)}/{imported.decode()}"))
    return sizes


def test_no_page_loads_more_than_60_kb_of_scripts(context: Context, editor: Person) -> None:
    an_issue(context, show_newsletters(context, EDITOR)[0])
    for page_url in PAGES:
        sizes = scripts_of(editor, page_url)
        assert sizes, page_url
        assert sum(sizes.values()) < MOST_BYTES, (page_url, sizes)


def test_modules_which_import_by_name_are_asked_for_again_after_an_upgrade(editor: Person) -> None:
    module = editor.client.get("/editor/static/frame/confirm.js")
    assert module.headers["Cache-Control"] == "no-cache"
    vendored = editor.client.get("/static/vendor/htmx-2.0.4/htmx.min.js")
    assert "max-age=31536000" in vendored.headers["Cache-Control"]
