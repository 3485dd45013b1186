"""The calendar shows what is planned where someone may look, and what reaches the same people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sending.calendars import Month, month_of
from newsletter.domain.staff.principals import Principal, PrincipalKind, Scope
from newsletter.store.readers import audience_paths
from newsletter.usecases.context import Context
from newsletter.usecases.sending.show_calendar import clashes_with, show_calendar
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR

NINE = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
DECEMBER = Month(date(2026, 12, 1))


def test_issues_for_the_same_readers_within_hours_clash_and_others_do_not(context: Context) -> None:
    notes, news = a_newsletter(context, name="Notes"), a_newsletter(context, name="News")
    for newsletter in (notes, news):
        a_subscriber(context, newsletter, address="ann@x.example", tags=["berlin"])
        a_subscriber(context, newsletter, tags=["oslo"])

    def planned(newsletter: object, title: str, hours: int, *tags: str) -> int:
        audience = [["tag", tag] for tag in tags]
        values = {"state": IssueState.SCHEDULED, "scheduled_at": NINE + timedelta(hours=hours)}
        return an_issue(context, newsletter, title=title, audience=audience, **values).id

    first = planned(notes, "First", 0, "berlin")
    planned(notes, "For others", 1, "oslo")
    other = planned(news, "Of the neighbour", 5)
    planned(news, "Late", 12)
    shown = show_calendar(context, DECEMBER, EDITOR)
    assert [one.title for one in shown.planned] == [
        "First",
        "For others",
        "Of the neighbour",
        "Late",
    ]
    assert [(one.one.title, one.other.title) for one in shown.clashes] == [
        ("First", "Of the neighbour")
    ]
    (clash,) = clashes_with(context, other, EDITOR)
    assert clash.words == (
        "“First” of Notes goes out on Mon 7 Dec, 10:00 (Europe/Berlin). 1 subscriber gets both."
    )
    of_notes = Principal(PrincipalKind.EDITOR, 1, "Ada", by_newsletter={notes.id: frozenset(Scope)})
    assert clashes_with(context, first, of_notes) == []
    assert [one.title for one in show_calendar(context, DECEMBER, of_notes).planned] == [
        "First",
        "For others",
    ]


def test_who_gets_two_issues_of_a_long_list_is_estimated_from_the_same_sample(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_paths, "FEW", 10)
    monkeypatch.setattr("newsletter.usecases.sending.show_calendar.SAMPLE", 60)
    newsletter = a_newsletter(context)
    for number in range(120):
        tags = ["all", "even" if number % 2 else "odd", *(["rare"] if number < 3 else [])]
        a_subscriber(context, newsletter, tags=tags)
    at = NINE
    for title, tags in [("A", ["all"]), ("B", ["odd", "even"]), ("C", ["rare"]), ("D", [])]:
        audience = [["tag", tag] for tag in tags]
        values = {"state": IssueState.SCHEDULED, "scheduled_at": at, "title": title}
        an_issue(context, newsletter, audience=audience, **values)
        at += timedelta(minutes=1)
    clashes = show_calendar(context, DECEMBER, EDITOR).clashes
    assert {(one.one.title, one.other.title): str(one.both) for one in clashes} == {
        ("A", "B"): "about 120 subscribers",
        ("A", "C"): "3 subscribers",
        ("A", "D"): "about 120 subscribers",
        ("B", "C"): "3 subscribers",
        ("B", "D"): "about 120 subscribers",
        ("C", "D"): "3 subscribers",
    }


def test_a_month_has_whole_weeks_and_what_is_none_is_this_month() -> None:
    weeks = DECEMBER.weeks([])
    assert (weeks[0][0][0], weeks[-1][-1][0]) == (date(2026, 11, 30), date(2027, 1, 3))
    assert (str(DECEMBER.previous), str(DECEMBER.next)) == ("2026-11", "2027-01")
    today = date(2026, 12, 24)
    for text in ("", "soon", "2026-13", "0001-01", "9999-12"):
        assert month_of(text, today) == DECEMBER
