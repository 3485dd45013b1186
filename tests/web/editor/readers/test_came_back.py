"""The page “What came back”: each message, what it says of whom, and why."""

from __future__ import annotations

import pytest

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from tests.support.builders import a_newsletter
from tests.support.ledgers import a_sent_issue
from tests.support.reports import a_bounce, copy_to
from tests.web.editor.conftest import Person, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_it_shows_each_verdict_with_its_rule_and_what_is_not_proven(
    editor: Person, context: Context
) -> None:
    sent = a_sent_issue(context, "accepted-1")
    copy = copy_to(sent, "accepted-1@example.org")
    proven = a_bounce(to=copy.verp, about=copy.address)
    forged = a_bounce(to="news@example.org", about="<b>&@example.org")
    store_arrivals(context, [Arrival(Door.SMTP, proven), Arrival(Door.SMTP, forged)])
    judge_new(context)
    page = f"/editor/newsletters/{sent.newsletter.slug}/came-back"
    shown = words(editor.get(page))
    assert copy.address in shown
    assert "Nothing proves that it is about a copy of yours" in shown
    assert copy.address not in words(editor.get(f"{page}?verdict=reply"))
    assert "5.1.1" in words(editor.get(f"{page}/1"))


HOSTILE = (
    "550 5.1.1 <script>alert(1)</script> \u202egnp.exe \x1b[2J\x9b31m [x](javascript:alert(1)) "
    '" onmouseover="alert(1) &lt;b&gt; {{ config }} ' + "very " * 2_000 + "long: user unknown"
)


def test_what_a_hostile_server_says_is_shown_as_text_wherever_it_is_shown(
    editor: Person, context: Context
) -> None:
    sent = a_sent_issue(context, "accepted-1")
    copy = copy_to(sent, "accepted-1@example.org")
    said = a_bounce(to=copy.verp, about=copy.address).replace(
        f"550 5.1.1 <{copy.address}>: User unknown".encode(), HOSTILE.encode()
    )
    store_arrivals(context, [Arrival(Door.SMTP, said)])
    judge_new(context)
    slug, who = sent.newsletter.slug, copy.line.subscriber_id
    for page in (
        f"newsletters/{slug}/came-back",
        f"issues/{sent.issue_id}/later?what=hard",
        f"issues/{sent.issue_id}/liked",
        f"newsletters/{slug}/subscribers/{who}",
        f"newsletters/{slug}/suppressions",
        "",
    ):
        shown = editor.get(f"/editor/{page}")
        assert "<script>alert" not in shown
        assert 'onmouseover="alert' not in shown
        assert not set("\u202e\x1b\x9b") & set(shown)
        assert shown.count("very ") <= 2_000
    assert "alert(1)" in words(editor.get(f"/editor/newsletters/{slug}/came-back"))
    source = editor.get(f"/editor/newsletters/{slug}/came-back/1")
    assert "<script>alert" not in source


def test_an_empty_page_says_how_to_open_a_door(editor: Person, context: Context) -> None:
    slug = a_newsletter(context).slug
    shown = words(editor.get(f"/editor/newsletters/{slug}/came-back"))
    assert "INBOUND_MAILBOX" in shown


@pytest.mark.parametrize("page", ["came-back", "suppressions", "subscribers"])
def test_a_page_of_lines_older_than_any_number_is_empty_or_the_first(
    editor: Person, context: Context, page: str
) -> None:
    slug = a_newsletter(context).slug
    for older in ("9" * 5_000, "²", "-1"):
        path = f"/editor/newsletters/{slug}/{page}?older={older}&before={older}&after={older}"
        assert words(editor.get(path))
