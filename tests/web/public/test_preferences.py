"""The preferences page: status, name, pause, leaving, coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.events import history_of
from newsletter.store.models import Newsletter, Subscriber, Subscription
from newsletter.usecases.context import Context
from newsletter.web import security
from tests.support.builders import a_subscriber
from tests.web.public.conftest import Readers

READER = "reader@example.org"


@pytest.fixture
def subscription(context: Context, newsletter: Newsletter) -> Subscription:
    return a_subscriber(context, newsletter, address=READER, name="Ada")


@pytest.fixture
def path(context: Context, subscription: Subscription) -> str:
    return f"/preferences/{context.signer.sign_preferences(subscription.id)}"


def test_the_page_shows_address_name_and_state(readers: Readers, path: str) -> None:
    page = readers.client.get(path).text
    assert READER in page
    assert 'value="Ada"' in page
    assert "You get every issue" in page


def test_a_reader_changes_the_name(readers: Readers, path: str, context: Context) -> None:
    answer = readers.client.post(path, data={"action": "save", "name": "  Ada   Lovelace "})
    assert "Your changes are saved." in answer.text
    assert name_of(context) == "Ada Lovelace"


@pytest.mark.parametrize("name", ["x" * 101, "Ada\x1b[31m"])
def test_a_name_that_can_t_be_used_is_said_at_the_field(
    readers: Readers, path: str, context: Context, name: str
) -> None:
    answer = readers.client.post(path, data={"action": "save", "name": name})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert name_of(context) == "Ada"


def test_name_and_sections_are_saved_by_one_button_so_neither_loses_the_other(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    with context.database.write() as session:
        newsletter = session.get_one(Newsletter, subscription.newsletter_id)
        newsletter.reader_sections = "Links\nJobs"
    page = readers.client.get(path).text
    assert page.count('value="save"') == 1
    typed = {"action": "save", "sections_asked": "yes", "section": ["Links"]}
    refused = readers.client.post(path, data={**typed, "name": "x" * 101})
    assert refused.status_code == 422
    assert refused.text.count(" checked") == 1, "the choice is still there"
    saved = readers.client.post(path, data={**typed, "name": "Ada L."})
    assert saved.text.count(" checked") == 1
    assert name_of(context) == "Ada L."


def test_a_line_break_in_a_name_becomes_a_space(
    readers: Readers, path: str, context: Context
) -> None:
    readers.client.post(path, data={"action": "save", "name": "Ada\r\nBcc: x@example.org"})
    assert name_of(context) == "Ada Bcc: x@example.org"


def test_a_reader_mutes_a_section_and_what_an_editor_wrote_stays(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    assert "What interests you" not in readers.client.get(path).text
    with context.database.write() as session:
        newsletter = session.get_one(Newsletter, subscription.newsletter_id)
        newsletter.reader_sections = "Links\nJobs"
        session.get_one(Subscription, subscription.id).tags = ["vip", "muted: Old"]
    assert readers.client.get(path).text.count(" checked") == 2
    chosen = {
        "action": "save",
        "sections_asked": "yes",
        "name": "Ada",
        "section": ["Links", "Made up"],
    }
    answer = readers.client.post(path, data=chosen)
    assert "Your changes are saved." in answer.text
    assert answer.text.count(" checked") == 1
    readers.client.post(path, data=chosen)
    with context.database.read() as session:
        tags = session.get_one(Subscription, subscription.id).tags
        (event,) = history_of(session, "subscriber", subscription.subscriber_id)
    assert tags == ["vip", "muted: Old", "muted: Jobs"]
    assert event.sentence == "Muted sections: Jobs."


def test_a_reader_pauses_and_resumes(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    readers.client.post(path, data={"action": "pause"})
    assert readers.state(READER) == "paused"
    assert "Resume" in readers.client.get(path).text
    readers.client.post(path, data={"action": "resume"})
    assert readers.state(READER) == "active"
    with context.database.read() as session:
        events = history_of(session, "subscriber", subscription.subscriber_id)
    assert [event.action for event in events] == ["subscriber.resumed", "subscriber.paused"]


def test_a_reader_leaves_and_comes_back(readers: Readers, path: str) -> None:
    readers.client.post(path, data={"action": "leave"})
    assert readers.state(READER) == "unsubscribed"
    readers.client.post(path, data={"action": "come-back"})
    assert readers.state(READER) == "active"
    kinds = [(e.kind, e.client_address) for e in readers.evidence(READER)]
    assert kinds == [("withdrawn", "127.0.0.1"), ("confirmed", "127.0.0.1")]


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (SubscriptionState.ACTIVE, "resume"),
        (SubscriptionState.ACTIVE, "come-back"),
        (SubscriptionState.PAUSED, "pause"),
        (SubscriptionState.PAUSED, "come-back"),
        (SubscriptionState.UNSUBSCRIBED, "pause"),
        (SubscriptionState.UNSUBSCRIBED, "resume"),
        (SubscriptionState.UNSUBSCRIBED, "leave"),
        (SubscriptionState.PENDING, "resume"),
        (SubscriptionState.SUPPRESSED, "resume"),
        (SubscriptionState.SUPPRESSED, "leave"),
    ],
)
def test_a_button_of_a_page_that_is_out_of_date_changes_nothing(
    readers: Readers,
    context: Context,
    newsletter: Newsletter,
    state: SubscriptionState,
    action: str,
) -> None:
    other = a_subscriber(context, newsletter, address="other@example.org", state=state)
    path = f"/preferences/{context.signer.sign_preferences(other.id)}"
    assert readers.client.post(path, data={"action": action}).status_code == 200
    assert readers.state("other@example.org") == state
    assert readers.evidence("other@example.org") == []


def test_a_suppressed_reader_can_t_come_back_here(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    other = a_subscriber(
        context, newsletter, address="other@example.org", state=SubscriptionState.SUPPRESSED
    )
    path = f"/preferences/{context.signer.sign_preferences(other.id)}"
    assert "Subscribe again" not in readers.client.get(path).text
    answer = readers.client.post(path, data={"action": "come-back"})
    assert answer.status_code == 409
    assert readers.state("other@example.org") == "suppressed"


def test_an_unknown_button_is_refused(readers: Readers, path: str) -> None:
    answer = readers.client.post(path, data={"action": "explode"})
    assert answer.status_code == 400
    assert "Reload the page" in answer.text


def test_no_cookie_is_needed(app: Any, readers: Readers, path: str) -> None:
    answer = app.test_client(use_cookies=False).post(path, data={"action": "pause"})
    assert answer.status_code == 200
    assert readers.state(READER) == "paused"


def test_an_erased_reader_s_link_is_dead(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    with context.database.write() as session:
        subscriber = session.get_one(Subscriber, subscription.subscriber_id)
        subscriber.address = subscriber.address_key = None
        subscriber.erased_at = context.now()
    assert readers.client.get(path).status_code == 400
    assert readers.client.post(path, data={"action": "come-back"}).status_code == 400


def test_tokens_of_other_purposes_are_refused(
    readers: Readers, context: Context, subscription: Subscription
) -> None:
    signer = context.signer
    tokens = (
        signer.sign_unsubscribe(subscription.id, 0),
        signer.sign_confirmation(subscription.id, 0),
        "nonsense",
    )
    for token in tokens:
        assert readers.client.get(f"/preferences/{token}").status_code == 400


def test_a_name_is_shown_as_text(readers: Readers, path: str) -> None:
    name = '"><script>alert(1)</script>'
    answer = readers.client.post(path, data={"action": "save", "name": name})
    assert "<script>" not in answer.text


def name_of(context: Context) -> str:
    with context.database.read() as session:
        return session.query(Subscription).one().name


def test_changes_from_one_client_address_are_limited_and_leaving_is_not(
    make_client: Callable[..., Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is kept in the history, and anyone can subscribe."""
    monkeypatch.setattr(security, "MOST_CHANGES", "2 per hour")
    client = make_client()
    actions = ("pause", "resume", "pause", "leave", "come-back", "leave")
    statuses = [client.post(path, data={"action": one}).status_code for one in actions]
    assert statuses == [200, 200, 429, 200, 429, 200]
