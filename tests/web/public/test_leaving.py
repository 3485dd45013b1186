"""Leaving: by one click in a mail program, and by the button of the page.

What RFC 8058 says of it is tested line by line in usecases/readers/test_one_click.py.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Newsletter, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.readers.change_preferences import rename
from tests.conftest import Clock
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


def test_the_button_leaves_and_shows_the_way_back(readers: Readers, path: str) -> None:
    farewell = readers.client.post(path, data={"leave": "yes"})
    assert farewell.status_code == 200
    assert "You are unsubscribed" in farewell.text
    assert readers.state(READER) == "unsubscribed"
    welcome = readers.client.post(way_back(farewell.text), data={"action": "come-back"})
    assert "Welcome back" in welcome.text
    assert readers.state(READER) == "active"
    assert [(e.kind, e.how) for e in readers.evidence(READER)] == [
        ("withdrawn", "unsubscribe page, edition 7"),
        ("confirmed", "subscribed again with a link from an email"),
    ]


def test_an_unsubscribe_link_leads_on_to_nothing_personal_and_nothing_that_lasts(
    readers: Readers, path: str, context: Context, subscription: Subscription
) -> None:
    rename(context, context.signer.sign_preferences(subscription.id), "Ada Lovelace")
    pages = [readers.client.get(path).text]
    pages += [readers.client.post(way_back(pages[0]), data={"action": "pause"}).text]
    pages += [readers.client.post(path, data={"leave": "yes"}).text]
    back = way_back(pages[-1])
    pages += [readers.client.post(back, data={"action": "come-back"}).text]
    assert READER not in "".join(pages)
    assert "Ada" not in "".join(pages)
    assert "/preferences/" not in "".join(pages)
    assert "r…@e….org" in pages[-1]
    token = back.removeprefix("/return/")
    assert readers.client.get(f"/preferences/{token}").status_code == 400
    assert readers.client.get(f"/unsubscribe/{token}").status_code == 400


def test_the_way_back_is_open_for_an_hour_after_leaving(
    readers: Readers, path: str, clock: Clock
) -> None:
    back = way_back(readers.client.post(path, data={"leave": "yes"}).text)
    clock.advance(timedelta(minutes=61))
    for page in (readers.client.get(path), readers.client.post(path, data={"leave": "yes"})):
        assert "Subscribe again" not in page.text
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert readers.client.post(back, data={"action": "come-back"}).status_code == 410
    assert readers.state(READER) == "unsubscribed"


def test_a_way_back_from_before_takes_back_no_later_leaving(
    readers: Readers, path: str, clock: Clock
) -> None:
    while_active = way_back(readers.client.get(path).text)
    first = way_back(readers.client.post(path, data={"leave": "yes"}).text)
    readers.client.post(first, data={"action": "come-back"})
    assert readers.client.post(first, data={"action": "come-back"}).status_code == 200
    clock.advance(timedelta(minutes=5))
    readers.client.post(path, data={"leave": "yes"})
    for older in (while_active, first):
        assert readers.client.post(older, data={"action": "come-back"}).status_code == 410
    assert readers.state(READER) == "unsubscribed"


def test_the_way_back_confirms_no_new_signup(readers: Readers, path: str) -> None:
    back = way_back(readers.client.post(path, data={"leave": "yes"}).text)
    readers.sign_up(READER)
    assert "Not confirmed" in readers.client.post(back, data={"action": "come-back"}).text
    assert readers.state(READER) == "pending"


def test_a_reader_who_only_needs_a_break_pauses_instead(readers: Readers, path: str) -> None:
    answer = readers.client.post(way_back(readers.client.get(path).text), data={"action": "pause"})
    assert "Paused" in answer.text
    assert readers.state(READER) == "paused"


@pytest.mark.parametrize("state", [SubscriptionState.PENDING, SubscriptionState.SUPPRESSED])
def test_the_buttons_of_the_page_change_nobody_who_gets_no_issues(
    readers: Readers, context: Context, newsletter: Newsletter, state: SubscriptionState
) -> None:
    other = a_subscriber(context, newsletter, address="other@example.org", state=state)
    path = f"/return/{context.signer.sign_return(other.id)}"
    for action in ("pause", "come-back"):
        assert readers.client.post(path, data={"action": action}).status_code in (200, 409)
    assert readers.state("other@example.org") == state


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


def way_back(page: str) -> str:
    return re.search(r'action="(/return/[^"]+)"', page)[1]
