"""What is done to many subscribers at once."""

from __future__ import annotations

import pytest

from newsletter.store.events import history_of
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.readers import change_many as changing
from newsletter.usecases.readers.change_many import Chosen, ManyChange, What, change_many
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


def history(context: Context, newsletter: Newsletter) -> list[str]:
    with context.database.read() as session:
        return [one.sentence for one in history_of(session, "newsletter", newsletter.id)]
