"""The links of issues: they always lead on, to stored links alone, and nothing of it is slow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import redis

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.domain.clicks.click_rules import Verdict
from newsletter.spool.clicks import LIST, MOST_BUFFERED, ClickBuffer, NotedClick
from newsletter.usecases.context import Context
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.web.shell import EXTENSION
from tests.support.builders import a_newsletter
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def sent(context: Context) -> SentIssue:
    return a_sent_issue(context, "accepted-1", newsletter=a_newsletter(context, clicks="reader"))


def buffer_of(client: Any) -> ClickBuffer:
    found: ClickBuffer = client.application.extensions[EXTENSION].clicks
    return found


def noted(client: Any, redis_url: str) -> list[NotedClick]:
    assert buffer_of(client).flush()
    return [
        NotedClick.from_text(one) for one in redis.Redis.from_url(redis_url).lrange(LIST, 0, -1)
    ]


def test_it_leads_on_without_a_cookie_and_is_kept_by_no_cache(
    client: Any, sent: SentIssue, redis_url: str
) -> None:
    reader = sent.line("accepted-1@example.org").subscriber_id
    token = sent.context.signer.sign_click(sent.issue_id, reader)
    answer = client.get(f"/c/{token}/2", headers=FIREFOX)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://example.com/2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    (click,) = noted(client, redis_url)
    assert (click.number, click.subscriber_id, click.sign) == (2, reader, "")


def test_head_leads_on_and_counts_as_a_machine(
    client: Any, sent: SentIssue, redis_url: str
) -> None:
    answer = client.head(f"/c/{sent.context.signer.sign_click(sent.issue_id)}/1", headers=FIREFOX)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.com/1")
    assert [one.sign for one in noted(client, redis_url)] == [Verdict.HEAD]


@pytest.mark.parametrize(
    "path",
    [
        "/c/{good}/3",
        "/c/{good}/0",
        "/c/{good}/99999999999999999999999",
        "/c/{good}x/1",
        "/c/1-1AAAAAAAA/1",
        "/c/1AAAAAAAA/1",
        "/c/{unsent}/1",
        "/c/{good}/https://evil.example/",
        "/c/{good}/1/..//evil.example",
        "/c/{good}/1@evil.example",
        "/c/{good}/1%0d%0aLocation:%20https://evil.example",
        "/c/%2f%2fevil.example/1",
    ],
)
def test_anything_else_is_a_page_that_leads_to_the_archive_or_a_404(
    client: Any, sent: SentIssue, path: str
) -> None:
    signer = sent.context.signer
    address = path.format(good=signer.sign_click(sent.issue_id), unsent=signer.sign_click(999))
    answer = client.get(address, headers=FIREFOX, follow_redirects=True)
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert "evil" not in answer.text


def test_a_page_for_a_lost_link_leads_to_the_archive(client: Any, sent: SentIssue) -> None:
    answer = client.get("/c/1AAAAAAAA/1")
    assert f"/n/{sent.newsletter.slug}/archive" in answer.text


def test_what_is_in_the_query_leads_nowhere(client: Any, sent: SentIssue) -> None:
    token = sent.context.signer.sign_click(sent.issue_id)
    answer = client.get(f"/c/{token}/1?url=//evil.example&next=https://evil.example")
    assert answer.headers["Location"] == "https://example.com/1"


def test_links_in_the_mail_of_an_erased_reader_lead_on(client: Any, sent: SentIssue) -> None:
    line = sent.line("accepted-1@example.org")
    ids = (sent.newsletter.slug, line.subscriber_id)
    erase_subscriber(sent.context, *ids, "accepted-1@example.org", EDITOR)
    token = sent.context.signer.sign_click(sent.issue_id, line.subscriber_id)
    assert client.get(f"/c/{token}/1").status_code == 302


def test_who_tries_many_tokens_is_asked_to_wait_and_readers_are_not(
    settings: Settings, sent: SentIssue
) -> None:
    app = create_app(replace(settings, unknown_link_limit="3 per hour"))
    client = app.test_client()
    assert [client.get(f"/c/1AAAAAAA{n}/1").status_code for n in range(5)] == [404] * 3 + [429] * 2
    token = sent.context.signer.sign_click(sent.issue_id)
    assert client.get(f"/c/{token}/1").status_code == 302


def test_without_redis_it_leads_on_and_clicks_wait_up_to_a_limit(
    settings: Settings, sent: SentIssue
) -> None:
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    token = sent.context.signer.sign_click(sent.issue_id)
    assert app.test_client().get(f"/c/{token}/1").status_code == 302
    buffer = ClickBuffer("redis://127.0.0.1:1/0")
    click = NotedClick(1, 1, 1, 0, sent.context.now(), 1, "")
    for _ in range(MOST_BUFFERED + 5):
        buffer.add(click)
    assert not buffer.flush()
    assert buffer.waiting == MOST_BUFFERED
