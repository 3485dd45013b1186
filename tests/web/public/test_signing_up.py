"""The signup page: double opt-in, one answer for all, no doors for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from newsletter.domain.readers.consent import (
    SubscriptionState,
    signup_wording,
    wording_hash,
)
from newsletter.store.models import InboxAllowance, Newsletter, Subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.readers.forget_inboxes import forget_inboxes
from newsletter.usecases.readers.sign_up import CONFIRMATIONS_OF_INBOX
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.web.public.conftest import Readers, suppress


def test_the_page_says_what_one_signs_up_for(readers: Readers) -> None:
    page = readers.client.get("/n/field-notes").text
    assert "Field Notes" in page
    assert "Links worth an evening." in page
    assert signup_wording("Field Notes") in page
    assert "/n/field-notes/archive" in page


def test_the_front_page_is_the_signup_page_of_the_only_newsletter(readers: Readers) -> None:
    assert 'action="/n/field-notes"' in readers.client.get("/").text


def test_the_front_page_lists_several_newsletters(context: Context, readers: Readers) -> None:
    a_newsletter(context, slug="second", name="Second Thoughts")
    page = readers.client.get("/").text
    assert "/n/field-notes" in page
    assert "/n/second" in page


def test_the_front_page_helps_where_there_is_no_newsletter_yet(client: Any) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "/editor/" in answer.text


def test_sections_are_chosen_at_signup_but_not_for_someone_who_is_subscribed(
    context: Context, readers: Readers, newsletter: Newsletter
) -> None:
    form = {"sections_asked": "yes", "section": "Links"}
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).reader_sections = "Links\nJobs"
    assert "section" not in readers.client.get("/n/field-notes").text
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).sections_asked = "signup"
    assert readers.client.get("/n/field-notes").text.count(" checked") == 2
    a_subscriber(context, newsletter, address="ann@example.org")
    for address in ("ann@example.org", "new@example.org"):
        readers.sign_up(address, **form)
    assert readers.subscription("ann@example.org").tags == []
    assert readers.subscription("new@example.org").tags == ["muted: Jobs"]
    readers.sign_up("new@example.org", sections_asked="yes")
    assert readers.subscription("new@example.org").tags == ["muted: Jobs"], "no mail, no change"


def test_signing_up_puts_one_confirmation_into_the_outbox(readers: Readers) -> None:
    answer = readers.sign_up("New.Reader@Example.org")
    assert answer.status_code == 200
    assert "inbox" in answer.text
    (mail,) = readers.outbox()
    assert mail.kind == "confirmation"
    assert mail.payload == {"subscription_id": readers.subscription("new.reader@example.org").id}
    assert readers.state("new.reader@example.org") == "pending"


def test_the_question_is_kept_as_evidence(readers: Readers, clock: Clock) -> None:
    readers.sign_up("new@example.org")
    (asked,) = readers.evidence("new@example.org")
    assert (asked.kind, asked.at) == ("asked", clock.now)
    assert asked.form_url == "http://localhost:8000/n/field-notes"
    assert asked.wording_hash == wording_hash(signup_wording("Field Notes"))
    assert asked.wording_version
    assert asked.client_address == "127.0.0.1"


def test_the_answer_is_the_same_whatever_is_known_of_the_address(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    for state in SubscriptionState:
        a_subscriber(context, newsletter, address=f"{state}@example.org", state=state)
    suppress(context, "blocked@example.org", newsletter)
    known = [f"{state}@example.org" for state in SubscriptionState]
    others = ["blocked@example.org", "new@example.org", "new@no-such-domain-at-all.org"]
    answers = [readers.sign_up(address) for address in known + others]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1


@pytest.mark.parametrize("state", [SubscriptionState.ACTIVE, SubscriptionState.PAUSED])
def test_a_confirmed_reader_gets_no_mail_and_stays(
    readers: Readers, context: Context, newsletter: Newsletter, state: SubscriptionState
) -> None:
    a_subscriber(context, newsletter, address="known@example.org", state=state)
    readers.sign_up("known@example.org")
    assert readers.outbox() == []
    assert readers.state("known@example.org") == state


def test_a_suppressed_address_gets_no_mail_and_is_not_stored_again(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    suppress(context, "blocked@example.org", newsletter)
    erase(context, "blocked@example.org")
    readers.sign_up("Blocked@example.org")
    assert readers.outbox() == []
    assert readers.addresses() == [None]


def test_an_address_gets_one_confirmation_a_day(readers: Readers, clock: Clock) -> None:
    readers.sign_up("new@example.org")
    clock.advance(timedelta(hours=11))
    readers.sign_up("NEW@example.org")
    assert len(readers.outbox()) == 1
    clock.advance(timedelta(hours=13))
    readers.sign_up("new@example.org")
    assert len(readers.outbox()) == 2
    assert [e.kind for e in readers.evidence("new@example.org")] == ["asked", "asked"]


@pytest.mark.parametrize(
    ("inbox", "others"),
    [
        ("victim@example.org", ["victim+{}@example.org", "Victim+a.{}@EXAMPLE.org"]),
        ("victim@bücher.example", ["victim+{}@xn--bcher-kva.example"]),
        ("vic.tim@gmail.com", ["v.ictim+{}@gmail.com", "victim+{}@googlemail.com"]),
    ],
)
def test_an_inbox_gets_a_handful_of_confirmations_a_day_whatever_its_tags_and_newsletters(
    readers: Readers, context: Context, clock: Clock, inbox: str, others: list[str]
) -> None:
    a_newsletter(context, slug="second")
    for number in range(4):
        for other in others:
            readers.sign_up(other.format(number))
            readers.sign_up(other.format(number), url="/n/second")
    answer = readers.sign_up(inbox)
    assert (answer.status_code, len(readers.outbox())) == (200, CONFIRMATIONS_OF_INBOX)
    assert len(readers.addresses()) <= CONFIRMATIONS_OF_INBOX, "nobody else was stored"
    readers.sign_up("another@example.org")
    assert len(readers.outbox()) == CONFIRMATIONS_OF_INBOX + 1
    clock.advance(timedelta(days=1))
    readers.sign_up(inbox)
    assert len(readers.outbox()) == CONFIRMATIONS_OF_INBOX + 2


def test_a_signup_that_mails_nothing_uses_up_nothing_of_an_inbox(readers: Readers) -> None:
    for _ in range(9):
        readers.sign_up("ann@example.org")
    readers.sign_up("ann+work@example.org")
    assert len(readers.outbox()) == 2


def test_counts_of_inboxes_hold_no_address_and_are_forgotten_the_day_after(
    readers: Readers, context: Context, clock: Clock
) -> None:
    readers.sign_up("ann@example.org")
    with context.database.read() as session:
        (kept,) = session.scalars(select(InboxAllowance))
    assert "ann" not in kept.inbox_hash
    assert forget_inboxes(context) == 0
    clock.advance(timedelta(days=1))
    assert forget_inboxes(context) == 1


def test_each_newsletter_asks_for_itself(readers: Readers, context: Context) -> None:
    a_newsletter(context, slug="second")
    readers.sign_up("new@example.org")
    readers.sign_up("new@example.org", url="/n/second")
    assert len(readers.outbox()) == 2
    assert len(readers.addresses()) == 1


def test_who_left_may_sign_up_again_and_the_history_stays(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    a_subscriber(
        context, newsletter, address="back@example.org", state=SubscriptionState.UNSUBSCRIBED
    )
    readers.sign_up("back@example.org")
    assert readers.state("back@example.org") == "pending"
    assert len(readers.outbox()) == 1


@pytest.mark.parametrize(
    "typed",
    ["", "nobody", "a@", "@b.org", "a b@example.org", "a@exa mple.org", "a@b@c.org", "x" * 300],
)
def test_what_is_no_address_is_said_at_the_field_and_kept(readers: Readers, typed: str) -> None:
    answer = readers.sign_up(typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert readers.addresses() == []


@pytest.mark.parametrize(
    "typed",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a\r@example.org",
        "a\0@example.org",
    ],
)
def test_an_address_with_a_line_break_never_gets_into_a_mail(readers: Readers, typed: str) -> None:
    readers.sign_up(typed)
    assert all("\r" not in (a or "") and "\n" not in (a or "") for a in readers.addresses())
    assert "b@example.org" not in readers.addresses()


def test_a_program_that_fills_in_everything_is_answered_and_ignored(readers: Readers) -> None:
    honest = readers.sign_up("honest@example.org")
    trapped = readers.sign_up("program@example.org", website="https://spam.example")
    assert (trapped.status_code, trapped.text) == (honest.status_code, honest.text)
    assert readers.addresses() == ["honest@example.org"]


def test_a_form_sent_too_fast_is_asked_once_more(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    hasty = Readers(make_client(signup_minimum_fill=timedelta(minutes=5)), context)
    answer = hasty.sign_up("quick@example.org")
    assert answer.status_code == 422
    assert "Press the button again" in answer.text
    assert 'value="quick@example.org"' in answer.text
    assert hasty.addresses() == []


def test_a_hasty_form_keeps_its_age_for_the_second_press(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    hasty = Readers(make_client(signup_minimum_fill=timedelta(minutes=5)), context)
    form = hasty.open_form()
    again = hasty.client.post("/n/field-notes", data={**form, "address": "a@example.org"})
    assert form["opened"] in again.text


def test_a_newsletter_without_a_sender_takes_no_signup_and_says_so(
    readers: Readers, context: Context
) -> None:
    form = readers.open_form()
    give_sender(context, "")
    page = readers.client.get("/n/field-notes").text
    assert "Signup is not open yet" in page
    assert 'name="address"' not in page
    answer = readers.client.post("/n/field-notes", data={**form, "address": "a@example.org"})
    assert answer.status_code == 409
    assert "Signup is not open yet" in answer.text
    assert "Check your inbox" not in answer.text
    assert readers.addresses() == []


def test_a_signup_that_was_refused_leaves_the_day_s_mail_for_later(
    readers: Readers, context: Context
) -> None:
    form = readers.open_form()
    give_sender(context, "")
    readers.client.post("/n/field-notes", data={**form, "address": "a@example.org"})
    give_sender(context, "ada@example.org")
    assert readers.sign_up("a@example.org").status_code == 200
    assert len(readers.outbox()) == 1


def test_who_left_can_sign_up_again_on_the_same_day(readers: Readers, context: Context) -> None:
    readers.sign_up("a@example.org")
    readers.client.post(readers.confirm_path("a@example.org"))
    subscription = readers.subscription("a@example.org")
    assert subscription is not None
    readers.client.post(f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id)}")
    assert readers.state("a@example.org") == "unsubscribed"
    readers.sign_up("a@example.org")
    assert readers.state("a@example.org") == "pending"
    assert confirmations(readers) == 2
    readers.sign_up("a@example.org")
    assert confirmations(readers) == 2, "an unanswered question is asked once a day"


@pytest.mark.parametrize("opened", ["", "nonsense", "MQ.aaaa.bbbb"])
def test_a_form_that_is_not_ours_is_asked_once_more(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter, opened: str
) -> None:
    client = make_client(signup_minimum_fill=timedelta(seconds=1))
    answer = Readers(client, context).sign_up("a@example.org", opened=opened)
    assert answer.status_code == 422
    assert "Press the button again" in answer.text


def test_a_patient_person_is_not_asked_twice(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    patient = Readers(make_client(signup_minimum_fill=timedelta(0)), context)
    assert patient.sign_up("a@example.org").status_code == 200
    assert len(patient.outbox()) == 1


def test_a_signup_without_the_form_s_token_is_refused(readers: Readers) -> None:
    answer = readers.client.post("/n/field-notes", data={"address": "a@example.org"})
    assert answer.status_code == 400
    assert "reload the page" in answer.text
    assert readers.addresses() == []


def test_an_unknown_newsletter_is_not_found(app: Flask, readers: Readers) -> None:
    assert readers.client.get("/n/nothing").status_code == 404


def confirmations(readers: Readers) -> int:
    return [row.kind for row in readers.outbox()].count("confirmation")


def give_sender(context: Context, address: str) -> None:
    with context.database.write() as session:
        session.execute(update(Newsletter).values(sender_address=address))


def erase(context: Context, address: str) -> None:
    with context.database.write() as session:
        subscriber = session.query(Subscriber).filter_by(address=address).one()
        subscriber.address = subscriber.address_key = None
        subscriber.erased_at = context.now()
