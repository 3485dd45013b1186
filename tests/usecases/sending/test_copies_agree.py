"""A test copy, a proof and the spam filter's example are what a reader will get, but for a few
headers that are named here."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import urls
from newsletter.domain.outbox import OutboxKind
from newsletter.rendering.edition.edition import RenderedEdition
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.store.models import Edition, Newsletter, OutboxMessage, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.outbox import add_to_outbox
from newsletter.store.sending.ledger import Claimed
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_message
from newsletter.usecases.issues.render_issue import read_issue, render_issue
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.sending.compose_copy import Composer, FrozenEdition
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.principals import EDITOR

ADDRESS, NAME = "grace@example.org", "Grace Hopper"
OF_A_TEST = {
    "Subject",  # [Test] before it
    "Message-ID",  # of the outbox, not of the ledger
    "Feedback-ID",  # complaints about a test are not complaints about the issue
    "List-Unsubscribe",  # the signup page: a test unsubscribes nobody
}
OF_A_PROOF = OF_A_TEST | {"To"}  # a colleague has no name here
OF_AN_EXAMPLE = {"Message-ID", "Feedback-ID", "List-Unsubscribe"}


@dataclass
class Sent:
    context: Context
    newsletter: Newsletter
    subscription: Subscription
    issue_id: int

    def real_copy(self) -> bytes:
        send_now(self.context, self.issue_id, EDITOR)
        start_issue(self.context, self.issue_id)
        with self.context.database.read() as session:
            edition = session.scalars(select(Edition)).one()
        frozen = FrozenEdition(
            id=edition.id,
            issue_id=edition.issue_id,
            frozen_at=edition.frozen_at,
            expires_at=edition.expires_at,
            rendered=RenderedEdition.from_json(edition.content),
            profile=profile_of(self.newsletter),
        )
        ids = (edition.id, self.subscription.subscriber_id, self.subscription.id)
        return Composer(self.context, frozen).compose(Claimed(*ids, 0, ADDRESS, NAME, {}))[1]

    def from_the_outbox(self, kind: OutboxKind, **payload: Any) -> bytes:
        now = self.context.now()
        user = an_editor(self.context, address=ADDRESS, name=NAME)
        with self.context.database.write() as session:
            row_id = add_to_outbox(
                session,
                kind,
                now=now,
                expires_at=now + self.context.settings.outbox_expiry,
                newsletter_id=self.newsletter.id,
                user_id=user.id,
                payload={"issue_id": self.issue_id, **payload},
            )
            row = session.get_one(OutboxMessage, row_id)
        return compose_mail(self.context, row).message

    def example(self) -> bytes:
        settings, now = self.context.settings, self.context.now()
        rendered = render_issue(settings, read_issue(self.context, self.issue_id), now)
        page = urls.signup_url(settings.public_url, self.newsletter.slug)
        reader = ReaderValues(ADDRESS, NAME, page, page)
        return example_message(settings, rendered.edition, rendered.profile, reader, now)


@pytest.fixture
def sent(context: Context) -> Sent:
    newsletter = a_newsletter(context, clicks="off")
    subscription = a_subscriber(context, newsletter, address=ADDRESS, name=NAME)
    return Sent(context, newsletter, subscription, an_issue(context, newsletter, number=7).id)


def parsed(raw: bytes) -> Message:
    """With the same boundary in all: it is drawn for each edition."""
    (boundary,) = set(re.findall(rb'boundary="([^"]+)"', raw))
    return email.message_from_bytes(raw.replace(boundary, b"BOUNDARY"))


def different(one: Message, other: Message) -> set[str]:
    """The names of headers that are not the same, not at the same place, or in one alone."""
    pairs = zip(one.items(), other.items(), strict=True)
    return {name for (name, value), there in pairs if (name, value) != there}


def bodies(message: Message) -> list[str]:
    parts = message.get_payload()
    assert isinstance(parts, list)
    return [part.get_payload(decode=True).decode() for part in parts]


def without_tokens(sent: Sent, body: str) -> str:
    """The pages of a reader's own, replaced by the one that a test leads to."""
    public_url = sent.context.settings.public_url
    page = urls.signup_url(public_url, sent.newsletter.slug)
    own = (urls.unsubscribe_url(public_url, ""), urls.preferences_url(public_url, ""))
    for url in own:
        body = re.sub(rf"{re.escape(url)}[\w.=-]+", page, body)
    return body


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(OutboxKind.TEST, {}), (OutboxKind.PROOF, {"address": ADDRESS, "from": "Ada", "note": ""})],
)
def test_tests_and_proofs_keep_the_links_as_they_were_written(
    sent: Sent, kind: OutboxKind, payload: dict[str, str]
) -> None:
    with sent.context.database.write() as session:
        session.merge(sent.newsletter).clicks = "sum"
    trial = bodies(parsed(sent.from_the_outbox(kind, **payload)))
    assert not any("/c/" in body for body in trial)
    assert all("/c/" in body for body in bodies(parsed(sent.real_copy())))


def test_a_test_copy_has_the_headers_of_a_real_one_but_for_a_few(sent: Sent) -> None:
    trial, real = parsed(sent.from_the_outbox(OutboxKind.TEST)), parsed(sent.real_copy())
    assert different(trial, real) == OF_A_TEST
    assert trial["Subject"] == f"[Test] {real['Subject']}"


def test_a_test_copy_has_the_body_of_a_real_one_but_for_the_readers_own_pages(sent: Sent) -> None:
    trial, real = parsed(sent.from_the_outbox(OutboxKind.TEST)), parsed(sent.real_copy())
    assert bodies(trial) == [without_tokens(sent, body) for body in bodies(real)]


def test_a_proof_has_the_headers_of_a_real_one_but_for_a_few(sent: Sent) -> None:
    payload = {"address": ADDRESS, "note": "Is it true?", "from": "Ada"}
    proof = parsed(sent.from_the_outbox(OutboxKind.PROOF, **payload))
    assert different(proof, parsed(sent.real_copy())) == OF_A_PROOF


def test_what_the_spam_filter_judges_has_the_headers_of_a_real_one_but_for_a_few(
    sent: Sent,
) -> None:
    assert different(parsed(sent.example()), parsed(sent.real_copy())) == OF_AN_EXAMPLE
