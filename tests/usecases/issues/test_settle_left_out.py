"""What has no place in a pasted digest is shown where it stood, and settled there."""

from __future__ import annotations

import pytest

from newsletter.domain.checks.left_out import LeftOut, Place
from newsletter.domain.errors import Conflict
from newsletter.store.models import Issue
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, paste_digest
from newsletter.usecases.issues.settle_left_out import settle_left_out
from newsletter.usecases.newsletters.show_newsletters import OpenIssue, open_issue
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR

LOST = "Some words with https://example.org/lost in them."
DIGEST = """# Weekly links

- [Ropes](https://example.org/r) – Strong.
- [Knots](https://example.org/k) – Tight.

[nobody]: https://example.org/nobody-asks-for-this

- [Winches](https://example.org/w) – Heavy.
"""


@pytest.fixture
def opened(context: Context) -> OpenIssue:
    made = create_issue_from_digest(context, a_newsletter(context).id, DIGEST, EDITOR)
    issue = open_issue(context, made.issue_id, EDITOR)
    knots = issue.content.entries[1]
    with context.database.write() as session:
        row = session.get_one(Issue, issue.id)
        row.unplaced = [LeftOut(9, LOST, knots.id).to_json(), LeftOut(1, "At the top.").to_json()]
    return open_issue(context, made.issue_id, EDITOR)


def after(context: Context, opened: OpenIssue, place: Place, piece: int = 0) -> OpenIssue:
    settle_left_out(context, opened.id, piece, place, EDITOR)
    return open_issue(context, opened.id, EDITOR)


def test_a_paste_counts_what_has_no_place_and_keeps_it_behind_its_entry(context: Context) -> None:
    made = create_issue_from_digest(context, a_newsletter(context).id, DIGEST, EDITOR)
    issue = open_issue(context, made.issue_id, EDITOR)
    above = {piece.text: piece.after for piece in issue.left_out}
    knots = issue.content.entries[1].id
    assert set(above.values()) == {knots}
    assert made.left_out == "1 link and 1 word"
    paste_digest(context, issue.id, DIGEST, EDITOR, append=True)
    again = open_issue(context, issue.id, EDITOR)
    assert {piece.after for piece in again.left_out} == {knots, again.content.entries[-2].id}


def test_it_becomes_an_entry_behind_the_one_above(context: Context, opened: OpenIssue) -> None:
    issue = after(context, opened, Place.ENTRY)
    made = issue.content.entries[2]
    assert (made.title, made.url) == (LOST, "https://example.org/lost")
    assert [piece.text for piece in issue.left_out] == ["At the top."]


def test_a_piece_that_reads_like_an_entry_becomes_that(context: Context, opened: OpenIssue) -> None:
    with context.database.write() as session:
        piece = LeftOut(9, "- [Lost](https://example.org/l) – found")
        session.get_one(Issue, opened.id).unplaced = [piece.to_json()]
    made = after(context, opened, Place.ENTRY).content.entries[0]
    assert (made.title, made.url, made.body) == ("Lost", "https://example.org/l", "found")


def test_it_is_added_to_the_comment_above(context: Context, opened: OpenIssue) -> None:
    assert after(context, opened, Place.COMMENT).content.entries[1].body == f"Tight.\n\n{LOST}"


def test_it_becomes_the_introduction_of_its_section_or_of_the_issue(
    context: Context, opened: OpenIssue
) -> None:
    assert after(context, opened, Place.INTRO, 1).content.intro.endswith("At the top.")
    assert after(context, opened, Place.INTRO).content.sections[0].intro == LOST


def test_what_is_dropped_can_be_brought_back_and_stops_nothing(
    context: Context, opened: OpenIssue
) -> None:
    def is_stopped() -> bool:
        checked = check_issue(context, opened.id, EDITOR)
        return any(finding.check == "left-out" for finding in checked.errors)

    assert is_stopped()
    after(context, opened, Place.DROP, 1)
    assert after(context, opened, Place.DROP).left_out[0].is_dropped
    assert not is_stopped()
    assert not after(context, opened, Place.RESTORE).left_out[0].is_dropped
    assert is_stopped()


def test_where_its_entry_is_gone_it_is_at_the_top(context: Context, opened: OpenIssue) -> None:
    with context.database.write() as session:
        session.get_one(Issue, opened.id).unplaced = [LeftOut(9, "Words.", 999_999).to_json()]
    assert after(context, opened, Place.ENTRY).content.entries[0].title == "Words."


def test_a_piece_that_is_gone_is_a_conflict(context: Context, opened: OpenIssue) -> None:
    with pytest.raises(Conflict, match="settled meanwhile"):
        settle_left_out(context, opened.id, 2, Place.DROP, EDITOR)
