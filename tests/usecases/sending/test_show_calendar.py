"""The calendar shows what is planned where someone may look, and what reaches the same people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sending.calendars import Month, month_of
from newsletter.domain.staff.principals import Principal, PrincipalKind, Scope
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


def test_a_month_has_whole_weeks_and_what_is_none_is_this_month() -> None:
    weeks = DECEMBER.weeks([])
    assert (weeks[0][0][0], weeks[-1][-1][0]) == (date(2026, 11, 30), date(2027, 1, 3))
    assert (str(DECEMBER.previous), str(DECEMBER.next)) == ("2026-11", "2027-01")
    today = date(2026, 12, 24)
    for text in ("", "soon", "2026-13", "0001-01", "9999-12"):
        assert month_of(text, today) == DECEMBER
