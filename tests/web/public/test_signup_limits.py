"""Many signups at once: one reader and one mail, and strangers are asked to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.store.models import Newsletter
from newsletter.usecases.archive.read_archive import public_newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.readers.sign_up import sign_up
from tests.support.builders import a_subscriber
from tests.web.public.conftest import Readers, suppress


def test_twenty_signups_at_once_make_one_reader_and_one_mail(
    context: Context, newsletter: Newsletter, readers: Readers
) -> None:
    profile = public_newsletter(context, newsletter.slug)
    start = threading.Barrier(20)
    failures: list[Exception] = []

    def ask() -> None:
        start.wait()
        try:
            sign_up(context, profile, "many@example.org", "127.0.0.1")
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert readers.addresses() == ["many@example.org"]
    assert len(readers.outbox()) == 1
    assert len(readers.evidence("many@example.org")) == 1


@pytest.mark.parametrize(
    ("setting", "limit"),
    [
        ("signup_limit_client", "2 per hour"),
        ("signup_limit_network", "2 per hour"),
        ("signup_limit_overall", "2 per hour"),
    ],
)
def test_too_many_signups_are_asked_to_wait(
    make_client: Callable[..., Any],
    context: Context,
    newsletter: Newsletter,
    setting: str,
    limit: str,
) -> None:
    eager = Readers(make_client(**{setting: limit}), context)
    assert [eager.sign_up(f"a{n}@example.org").status_code for n in range(3)] == [200, 200, 429]
    refused = eager.sign_up("a4@example.org")
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert "Wait" in refused.text
    assert len(eager.addresses()) == 2


def test_posts_that_mail_nothing_close_the_signup_for_nobody(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    client = make_client(signup_limit_overall="3 per hour")
    a_subscriber(context, newsletter, address="known@example.org")
    suppress(context, "blocked@example.org", newsletter)
    readers = Readers(client, context)
    assert readers.sign_up("new@example.org").status_code == 200
    for _ in range(3):
        readers.sign_up("trapped@example.org", website="https://spam.example")
        readers.sign_up("known@example.org")
        readers.sign_up("blocked@example.org")
        readers.sign_up("new@example.org")
        readers.sign_up("not an address")
        client.post("/n/field-notes", data={"address": "forged@example.org"})
    answers = [readers.sign_up(f"a{n}@example.org").status_code for n in range(3)]
    assert answers == [200, 200, 429]
    assert len(readers.outbox()) == 3


def test_posts_of_a_client_that_is_refused_close_the_signup_for_nobody_else(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    client = make_client(signup_limit_overall="3 per hour", signup_limit_client="1 per hour")
    form = Readers(client, context).open_form()

    def post(client_address: str, address: str) -> int:
        peer = {"REMOTE_ADDR": client_address}
        answer = client.post("/n/field-notes", data={**form, "address": address}, environ_base=peer)
        return int(answer.status_code)

    answers = [post("192.0.2.1", f"eve{n}@example.org") for n in range(9)]
    assert answers == [200] + [429] * 8
    assert post("198.51.100.1", "ann@example.org") == 200


def test_neighbours_of_one_network_share_its_limit(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    client = make_client(signup_limit_network="2 per hour", trusted_proxies=1)
    form = Readers(client, context).open_form()

    def from_address(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        data = {**form, "address": "a@example.org"}
        return client.post("/n/field-notes", data=data, headers=headers).status_code

    assert [from_address(f"203.0.113.{n}") for n in (1, 2, 3)] == [200, 200, 429]
    assert from_address("198.51.100.1") == 200
    assert [from_address(f"2001:db8::{n}") for n in (1, 2, 3)] == [200, 200, 429]
    assert from_address("2001:db8:0:1::1") == 200


def test_a_client_can_t_choose_its_address_without_a_trusted_proxy(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    client = make_client(signup_limit_client="1 per hour")
    form = Readers(client, context).open_form()
    answers = [
        client.post(
            "/n/field-notes",
            data={**form, "address": "a@example.org"},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in (1, 2)
    ]
    assert answers == [200, 429]


def test_signups_go_on_while_redis_is_away(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    client = make_client(redis_url="redis://127.0.0.1:1/0", signup_limit_client="2 per hour")
    readers = Readers(client, context)
    assert [readers.sign_up(f"a{n}@example.org").status_code for n in range(3)] == [200, 200, 429]
    assert len(readers.outbox()) == 2
