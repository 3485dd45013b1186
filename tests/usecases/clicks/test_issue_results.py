"""The issues of a newsletter, compared: what became of their copies, and who clicked."""

from __future__ import annotations

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.store.models import ClickCount
from newsletter.usecases.clicks.issue_results import list_issue_results
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context
from newsletter.usecases.readers.unsubscribe import unsubscribe
from tests.support.builders import a_newsletter
from tests.support.ledgers import a_sent_issue, say
from tests.support.principals import EDITOR


def test_each_issue_is_a_row_of_what_was_taken_came_back_left_and_was_clicked(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    names = ("accepted-1", "accepted-2", "accepted-3", "failed-1")
    sent = a_sent_issue(context, *names, newsletter=newsletter, number=1, title="Winches")
    say(sent, "accepted-1", FeedbackVerdict.SOFT, FeedbackVerdict.HARD)
    say(sent, "accepted-2", FeedbackVerdict.COMPLAINT)
    edition, line = sent.edition(), sent.line("accepted-3@example.org")
    token = context.signer.sign_unsubscribe(line.subscription_id, edition.id)
    unsubscribe(context, token, "page", "192.0.2.1")
    with context.database.write() as session:
        for verdict in ("person", "burst"):
            session.add(ClickCount(edition_id=edition.id, number=1, verdict=verdict, clicks=5))
    (before,) = list_issue_results(context, newsletter.slug, EDITOR).results
    assert before.accepted is None, "not counted yet"
    keep_figures(context)
    (row,) = list_issue_results(context, newsletter.slug, EDITOR).results
    assert (row.number, row.title, row.copies, row.accepted) == (1, "Winches", 4, 3)
    assert row.accepted_percent == 75
    assert (row.bounced, row.complaints, row.unsubscribed) == (1, 1, 1), "two bounces of a copy"
    assert row.clicks == 5, "those of people"


def test_results_are_read_in_portions_from_the_newest_on(context: Context) -> None:
    newsletter = a_newsletter(context, clicks="off")
    for number in (1, 2, 3):
        a_sent_issue(context, f"accepted-{number}", newsletter=newsletter, number=number)
    newest = list_issue_results(context, newsletter.slug, EDITOR, limit=2)
    assert [one.number for one in newest.results] == [3, 2]
    assert newest.results[0].clicks is None, "they are not counted"
    oldest = list_issue_results(context, newsletter.slug, EDITOR, newest.before, limit=2)
    assert [one.number for one in oldest.results] == [1]
    assert oldest.before is None
