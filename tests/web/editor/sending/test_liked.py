"""What readers liked: an issue is sent, its links are clicked, and the pages say what is known."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask

from newsletter.app import create_app
from newsletter.cli.root import main
from newsletter.config import Settings
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.runtime.environment import environment_of
from newsletter.spool.clicks import ClickQueue
from newsletter.store.models import Edition, FeedbackRow
from newsletter.usecases.clicks.count_clicks import judge_clicks, store_clicks
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.clicks.show_growth import show_growth
from newsletter.usecases.clicks.show_liked import show_liked
from newsletter.usecases.context import Context
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber
from newsletter.usecases.readers.unsubscribe import unsubscribe
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from newsletter.web.shell import EXTENSION
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.ledgers import SentIssue, a_sent_issue, say
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
COUNTED = re.compile(r"http://localhost:8000/c/[\w-]+/\d+")


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Flask:
    app = create_app(settings, now=lambda: clock.now)
    app.testing = True
    return app


def follow(client: Any, url: str, address: str = "192.0.2.1", **headers: str) -> str:
    answer = client.get(
        urlsplit(url).path,
        headers=FIREFOX | headers,
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 302
    return str(answer.location)


def count(context: Context, clock: Clock, app: Flask) -> None:
    assert app.extensions[EXTENSION].clicks.flush()
    store_clicks(context, ClickQueue(context.settings.redis_url))
    clock.advance(timedelta(minutes=5))
    judge_clicks(context)


def mailed(rig: DeliveryRig, how: str) -> tuple[int, str, str, str]:
    """The id of an issue that was sent to one reader, their page, the text and the HTML."""
    newsletter = a_newsletter(rig.context, clicks=how)
    reader = a_subscriber(rig.context, newsletter).subscriber_id
    issue_id = an_issue(rig.context, newsletter, entries=6).id
    send_now(rig.context, issue_id, EDITOR)
    start_issue(rig.context, issue_id)
    rig.deliver()
    ((_, message),) = rig.relay.received
    text, html = (part.get_payload(decode=True).decode() for part in message.get_payload())
    page = f"/editor/newsletters/{newsletter.slug}/subscribers/{reader}"
    return issue_id, page, text, html


@pytest.mark.parametrize("how", ["sum", "reader"])
def test_an_issue_is_sent_its_links_are_clicked_and_the_report_shows_them(
    rig: DeliveryRig, clock: Clock, editor: Person, how: str
) -> None:
    client, app = editor.client, editor.client.application
    issue_id, reader_page, text, html = mailed(rig, how)
    links = COUNTED.findall(text)
    assert len(links) == 6
    assert set(links) == set(COUNTED.findall(html))
    clock.advance(timedelta(minutes=1))
    assert follow(client, links[1]) == "https://example.com/2"
    for link in links:
        follow(client, link, "192.0.2.99", **{"User-Agent": "Barracuda Sentinel"})
    count(rig.context, clock, app)
    page = words(editor.get(f"/editor/issues/{issue_id}/liked"))
    assert "1 by people, 7 in all" in page
    assert "Named itself as a program 6" in page
    assert ("1 subscribers clicked" in page) == (how == "reader")
    assert ("Entry number 2 https://example.com/2" in words(editor.get(reader_page))) == (
        how == "reader"
    )
    rows = editor.get(f"/editor/issues/{issue_id}/liked/links.csv").splitlines()
    assert rows[0] == "number,section,entry,label,url,clicks,people,readers"
    assert rows[2].startswith("2,,2,Entry number 2,https://example.com/2,2,1,")
    reported = CliRunner(env=environment_of(rig.context.settings)).invoke(
        main, ["issue", "report", str(issue_id), "--json"]
    )
    found = json.loads(reported.stdout)
    assert (found["clicks"]["all"], found["clicks"]["people"]) == (7, 1)
    assert found["clicks"]["machines"] == {"agent": 6}
    assert found["clicks"]["links"][1]["people"] == 1


def a_report(sent: SentIssue, name: str, verdict: str, reason: str = "") -> FeedbackRow:
    line = sent.line(f"{name}@example.org")
    return FeedbackRow(
        at=sent.context.now(),
        newsletter_id=sent.newsletter.id,
        edition_id=line.edition_id,
        subscriber_id=line.subscriber_id,
        verdict=verdict,
        reason=reason,
    )


def test_what_came_back_is_counted_by_copies_and_leaves_by_the_link_that_was_used(
    context: Context, clock: Clock
) -> None:
    sent = a_sent_issue(context, *(f"accepted-{n}" for n in range(5)))
    with context.database.write() as session:
        session.add_all(
            [
                a_report(sent, "accepted-0", "hard", "unknown-user"),
                a_report(sent, "accepted-0", "hard", "unknown-user"),
                a_report(sent, "accepted-1", "soft", "mailbox-full"),
                a_report(sent, "accepted-2", "complaint"),
                a_report(sent, "accepted-3", "automatic"),
            ]
        )
    line = sent.line("accepted-4@example.org")
    token = context.signer.sign_unsubscribe(line.subscription_id, line.edition_id)
    unsubscribe(context, token, "one-click", "192.0.2.1")
    for _ in range(2):  # today, and when the day is over
        liked = show_liked(context, sent.issue_id, EDITOR)
        assert liked is not None
        assert [(b.verdict, b.reason, b.copies) for b in liked.bounces] == [
            ("hard", "unknown-user", 1),
            ("soft", "mailbox-full", 1),
        ]
        assert (liked.complaints, liked.unsubscribes, liked.accepted) == (1, 1, 5)
        clock.advance(timedelta(days=1))
        keep_figures(context)


def test_a_newsletter_over_time_says_where_readers_come_from_and_why_they_leave(
    context: Context, clock: Clock
) -> None:
    newsletter = a_newsletter(context)
    slug = newsletter.slug
    for name in ("ann", "bo", "cy"):
        add_subscriber(context, slug, NewSubscriber(f"{name}@b.example", "At a fair"), EDITOR)
    sent = a_sent_issue(context, "accepted-1", "failed-1", newsletter=newsletter)
    with context.database.read() as session:
        edition = session.get_one(Edition, sent.edition().id)
    gone = sent.line("accepted-1@example.org")
    suppress_subscriber(context, slug, gone.subscriber_id, "complained by letter", EDITOR)
    for _ in range(2):
        growth = show_growth(context, slug, EDITOR)
        assert [(one.why, one.readers) for one in growth.joins] == [("Added by an editor", 3)]
        assert [(one.why, one.readers) for one in growth.leaves] == [("Suppressed by an editor", 1)]
        assert [one.readers for one in growth.issues] == [edition.active_at_freeze]
        clock.advance(timedelta(days=1))
        keep_figures(context)
    domains = {
        one.domain: (one.copies, one.accepted, one.failed)
        for one in show_growth(context, slug, EDITOR).domains
    }
    assert domains == {"b.example": (3, 0, 0), "example.org": (2, 1, 1)}


def test_the_pages_say_what_they_cannot_know_and_off_says_so(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "accepted-1", newsletter=a_newsletter(context, clicks="off"))
    page = words(editor.get(f"/editor/issues/{sent.issue_id}/liked"))
    assert "Clicks on this issue are not counted" in page
    assert "What this page can’t know" in page
    figures = f"/editor/newsletters/{sent.newsletter.slug}/figures"
    assert "What this page can’t know" in words(editor.get(figures))
    assert editor.get(f"{figures}/figures.csv").startswith("figure,of,by,count\r\nreaders,")


def test_the_reports_sort_the_issues_and_have_them_as_a_file(
    context: Context, editor: Person
) -> None:
    newsletter = a_newsletter(context)
    older = a_sent_issue(context, "accepted-1", newsletter=newsletter, title="Older", number=1)
    say(older, "accepted-1", FeedbackVerdict.HARD)
    a_sent_issue(context, "accepted-2", newsletter=newsletter, title="Newer", number=2)
    figures = f"/editor/newsletters/{newsletter.slug}/figures"
    shown = [words(editor.get(f"{figures}{sort}")) for sort in ("", "?sort=bounced", "?sort=no")]
    assert [page.index("Older") < page.index("Newer") for page in shown] == [False, True, False]
    lines = editor.get(f"{figures}/issues.csv").splitlines()
    assert lines[0].startswith("number,title,at,copies,accepted")
    assert lines[2].startswith("1,Older,")


def test_readers_are_told_what_is_counted_where_they_sign_up_and_in_their_preferences(
    context: Context, client: Any
) -> None:
    told = {"off": "don’t count", "sum": "don’t record who", "reader": "after 90 days"}
    for how, said in told.items():
        sent = a_sent_issue(
            context, f"accepted-{how}", newsletter=a_newsletter(context, clicks=how)
        )
        line = sent.line(f"accepted-{how}@example.org")
        token = context.signer.sign_preferences(line.subscription_id)
        for path in (f"/n/{sent.newsletter.slug}", f"/preferences/{token}"):
            page = client.get(path).text
            assert said in page
            assert "whether you open an issue" in page


def test_settings_and_entries_say_what_is_counted_and_keep_wrong_parameters_out(
    context: Context, editor: Person
) -> None:
    newsletter = a_newsletter(context, clicks="reader")
    page = f"/editor/newsletters/{newsletter.slug}"
    editor.submit(page, status=303)
    assert show_growth(context, newsletter.slug, EDITOR).profile.clicks == "reader"
    answer = editor.submit(page, clicks="all", link_parameters="campaign", status=400)
    assert "Each name begins with utm_" in answer.text
    editor.submit(page, clicks="off", link_parameters="utm_source=n", status=303)
    profile = show_growth(context, newsletter.slug, EDITOR).profile
    assert (profile.clicks, profile.link_parameters) == ("off", "utm_source=n")
