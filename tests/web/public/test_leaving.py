"""Leaving: by one click in a mail program, and by the button of the page.

What RFC 8058 says of it is tested line by line in usecases/readers/test_one_click.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.domain.consent import SubscriptionState
from newsletter.store.models import Newsletter, Subscription
from newsletter.usecases.context import Context
from tests.support.builders import a_subscriber
from tests.web.public.conftest import Readers

READER = "reader@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def subscription(context: Context, newsletter: Newsletter) -> Subscription:
    return a_subscriber(context, newsletter, address=READER)


@pytest.fixture
def path(context: Context, subscription: Subscription) -> str:
    return f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id, 7)}"


def test_one_click_leaves_at_once(app: Any, readers: Readers, path: str) -> None:
    mail_program = app.test_client(use_cookies=False)
    assert mail_program.post(path, data=ONE_CLICK).status_code == 200
    assert readers.state(READER) == "unsubscribed"


def test_one_click_may_be_repeated(readers: Readers, path: str) -> None:
    first = readers.client.post(path, data=ONE_CLICK)
    second = readers.client.post(path, data=ONE_CLICK)
    assert (second.status_code, second.data) == (first.status_code, first.data) == (200, first.data)
    (withdrawn,) = readers.evidence(READER)
    assert withdrawn.kind == "withdrawn"
    assert withdrawn.how == "one-click, edition 7"
    assert withdrawn.client_address == "127.0.0.1"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_looking_changes_nothing(readers: Readers, path: str, method: str, slash: str) -> None:
    answer = readers.client.open(path + slash, method=method)
    assert answer.status_code == 200
    assert readers.state(READER) == "active"
    assert readers.evidence(READER) == []


def test_the_page_has_a_button_and_no_script(readers: Readers, path: str) -> None:
    page = readers.client.get(path).text
    assert "<button" in page
    assert "<script" not in page


def test_the_button_leaves_and_shows_the_way_back(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    farewell = readers.client.post(path, data={"leave": "yes"})
    assert farewell.status_code == 200
    assert "You are unsubscribed" in farewell.text
    assert readers.state(READER) == "unsubscribed"
    way_back = f"/preferences/{context.signer.sign_preferences(subscription.id)}"
    assert f'action="{way_back}"' in farewell.text
    readers.client.post(way_back, data={"action": "come-back"})
    assert readers.state(READER) == "active"
    assert [(e.kind, e.how) for e in readers.evidence(READER)] == [
        ("withdrawn", "unsubscribe page, edition 7"),
        ("confirmed", "subscribed again with a link from an email"),
    ]


@pytest.mark.parametrize("data", [{}, {"something": "else"}])
def test_a_post_without_a_button_leaves_too(
    readers: Readers, path: str, data: dict[str, str]
) -> None:
    answer = readers.client.post(path, data=data)
    assert answer.status_code == 200
    assert "Subscribe again" in answer.text
    assert readers.state(READER) == "unsubscribed"


@pytest.mark.parametrize("state", [SubscriptionState.PENDING, SubscriptionState.PAUSED])
def test_pending_and_paused_readers_leave_too(
    readers: Readers, context: Context, newsletter: Newsletter, state: SubscriptionState
) -> None:
    other = a_subscriber(context, newsletter, address="other@example.org", state=state)
    token = context.signer.sign_unsubscribe(other.id, 0)
    readers.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)
    assert readers.state("other@example.org") == "unsubscribed"


def test_a_suppressed_reader_stays_suppressed_and_is_offered_no_way_back(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    other = a_subscriber(
        context, newsletter, address="other@example.org", state=SubscriptionState.SUPPRESSED
    )
    token = context.signer.sign_unsubscribe(other.id, 0)
    answer = readers.client.post(f"/unsubscribe/{token}", data={"leave": "yes"})
    assert answer.status_code == 200
    assert "Subscribe again" not in answer.text
    assert readers.state("other@example.org") == "suppressed"


def test_a_token_never_expires_but_must_be_ours(
    readers: Readers, context: Context, subscription: Subscription
) -> None:
    confirmation = context.signer.sign_confirmation(subscription.id, 0)
    for token in ("nonsense", confirmation, context.signer.sign_preferences(subscription.id)):
        page = readers.client.get(f"/unsubscribe/{token}")
        assert page.status_code == 400
        assert "Copy the whole link" in page.text
        one_click = readers.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)
        assert one_click.status_code == 400
        assert one_click.mimetype == "text/plain"
    assert readers.state(READER) == "active"


def test_the_token_is_kept_from_caches_referrers_and_searches(readers: Readers, path: str) -> None:
    headers = readers.client.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
