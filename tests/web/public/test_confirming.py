"""The link of the confirmation mail: a page with a button; only the button confirms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from newsletter.delivery.deliver_outbox import deliver_outbox
from newsletter.delivery.leases import Leases
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.runtime.sandbox.inbox import list_messages, read_message
from newsletter.signing import Signer, SignInClaim
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.web.public.conftest import Readers

READER = "reader@example.org"


def test_the_mailed_link_leads_to_a_page_whose_button_confirms(
    readers: Readers, context: Context
) -> None:
    readers.sign_up(READER)
    deliver_all(context, readers)
    (mail,) = list_messages(context.settings.sandbox_dir)
    assert mail.recipients == (READER,)
    message = read_message(context.settings.sandbox_dir, mail.id)
    (path,) = set(re.findall(r"http://localhost:8000(/confirm/\S+)", message.text))
    page = readers.client.get(path)
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert readers.client.post(path).status_code == 200
    assert readers.state(READER) == "active"
    asked, confirmed = readers.evidence(READER)
    assert asked.message_id == message.header("Message-ID")
    assert confirmed.client_address == "127.0.0.1"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_confirms_nothing(readers: Readers, method: str) -> None:
    readers.sign_up(READER)
    path = readers.confirm_path(READER)
    answer = readers.client.open(path, method=method)
    assert answer.status_code == 200
    assert readers.state(READER) == "pending"
    assert "<script" not in answer.text


def test_confirming_is_kept_as_evidence(readers: Readers, clock: Clock) -> None:
    readers.sign_up(READER)
    clock.advance(timedelta(hours=2))
    readers.client.post(readers.confirm_path(READER))
    _, confirmed = readers.evidence(READER)
    assert (confirmed.kind, confirmed.at) == ("confirmed", clock.now)


def test_a_second_visit_is_harmless(readers: Readers) -> None:
    readers.sign_up(READER)
    path = readers.confirm_path(READER)
    readers.client.post(path)
    again = readers.client.post(path)
    assert again.status_code == 200
    assert "You are subscribed" in again.text
    assert "already confirmed" in readers.client.get(path).text
    assert [e.kind for e in readers.evidence(READER)] == ["asked", "confirmed"]


def test_no_cookie_is_needed_or_set(readers: Readers, app: Any) -> None:
    readers.sign_up(READER)
    answer = app.test_client(use_cookies=False).post(readers.confirm_path(READER))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_confirmation_of_a_reader_who_paused_changes_nothing(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    a_subscriber(context, newsletter, address=READER, state=SubscriptionState.PAUSED)
    assert readers.client.post(readers.confirm_path(READER)).status_code == 200
    assert readers.state(READER) == "paused"


def test_an_old_mail_does_not_bring_back_who_left_since(readers: Readers) -> None:
    readers.sign_up(READER)
    path = readers.confirm_path(READER)
    readers.client.post(path)
    leave(readers)
    for answer in (readers.client.get(path), readers.client.post(path)):
        assert answer.status_code == 410
        assert "Sign up again" in answer.text
    assert readers.state(READER) == "unsubscribed"


def test_an_old_mail_does_not_answer_a_newer_question(readers: Readers, clock: Clock) -> None:
    """Asked again after leaving, perhaps by somebody else: only the newer mail counts."""
    readers.sign_up(READER)
    old_path = readers.confirm_path(READER)
    readers.client.post(old_path)
    leave(readers)
    clock.advance(timedelta(days=1))
    readers.sign_up(READER)
    assert readers.client.post(old_path).status_code == 410
    assert readers.state(READER) == "pending"
    assert readers.client.post(readers.confirm_path(READER)).status_code == 200
    assert readers.state(READER) == "active"
    kinds = [e.kind for e in readers.evidence(READER)]
    assert kinds == ["asked", "confirmed", "withdrawn", "asked", "confirmed"]


def test_a_mail_of_yesterday_still_confirms_when_it_was_asked_twice(
    readers: Readers, clock: Clock
) -> None:
    readers.sign_up(READER)
    first_path = readers.confirm_path(READER)
    clock.advance(timedelta(days=1))
    readers.sign_up(READER)
    assert readers.client.post(first_path).status_code == 200
    assert readers.state(READER) == "active"


def test_a_suppressed_reader_is_not_taken_back(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    a_subscriber(context, newsletter, address=READER, state=SubscriptionState.SUPPRESSED)
    assert readers.client.post(readers.confirm_path(READER)).status_code == 410
    assert readers.state(READER) == "suppressed"


def test_an_expired_link_says_so_and_what_to_do(readers: Readers) -> None:
    readers.sign_up(READER)
    with time_machine.travel(datetime.now(UTC) - timedelta(days=7, minutes=1)):
        path = readers.confirm_path(READER)
    for answer in (readers.client.get(path), readers.client.post(path)):
        assert answer.status_code == 410
        assert "expired" in answer.text
        assert "Sign up again" in answer.text
    assert readers.state(READER) == "pending"


def test_altered_and_foreign_tokens_are_refused_alike(readers: Readers, context: Context) -> None:
    readers.sign_up(READER)
    good = readers.confirm_path(READER).removeprefix("/confirm/")
    number = readers.subscription(READER).id
    signer = context.signer
    bad = [
        good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "x" + good,
        good[:10],
        "nonsense",
        signer.sign_unsubscribe(number, 0),
        signer.sign_preferences(number),
        signer.sign_form(number),
        signer.sign_sign_in(SignInClaim(number, "stamp")),
        Signer(["a-key-that-we-do-not-have"]).sign_confirmation(number, 1),
        signer.sign_confirmation(number + 1000, 1),
    ]
    answers = [readers.client.post(f"/confirm/{token}") for token in bad]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers[:-1]}) == 1
    assert readers.state(READER) == "pending"


def test_a_token_signed_with_an_older_key_still_works(
    readers: Readers, context: Context, make_client: Any
) -> None:
    readers.sign_up(READER)
    path = readers.confirm_path(READER)
    newer = make_client(secret_keys=(*context.settings.secret_keys, "a-newer-secret-for-tests"))
    assert newer.post(path).status_code == 200
    assert readers.state(READER) == "active"


def test_confirming_one_newsletter_leaves_the_other_alone(
    readers: Readers, context: Context
) -> None:
    second = a_newsletter(context, slug="second")
    other = a_subscriber(context, second, address=READER, state=SubscriptionState.PENDING)
    readers.sign_up(READER)
    readers.client.post(f"/confirm/{context.signer.sign_confirmation(other.id, 0)}")
    with context.database.read() as session:
        assert session.get(type(other), other.id).state == "active"
        states = {s.newsletter_id: s.state for s in session.query(type(other)).all()}
    assert sorted(states.values()) == ["active", "pending"]


def leave(readers: Readers) -> None:
    token = readers.context.signer.sign_unsubscribe(readers.subscription(READER).id, 0)
    readers.client.post(f"/unsubscribe/{token}", data={"leave": "yes"})


def deliver_all(context: Context, readers: Readers) -> None:
    transmitter = Transmitter(context)
    leases = Leases("test/1", context.settings.lease_duration)
    for row in readers.outbox():
        deliver_outbox(context, transmitter, leases, row.id)
    transmitter.close()
