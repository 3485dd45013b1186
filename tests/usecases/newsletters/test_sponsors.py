"""Sponsors are booked for days, and are in the issues of these days, marked as sponsored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from newsletter.delivery.sweep import tick
from newsletter.domain.newsletters.sponsors import AT_THE_END, Sponsor
from newsletter.domain.problems import InvalidFields
from newsletter.store.issues.editions import edition_of
from newsletter.usecases.context import Context
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.newsletters.sponsors import book_sponsor, cancel_sponsor, list_sponsors
from newsletter.usecases.sending.schedule_issue import schedule_issue
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR

MONDAY = date(2026, 11, 23)
ACME = Sponsor("Acme ropes", "acme.example/r", "They *hold*.", MONDAY, MONDAY + timedelta(days=6))


def test_a_sponsor_is_in_an_issue_of_its_days_at_its_place_and_in_no_other(
    context: Context, clock: Clock
) -> None:
    newsletter = a_newsletter(context)
    issue = an_issue(context, newsletter, issued_on=MONDAY)
    earlier = an_issue(context, newsletter, issued_on=MONDAY - timedelta(days=1))
    book_sponsor(context, newsletter.slug, replace(ACME, after_sections=AT_THE_END), EDITOR)
    shown = preview_issue(context, issue.id, EDITOR)
    assert 'href="https://acme.example/r" rel="sponsored"' in shown.html
    assert shown.html.index("Entry number 2") < shown.html.index("Acme ropes")
    assert "Sponsor" in shown.text
    assert open_issue(context, issue.id, EDITOR).sponsors[0].title == "Acme ropes"
    assert "Acme" not in preview_issue(context, earlier.id, EDITOR).html
    assert len(open_issue(context, issue.id, EDITOR).content.sections) == 1, "it is not saved in it"


def test_the_day_is_the_one_that_the_issue_goes_out_on(context: Context, clock: Clock) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    book_sponsor(context, newsletter.slug, ACME, EDITOR)
    issue = an_issue(context, newsletter)
    assert "Acme" not in preview_issue(context, issue.id, EDITOR).html, "today is Sunday"
    monday = datetime(2026, 11, 23, 9)
    schedule_issue(context, issue.id, monday, None, EDITOR)
    assert "Acme" in preview_issue(context, issue.id, EDITOR).html
    clock.advance(timedelta(hours=20))
    tick(context)
    start_issue(context, issue.id)
    with context.database.read() as session:
        edition = edition_of(session, issue.id)
        assert edition is not None
        assert "Acme ropes" in edition.html
    clock.advance(timedelta(days=30))
    assert "Acme" in preview_issue(context, issue.id, EDITOR).html, "as it was sent"


def test_bookings_that_overlap_at_one_place_are_pointed_out(context: Context) -> None:
    newsletter = a_newsletter(context)
    first = book_sponsor(context, newsletter.slug, ACME, EDITOR)
    other = book_sponsor(context, newsletter.slug, replace(ACME, title="Knots"), EDITOR)
    book_sponsor(context, newsletter.slug, replace(ACME, after_sections=0), EDITOR)
    found = list_sponsors(context, newsletter.slug, EDITOR)
    assert {id_: [one.title for one in others] for id_, others in found.overlaps.items()} == {
        first: ["Knots"],
        other: ["Acme ropes"],
    }
    cancel_sponsor(context, newsletter.slug, other, EDITOR)
    assert list_sponsors(context, newsletter.slug, EDITOR).overlaps == {}


def test_a_wrong_booking_is_refused_field_by_field(context: Context) -> None:
    newsletter = a_newsletter(context)
    wrong = Sponsor(" ", "no address", "", MONDAY, MONDAY - timedelta(days=1), after_sections=-1)
    with pytest.raises(InvalidFields) as refused:
        book_sponsor(context, newsletter.slug, wrong, EDITOR)
    assert set(refused.value.problems) == {"title", "url", "ends_on", "after_sections"}
