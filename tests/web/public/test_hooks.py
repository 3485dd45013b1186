"""The address that providers post to: for machines alone, bounded, without a cookie."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.net.hooks.request import HookRequest
from tests.support.provider_hooks import (
    LOGIN,
    SENDGRID_KEY,
    postmark,
    postmark_bounce,
    sendgrid,
    sendgrid_event,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def client(settings: Settings) -> Any:
    opened = replace(
        settings, hook_postmark_login=LOGIN, hook_sendgrid_key=SENDGRID_KEY, hook_limit="6 per hour"
    )
    return create_app(opened).test_client()


def post(client: Any, provider: str, request: HookRequest) -> Any:
    return client.post(f"/hooks/{provider}", data=request.body, headers=dict(request.headers))


def test_it_answers_200_once_all_is_stored_and_sets_no_cookie(client: Any) -> None:
    batch = [sendgrid_event(number, padding="x" * 300) for number in range(1000)]
    answer = post(client, "sendgrid", sendgrid(batch, datetime.now(UTC)))
    assert (answer.status_code, answer.text) == (200, "Stored 1000.\n")
    assert "Set-Cookie" not in answer.headers


def test_what_is_wrong_is_refused_and_a_bomb_is_not_read(client: Any) -> None:
    event = postmark(postmark_bounce())
    assert post(client, "postmark", event).status_code == 200
    assert post(client, "postmark", replace(event, headers={})).status_code == 401
    assert post(client, "mailgun", event).status_code == 404
    assert client.get("/hooks/postmark").status_code == 405
    assert post(client, "postmark", replace(event, body=b" " * 5_000_001)).status_code == 413


def test_who_shows_no_signature_gets_little_room(client: Any) -> None:
    batch = sendgrid([sendgrid_event(padding="x" * 300_000)], datetime.now(UTC))
    assert post(client, "sendgrid", replace(batch, headers={})).status_code == 413
    assert post(client, "sendgrid", batch).status_code == 200


def test_one_client_can_post_only_so_often(client: Any) -> None:
    codes = [post(client, "other", HookRequest({}, b"{}")).status_code for _ in range(7)]
    assert codes == [404] * 6 + [429]
