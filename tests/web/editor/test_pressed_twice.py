"""A form that is pressed twice is done once, and the second press is answered as the first."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.spool import presses as spooled
from newsletter.spool.presses import Presses
from newsletter.store.models import (
    Consent,
    Issue,
    Newsletter,
    OutboxMessage,
    SponsorRow,
    Subscriber,
    SubscriberNote,
)
from newsletter.store.models.base import Base
from newsletter.usecases.context import Context
from tests.support.builders import a_subscriber, an_issue
from tests.support.services.up import eventually
from tests.web.editor.conftest import PASSWORD, Person, words

NEWS = "/editor/newsletters/news"


class Form(NamedTuple):
    """`form` is a part of its address, `said` what the page then says."""

    page: str
    form: str
    typed: dict[str, str]
    makes: type[Base]
    said: str


FORMS = {
    "test": Form("/editor/issues/1/preview", "/test", {}, OutboxMessage, "test is on its way"),
    "proof": Form("/editor/issues/1/proof", "", {"addresses": "b@x.example"}, OutboxMessage, ""),
    "issue": Form(f"{NEWS}/issues/new", "", {"how": "empty"}, Issue, ""),
    "invitation": Form(
        f"{NEWS}/people",
        "",
        {"address": "b@x.example", "role": "editor", "current": PASSWORD},
        OutboxMessage,
        "b@x.example",
    ),
    "confirmation": Form(
        f"{NEWS}/subscribers/1", "/confirmation", {}, OutboxMessage, "confirmation is on its way"
    ),
    "note": Form(f"{NEWS}/subscribers/1", "/notes", {"note": "Met"}, SubscriberNote, "Met"),
    "subscriber": Form(
        f"{NEWS}/subscribers/add",
        "",
        {"address": "c@x.example", "consent": "asked at a fair"},
        Subscriber,
        "c@x.example added",
    ),
    "sponsor": Form(
        f"{NEWS}/sponsors",
        "",
        {"title": "Acme", "starts_on": "2099-01-01", "after_sections": "1"},
        SponsorRow,
        "Acme",
    ),
}


@pytest.fixture
def newsletter(context: Context, editor: Person) -> Newsletter:
    """With an issue and a subscriber who waits for a confirmation, each with the id 1."""
    with context.database.write() as session:
        found = session.scalars(select(Newsletter)).one()
        found.sender_address, found.postal_address = "ada@example.org", "1 Garden Lane"
        found.undo_minutes = 0
    waiting = a_subscriber(context, found, state=SubscriptionState.PENDING)
    with context.database.write() as session:
        session.add(Consent(subscription_id=waiting.id, kind=ConsentKind.ASKED, at=context.now()))
    an_issue(context, found)
    return found


def count(context: Context, table: type[Base]) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.usefixtures("newsletter")
@pytest.mark.parametrize("name", FORMS)
def test_what_is_pressed_twice_is_done_once(context: Context, editor: Person, name: str) -> None:
    form = FORMS[name]
    before = count(context, form.makes)
    fields = editor.fields(form.page, form.form) | form.typed
    target = fields.pop("__target__") or form.page
    first, second = (editor.client.post(target, data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303), second.text
    assert first.location == second.location
    assert count(context, form.makes) == before + 1
    assert form.said in words(editor.get(second.location))


@pytest.mark.usefixtures("newsletter")
def test_two_presses_at_the_same_time_send_one_test(
    app: Flask, context: Context, editor: Person
) -> None:
    fields = editor.fields("/editor/issues/1/preview", "/test")
    target = fields.pop("__target__")
    with editor.client.session_transaction() as cookie:
        signed_in, before = dict(cookie), count(context, OutboxMessage)
    statuses: list[int] = []

    def press() -> None:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(signed_in)
        statuses.append(client.post(target, data=fields).status_code)

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses, count(context, OutboxMessage)) == ([303] * 3, before + 1)


@pytest.mark.usefixtures("newsletter")
def test_what_was_corrected_and_a_new_form_count_as_new(context: Context, editor: Person) -> None:
    page, before = "/editor/issues/1/preview", count(context, OutboxMessage)
    fields = editor.fields(page, "/test")
    target: Any = fields.pop("__target__")
    wrong = editor.client.post(target, data={**fields, "addresses": "nobody"})
    assert wrong.status_code == 400
    for addresses in ("b@x.example", "c@x.example"):
        editor.client.post(target, data={**fields, "addresses": addresses})
    editor.submit(page, "/test", addresses="c@x.example", status=303)
    assert count(context, OutboxMessage) == before + 3


@pytest.mark.usefixtures("newsletter")
def test_a_corrected_file_of_the_same_name_counts_as_new(editor: Person) -> None:
    page = f"{NEWS}/subscribers/import"
    fields = editor.fields(page) | {"consent": "They asked at a fair"}
    del fields["__target__"]
    led_to = [
        editor.client.post(page, data=fields | {"file": (BytesIO(content), "list.csv")}).location
        for content in (b"mail\nb@x.example\n", b"email\nb@x.example\n", b"email\nb@x.example\n")
    ]
    assert led_to[0] != led_to[1] == led_to[2]


def test_a_press_is_held_while_it_is_done_and_soon_free_once_its_process_was_killed(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooled, "HELD_S", 1)
    monkeypatch.setattr(spooled, "_BEAT_S", 0.05)
    presses, other = Presses(redis_url), Presses(redis_url)
    with Redis.from_url(redis_url) as redis, presses.held("a"):
        assert presses.claim("a")
        key = "newsletter:press:a"
        redis.pexpire(key, 400)
        eventually(lambda: redis.pttl(key) > 400, "it beats")
        assert not other.claim("a")
    eventually(lambda: other.claim("a"), "nobody holds it any more, and nobody released it")


def test_without_redis_every_press_counts() -> None:
    presses = Presses("redis://127.0.0.1:1/0")
    assert presses.claim("a")
    presses.answer("a", "done")
    assert (presses.claim("a"), presses.answer_to("a")) == (True, "")
