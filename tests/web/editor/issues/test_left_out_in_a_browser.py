"""Text without a place is shown where it stood, and settled there: with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.axe import serious_findings
from tests.support.principals import EDITOR

# The browser's part is tried here. Tests beside this one ask both databases for these pages.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

DIGEST = """# Weekly links

- [Ropes](https://example.org/r) – Strong. [Chat](irc://irc.example.org/x)
- [Knots](https://example.org/k) – Tight.

[nobody]: https://example.org/nobody

- [Winches](https://example.org/w) – Heavy.
"""


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    return create_issue_from_digest(context, newsletter.id, DIGEST, EDITOR).issue_id


def test_a_piece_is_dropped_brought_back_and_made_an_entry_where_it_stood(
    page: Any,
    site: str,
    context: Context,
    issue_id: int,
) -> None:
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.get_by_role("heading", name="1 link and 1 word of your text have no place").wait_for()
    assert serious_findings(page) == []
    page.get_by_label("Title").first.fill("Another title")
    piece = page.get_by_role("group", name="Text without a place")
    piece.get_by_role("button", name="Drop").click()
    page.get_by_role("button", name="Undo").click()
    piece.get_by_role("button", name="Make it an entry").click()
    piece.wait_for(state="detached")
    content = open_issue(context, issue_id, EDITOR).content
    assert content.title == "Another title"
    assert [entry.title for entry in content.entries][2].startswith("[nobody]")
    page.get_by_text("1 piece was dropped").click()
    page.get_by_text("A mail can't link to irc: addresses.").wait_for()
    assert serious_findings(page) == []
