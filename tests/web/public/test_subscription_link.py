"""Readers without an old mail get the link to their subscription by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.readers.mail_subscription_link import LINKS_A_DAY
from tests.conftest import Clock
from tests.support.builders import a_subscriber
from tests.web.public.conftest import Readers

URL = "/n/field-notes/link"
READER = "reader@example.org"


def ask(readers: Readers, address: str = READER) -> Any:
    return readers.client.post(URL, data={**readers.open_form(URL), "address": address})


def test_the_signup_page_leads_to_it(readers: Readers) -> None:
    assert f'href="{URL}"' in readers.client.get("/n/field-notes").text


@pytest.mark.parametrize("state", [SubscriptionState.ACTIVE, SubscriptionState.PAUSED])
def test_the_mail_has_links_that_change_and_end_the_subscription(
    readers: Readers, context: Context, newsletter: Newsletter, state: SubscriptionState
) -> None:
    subscription = a_subscriber(context, newsletter, address=READER, state=state)
    ask(readers)
    (row,) = readers.outbox()
    mail = compose_mail(context, row)
    message = message_from_bytes(mail.message, policy=policy.default)
    assert mail.envelope.recipient == READER
    assert message["Subject"] == "Your subscription to Field Notes"
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert f"/preferences/{context.signer.sign_preferences(subscription.id)}" in text
    assert f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id)}" in text
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "state",
    [SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED, SubscriptionState.SUPPRESSED],
)
def test_who_gets_no_issues_gets_no_link_and_the_answer_is_the_same(
    readers: Readers, context: Context, newsletter: Newsletter, state: SubscriptionState
) -> None:
    a_subscriber(context, newsletter, address=READER)
    a_subscriber(context, newsletter, address="other@example.org", state=state)
    known, other, stranger = (
        ask(readers),
        ask(readers, "other@example.org"),
        ask(readers, "nobody@example.org"),
    )
    assert known.text == other.text == stranger.text
    assert known.status_code == other.status_code == stranger.status_code == 200
    assert len(readers.outbox()) == 1


def test_a_stranger_s_address_is_not_kept(readers: Readers) -> None:
    ask(readers, "nobody@example.org")
    assert readers.addresses() == []


def test_nobody_can_fill_an_inbox_with_links(
    readers: Readers, context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    a_subscriber(context, newsletter, address=READER)
    assert len({ask(readers).text for _ in range(LINKS_A_DAY + 2)}) == 1
    assert len(readers.outbox()) == LINKS_A_DAY
    clock.now += timedelta(days=1, minutes=1)
    ask(readers)
    assert len(readers.outbox()) == LINKS_A_DAY + 1


def test_no_link_goes_to_who_left_after_asking(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    subscription = a_subscriber(context, newsletter, address=READER)
    ask(readers)
    readers.client.post(f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id)}")
    (row,) = readers.outbox()
    with pytest.raises(Exception, match="unsubscribed"):
        compose_mail(context, row)


def test_an_invalid_address_is_marked(readers: Readers) -> None:
    answer = ask(readers, "nonsense")
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_newsletter_without_a_sender_says_that_it_can_t_send(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    a_subscriber(context, newsletter, address=READER)
    with context.database.write() as session:
        session.execute(update(Newsletter).values(sender_address=""))
    answer = ask(readers)
    assert answer.status_code == 409
    assert "can&#39;t send email yet" in answer.text
    assert readers.outbox() == []


def test_it_is_limited_as_signups_are(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    eager = Readers(make_client(signup_limit_client="2 per hour"), context)
    assert [ask(eager).status_code for _ in range(3)] == [200, 200, 429]


def test_a_link_that_doesn_t_work_says_where_to_get_a_new_one(readers: Readers) -> None:
    assert "signup page" in readers.client.get("/preferences/nonsense").text
    assert "signup page" in readers.client.get("/unsubscribe/nonsense").text


def test_the_form_has_its_token_checked(readers: Readers) -> None:
    assert readers.client.post(URL, data={"address": READER}).status_code == 400
    assert readers.outbox() == []
