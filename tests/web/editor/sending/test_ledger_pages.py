"""The ledger in the editor: one reader's copies, the report's figures, sending again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.mail.smtp.relay import relay_names
from newsletter.store.models import (
    Delivery,
    DomainPause,
    Issue,
    RelayPause,
    Subscriber,
    Subscription,
)
from newsletter.store.operations import beat
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.start_issue import start_issue
from newsletter.web.editor.sending.plot import plot_of
from newsletter.web.editor.sending.report import offers, refresh_s, time_left
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words


def page_of(sent: SentIssue) -> str:
    return f"/editor/issues/{sent.issue_id}/send"


def test_a_readers_copies_are_found_by_address(context: Context, editor: Person) -> None:
    a_sent_issue(context, "accepted-1", number=3)
    answer = editor.submit("/editor/deliveries", address="Accepted-1@example.org", status=303)
    assert "@" not in answer.location
    page = words(editor.get(answer.location))
    for piece in (
        "#3 On slow tools",
        "accepted",
        "Europe/Berlin",
        "250 2.0.0",
        "Q77",
        "Message-ID",
    ):
        assert piece in page


def test_an_address_that_is_not_known_is_told_at_its_field(editor: Person) -> None:
    answer = editor.submit("/editor/deliveries", address="<b>@example.org", status=404)
    assert "No subscriber has the address" in words(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert "<b>" not in answer.text


def test_a_readers_page_leads_to_their_copies(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "accepted-1")
    reader = sent.line("accepted-1@example.org").subscriber_id
    page = editor.get(f"/editor/newsletters/{sent.newsletter.slug}/subscribers/{reader}")
    assert f'href="/editor/deliveries/{reader}"' in page
    editor.get(f"/editor/deliveries/{2**63 - 1}", status=404)


def test_the_ledger_is_for_editors_alone(client: Any, context: Context) -> None:
    sent = a_sent_issue(context, "accepted-1")
    reader = sent.line("accepted-1@example.org").subscriber_id
    for url in ("/editor/deliveries", f"/editor/deliveries/{reader}"):
        assert client.get(url).status_code == 303


def test_what_did_not_arrive_is_sent_again_with_one_button(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "failed-1", "expired-1", "accepted-1", "held-1")
    assert "2 did not arrive" in words(editor.get(page_of(sent)))
    editor.submit(page_of(sent), "/again", what="not taken", status=303)
    assert sent.states() == {
        "failed-1": "pending",
        "expired-1": "pending",
        "accepted-1": "accepted",
        "held-1": "uncertain",
    }
    page = editor.get(page_of(sent))
    assert "Resending 2 copies." in words(page)
    assert "did not arrive" not in words(page)


def test_who_is_suppressed_since_is_not_offered_again(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "failed-1", "failed-2", "failed-3", "held-1")
    left = SubscriptionState.SUPPRESSED
    with context.database.write() as session:
        session.execute(update(Subscription).values(state=left))
        session.execute(
            update(Subscription)
            .where(Subscription.subscriber_id == sent.line("failed-3@example.org").subscriber_id)
            .values(state=SubscriptionState.ACTIVE)
        )
    page = words(editor.get(page_of(sent)))
    assert "2 of these subscribers have left or are suppressed" in page
    assert "you can resend 1." in page
    assert "resend or not?" not in page
    with context.database.write() as session:
        session.execute(update(Subscription).values(state=left))
    page = words(editor.get(page_of(sent)))
    assert "Not delivered" in page
    assert "Resend failed" not in page


def test_a_dead_relay_is_named_once_and_the_next_try_is_shown(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "deferred-1")
    under_way(sent)
    (relay,) = relay_names(context.settings)
    now = datetime.now(UTC)
    due = {"state": DeliveryState.DEFERRED, "due_at": now + timedelta(hours=1)}
    pause = {"relay": relay, "since": now, "until": now + timedelta(hours=2), "times": 5}
    with context.database.write() as session:
        session.execute(update(Delivery).values(**due))
        session.add(RelayPause(reason=f"{relay}: Connection refused", **pause))
    page = words(editor.get(page_of(sent)))
    assert "Waiting for the mail relay." in page
    assert "On its way" not in page
    assert page.count(relay) == 1
    assert page.count("Connection refused") == 1
    assert page.count("That is the next try.") == 1
    assert "Deferred, will retry next try" in page


def test_what_waits_for_another_try_is_shown_by_domain_and_no_pause_contradicts_it(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "deferred-1", "deferred-2", "deferred-3", "accepted-1")
    under_way(sent)
    now = datetime.now(UTC).replace(microsecond=0)
    soon, later = now + timedelta(minutes=5), now + timedelta(hours=3)
    full = {"reply_code": 452, "reply_enhanced": "4.2.2", "reply_text": "mailbox full"}
    with context.database.write() as session:
        deferred = Delivery.state == DeliveryState.DEFERRED
        session.execute(update(Delivery).where(deferred).values(due_at=soon, **full))
        reader = sent.line("deferred-3@example.org").subscriber_id
        session.get_one(Subscriber, reader).address = "cy@Big.example"
        pause = {"since": now, "until": later, "times": 2, "reason": "blocked 12 of 20"}
        session.add(DomainPause(domain="big.example", **pause))
        for process in ("ticker", "worker"):
            beat(session, process, now)
    found = report_issue(context, sent.issue_id, EDITOR)
    assert [(one.domain, one.copies, one.at, one.said) for one in found.next_tries] == [
        ("example.org", 2, soon, "452 4.2.2 mailbox full"),
        ("big.example", 1, later, "452 4.2.2 mailbox full"),
    ]
    assert found.next_try_at == soon
    page = words(editor.get(page_of(sent)))
    assert "example.org 2" in page
    assert "All others continue." in page
    with context.database.write() as session:
        session.get_one(Issue, sent.issue_id).state = IssueState.PAUSED
    page = words(editor.get(page_of(sent)))
    assert page.count("once you resume") == 3, "for all copies, and for each domain"
    for untrue in ("All others continue", "That is the next try", "On its way"):
        assert untrue not in page


def test_held_copies_ask_for_a_decision_once(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "held-1")
    assert "resend or not?" in words(editor.get(page_of(sent)))
    editor.submit(page_of(sent), "/leave-uncertain", status=303)
    page = words(editor.get(page_of(sent)))
    assert "resend or not?" not in page
    assert "1 won’t be resent unless an editor resends it" in page


def test_held_copies_are_sent_again(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "held-1", "failed-1")
    editor.submit(page_of(sent), "/again", what="held", status=303)
    assert sent.states() == {"held-1": "pending", "failed-1": "failed"}


def test_trouble_is_told_while_it_goes_out(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "pending-1")
    under_way(sent)
    until = {"until": context.now() + timedelta(days=3650), "since": context.now(), "times": 1}
    with context.database.write() as session:
        session.add(RelayPause(relay="mx.example.net:25", reason="421 <too> busy", **until))
        session.add(DomainPause(domain="big.example", reason="blocked 12 of 20", **until))
    page = editor.get(page_of(sent))
    assert "mx.example.net:25 : 421 &lt;too&gt; busy Paused until" in words(page)
    assert "big.example : blocked 12 of 20" in words(page)


def test_what_is_exchanged_under_the_readers_hands_has_nothing_to_press(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "accepted-1", "accepted-2", "failed-1", "held-1", "pending-1")
    under_way(sent)
    piece = editor.get(f"/editor/issues/{sent.issue_id}/progress")
    assert not re.search(r"<(button|a|input|form|summary)\b|tabindex|role=.status|aria-live", piece)
    assert "<progress" in piece


def test_the_whole_page_is_loaded_when_there_is_something_else_to_press(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "accepted-1", "pending-1")
    under_way(sent)
    asked = re.search(r'hx-get="([^"]+)"', editor.get(page_of(sent)))
    assert asked
    assert editor.client.get(asked[1]).status_code == 200
    with context.database.write() as session:
        session.get_one(Issue, sent.issue_id).state = IssueState.SENT
    answer = editor.client.get(asked[1])
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_growth_is_drawn_from_nothing_to_all(context: Context, clock: Any) -> None:
    sent = a_sent_issue(context, "accepted-1", "accepted-2", "failed-1", "failed-2")
    report = replace(
        report_issue(context, sent.issue_id, EDITOR),
        accepted_by=((clock.now, 1), (clock.now + timedelta(seconds=5), 2)),
        finished_at=clock.now + timedelta(seconds=10),
    )
    plot = plot_of(report, "Europe/Berlin", clock.now)
    assert plot
    assert plot.line == "M0.0 140.0 L0.0 105.0 L300.0 70.0 L600.0 70.0"
    assert (plot.begins, plot.ends) == ("13:00:00", "13:00:10")
    assert "half of 2 by 13:00:00, the last by 13:00:05" in plot.words
    assert plot_of(replace(report, accepted_by=()), "UTC", clock.now) is None


@pytest.mark.parametrize(
    ("pending", "said"),
    [
        (0, ""),
        (100, "less than a minute left"),
        (600, "about 1 minute left"),
        (36_000, "about 60 minutes left"),
        (720_000, "about 20 hours left"),
    ],
)
def test_the_time_left_is_told_in_words(context: Context, pending: int, said: str) -> None:
    sent = a_sent_issue(context, "accepted-1")
    report = replace(
        report_issue(context, sent.issue_id, EDITOR), messages_per_second=10.0, pending=pending
    )
    assert time_left(report) == said


def test_a_large_issue_is_added_up_less_often(context: Context) -> None:
    sent = a_sent_issue(context, "pending-1")
    under_way(sent)
    report = report_issue(context, sent.issue_id, EDITOR)
    assert refresh_s(report) == 2
    assert refresh_s(replace(report, active_at_freeze=1_000_000)) == 10
    assert refresh_s(replace(report, state=IssueState.SENT)) == 0
    assert offers(report) != offers(replace(report, failed=1))
    assert offers(replace(report, failed=2)) == offers(replace(report, failed=1))


def under_way(sent: SentIssue) -> None:
    with sent.context.database.write() as session:
        issue = session.get_one(Issue, sent.issue_id)
        issue.state, issue.sent_at = IssueState.SENDING, None


def test_what_was_sent_now_can_be_taken_back(context: Context, editor: Person) -> None:
    newsletter = a_newsletter(context, undo_minutes=10)
    a_subscriber(context, newsletter)
    page = f"/editor/issues/{an_issue(context, newsletter).id}"
    assert "goes out in 10 minutes" in words(editor.get(f"{page}/send-now"))
    editor.submit(f"{page}/send-now", "send-now", status=303)
    shown = words(editor.get(f"{page}/send"))
    assert "You can undo this until then" in shown
    assert "Undo send" in shown
    assert editor.submit(f"{page}/send", "/unschedule", status=303).location == page
    assert "Undo send" not in words(editor.get(f"{page}/send"))


def test_care_is_a_setting_of_the_newsletter(context: Context, editor: Person) -> None:
    slug = a_newsletter(context).slug
    page = f"/editor/newsletters/{slug}"
    answer = editor.submit(page, undo_minutes="61", canary_percent="x", status=400)
    assert "whole number from 0 to 60" in words(answer.text)
    assert "whole number from 0 to 50" in words(answer.text)
    editor.submit(
        page, undo_minutes="5", canary_percent="2", canary_threshold_percent="", status=303
    )
    profile = show_newsletter(context, slug, EDITOR).profile
    care = (profile.undo_minutes, profile.canary_percent, profile.canary_threshold_percent)
    assert care == (5, 2, 5)
    assert editor.fields(page)["undo_minutes"] == "5"


def test_a_canary_is_told_before_and_while_it_goes_out(context: Context, editor: Person) -> None:
    newsletter = a_newsletter(context, canary_percent=20)
    for _ in range(100):
        a_subscriber(context, newsletter)
    issue_id = an_issue(context, newsletter).id
    page = f"/editor/issues/{issue_id}"
    assert "20% of subscribers get it first" in words(editor.get(f"{page}/send-now"))
    editor.submit(f"{page}/send-now", "send-now", status=303)
    start_issue(context, issue_id)
    assert "20 subscribers get it first. The other 80 wait" in words(editor.get(f"{page}/send"))


def test_the_report_has_its_domains_and_leads_to_the_readers_it_did_not_reach(
    context: Context, editor: Person
) -> None:
    sent = a_sent_issue(context, "accepted-1", "failed-1")
    page = editor.get(f"/editor/issues/{sent.issue_id}/send")
    assert "By recipient domain" in page
    (link,) = re.findall(r'<td class="main"><a href="([^"]+/subscribers/\d+)">', page)
    assert "failed-1@" in words(editor.get(link))
