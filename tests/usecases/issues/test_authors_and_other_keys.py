"""Authors are found, shown and written again; front matter that means nothing here is kept."""

from __future__ import annotations

import pytest

from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.writer import digest_markdown
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR

A = "https://example.org/a"


@pytest.mark.parametrize(
    ("comment", "author", "body"),
    [
        (", by Ann", "Ann", ""),
        (" by Ann Smith", "Ann Smith", ""),
        (" — Ann Lee", "Ann Lee", ""),
        (" — Strong ropes", "", "Strong ropes"),
        (" (by Ann J. Smith)", "Ann J. Smith", ""),
        (" von Änne Groß.", "Änne Groß", ""),
        (" .", "", ""),
        (" ...", "", ""),
        (" – by the way, this is new", "", "by the way, this is new"),
        (" by hand", "", "by hand"),
    ],
)
def test_a_comment_that_says_only_who_wrote_it_is_the_author(
    comment: str, author: str, body: str
) -> None:
    (entry,) = issue_content(parse_digest(f"# News\n\n- [Ropes]({A}){comment}\n")).entries
    assert (entry.author, entry.body) == (author, body)


@pytest.mark.parametrize("key", ["author", "authors", "editor"])
def test_authors_and_other_keys_are_kept_shown_and_written_again(
    context: Context, key: str
) -> None:
    text = f"---\ntitle: News\n{key}: Ben Field\nlayout: post\n---\n\n- [Ropes]({A}), by Ann\n"
    made = create_issue_from_digest(context, a_newsletter(context).id, text, EDITOR)
    opened = open_issue(context, made.issue_id, EDITOR)
    assert opened.content.author == "Ben Field"
    assert opened.other_keys == {"layout": "post"}
    assert opened.unplaced == ()
    shown = preview_issue(context, made.issue_id, EDITOR)
    for part in (shown.html, shown.text):
        assert "Ben Field" in part
        assert "Ann" in part
    written = digest_markdown(opened.content, other_keys=opened.other_keys)
    again = parse_digest(written)
    assert issue_content(again) == opened.content
    assert again.other_keys["layout"] == "post"
