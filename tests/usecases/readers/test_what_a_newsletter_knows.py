"""A newsletter knows of a person what it was told itself, and nothing of what others were told."""

from __future__ import annotations

from newsletter.domain.readers.audiences import audience_of
from newsletter.usecases.context import Context
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.readers.change_preferences import rename, show_preferences
from newsletter.usecases.readers.export_subscribers import export_subscribers
from newsletter.usecases.readers.list_subscribers import (
    SubscriberFilter,
    list_subscribers,
    show_subscriber,
)
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import EDITOR
from tests.usecases.readers.test_import_subscribers import take

PLAN = ("attribute", "plan=secret")


def found_by(context: Context, slug: str, wanted: SubscriberFilter) -> list[str]:
    page = list_subscribers(context, slug, wanted, EDITOR)
    return sorted(reader.address for reader in page.readers)


def test_who_adds_or_imports_an_address_sees_nothing_that_another_newsletter_was_told(
    context: Context,
) -> None:
    ours, theirs = a_newsletter(context), a_newsletter(context)
    for address in ("ann@x.org", "bo@x.org"):
        told = {"name": "Told Them", "attributes": {"plan": "secret"}}
        a_subscriber(context, theirs, address=address, **told)
    add_subscriber(
        context, ours.slug, NewSubscriber("ann@x.org", "asked", attributes='{"n": 1}'), EDITOR
    )
    report = take(context, ours.slug, "address,name\nbo@x.org,Bo\n")
    assert (report.new, report.updated) == (1, 0)

    ann, bo = list_subscribers(context, ours.slug, SubscriberFilter(), EDITOR).readers[::-1]
    assert (ann.name, ann.attributes, bo.name, bo.attributes) == ("", {"n": 1}, "Bo", {})
    details = show_subscriber(context, ours.slug, ann.subscriber_id, EDITOR)
    assert (details.name, details.attributes) == ("", {"n": 1})
    assert "secret" not in "".join(export_subscribers(context, ours.slug, EDITOR))
    by_plan = SubscriberFilter(audience=audience_of([PLAN]))
    for wanted in (by_plan, SubscriberFilter(search="told")):
        assert found_by(context, ours.slug, wanted) == []
        assert found_by(context, theirs.slug, wanted) == ["ann@x.org", "bo@x.org"]


def test_a_reader_who_changes_the_name_changes_it_for_one_newsletter(context: Context) -> None:
    ours, theirs = a_newsletter(context), a_newsletter(context)
    here = a_subscriber(context, ours, address="ann@x.org", name="Ann")
    there = a_subscriber(context, theirs, address="ann@x.org", name="A. Smith")
    rename(context, context.signer.sign_preferences(here.id), "Annie")
    kept = show_preferences(context, context.signer.sign_preferences(there.id))
    assert kept.name == "A. Smith"
