"""Addresses with queries that no page of ours has written: each is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.editor.conftest import Person

HUGE = "9" * 30
MANY_WORDS = "a+" * 1500
LONG = "x" * 3500


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_numbers_and_searches_of_any_length_find_nothing_and_break_nothing(
    editor: Person, newsletter: Any
) -> None:
    """SQLite has the tighter limits: of an integer, of a pattern, and of conditions in a row."""
    ours = f"/editor/newsletters/{newsletter.slug}"
    numbers = ("figures?before=", "pictures?before=", "subscribers?older=", "audit?older=")
    searches = ("pictures?q=", "subscribers?q=", "suppressions?q=", "archive?q=", "audit?who=")
    pages = [f"{ours}/{page}{HUGE}" for page in numbers]
    pages += [f"{ours}/{page}{words}" for page in searches for words in (MANY_WORDS, LONG)]
    pages += [f"/editor/find?q={words}" for words in (MANY_WORDS, LONG)]
    for page in pages:
        assert editor.client.get(page).status_code == 200, page[:80]
