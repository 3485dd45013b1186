"""The base address of a newsletter completes the relative links of what is pasted there."""

from __future__ import annotations

import pytest

from newsletter.domain.problems import InvalidFields
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, paste_digest
from newsletter.usecases.newsletters.save_newsletter import change_settings
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletter
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR

DIGEST = "- [Ropes](/ropes) – with ![a picture](r.png)\n"


def test_links_and_pictures_are_completed_when_a_digest_is_pasted(context: Context) -> None:
    newsletter = a_newsletter(context, base_url="https://example.org/weekly/")
    made = create_issue_from_digest(context, newsletter.id, DIGEST, EDITOR)
    paste_digest(context, made.issue_id, DIGEST, EDITOR, append=True)
    for entry in open_issue(context, made.issue_id, EDITOR).content.entries:
        assert entry.url == "https://example.org/ropes"
        assert "https://example.org/weekly/r.png" in entry.body


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org/weekly", "https://example.org/weekly/"),
        (" https://example.org ", "https://example.org/"),
        ("https://example.org/weekly/index.html?a#b", "https://example.org/weekly/index.html"),
        ("", ""),
    ],
)
def test_a_base_address_is_that_of_a_folder_and_nothing_else_changes(
    context: Context, typed: str, kept: str
) -> None:
    slug = a_newsletter(context, canary_percent=3).slug
    before = show_newsletter(context, slug, EDITOR).profile
    change_settings(context, slug, {"base_url": typed}, EDITOR)
    after = show_newsletter(context, slug, EDITOR).profile
    assert after.base_url == kept
    assert (after.canary_percent, after.postal_address) == (3, before.postal_address)


@pytest.mark.parametrize(
    "typed",
    [
        "example.org",
        "ftp://example.org/",
        "https://",
        "http://127.0.0.1/",
        "https://a b.org/",
        "http://localhost:8000/",
        "javascript:alert(1)",
        "https://example.org/\nx",
    ],
)
def test_what_is_no_public_address_is_refused_at_its_field(context: Context, typed: str) -> None:
    slug = a_newsletter(context).slug
    with pytest.raises(InvalidFields) as refused:
        change_settings(context, slug, {"base_url": typed}, EDITOR)
    assert list(refused.value.problems) == ["base_url"]
