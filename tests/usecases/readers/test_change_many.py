"""What is done to many subscribers at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.domain.readers.audiences import audience_of
from newsletter.store.events import history_of
from newsletter.store.models import Event, Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.readers import change_many as changing
from newsletter.usecases.readers.change_many import Chosen, ManyChange, What, change_many
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.export_subscribers import export_subscribers
from newsletter.usecases.readers.list_subscribers import SubscriberFilter
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import EDITOR


def test_a_change_that_is_stopped_half_way_has_recorded_what_was_done(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "AT_ONCE", 2)
    newsletter = a_newsletter(context)
    for _ in range(5):
        a_subscriber(context, newsletter)
    change = ManyChange(What.TAG, "new")

    killed = change_many(context, newsletter.slug, Chosen(), change, EDITOR)

    assert next(killed).changed == 2
    assert history(context, newsletter) == [
        "Tagged 2 subscribers of all subscribers: new. It was not finished."
    ]
    again = change_many(context, newsletter.slug, Chosen(), change, EDITOR)
    assert [step.changed for step in again] == [0, 2, 3]
    assert history(context, newsletter)[0] == "Tagged 3 subscribers of all subscribers: new"


def test_what_it_was_done_to_names_nobody_who_may_be_erased_later(context: Context) -> None:
    newsletter = a_newsletter(context)
    mail = {"mail": "anna@x.example"}
    reader = a_subscriber(context, newsletter, address="anna@x.example", attributes=mail)
    by_mail = audience_of([("attribute", "mail=anna@x.example")])
    change = ManyChange(What.UNSUBSCRIBE, "asked by anna@x.example")
    list(change_many(context, newsletter.slug, Chosen(by_mail, "anna@x.example"), change, EDITOR))
    export_subscribers(context, newsletter.slug, EDITOR, SubscriberFilter(audience=by_mail))
    erase_subscriber(context, newsletter.slug, reader.subscriber_id, "anna@x.example", EDITOR)
    with context.database.read() as session:
        (done, *_), kept = history(context, newsletter), session.scalars(select(Event.facts)).all()
    assert "found by a search" in done
    assert "anna" not in str(kept)


def history(context: Context, newsletter: Newsletter) -> list[str]:
    with context.database.read() as session:
        return [one.sentence for one in history_of(session, "newsletter", newsletter.id)]
