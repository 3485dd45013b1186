"""Another time zone leaves no doubt about when a scheduled issue goes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.problems import InvalidFields
from newsletter.domain.sending.scheduled_times import WhichTimeIsMeant
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.save_newsletter import (
    NewsletterSettings,
    change_settings,
    save_valid_settings,
)
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR

NINE_IN_BERLIN = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
NEW_YORK = {"time_zone": "America/New_York"}


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context, time_zone="Europe/Berlin")


def scheduled(context: Context, newsletter: Newsletter, at: datetime = NINE_IN_BERLIN) -> int:
    return an_issue(context, newsletter, state=IssueState.SCHEDULED, scheduled_at=at).id


def time_of(context: Context, issue_id: int) -> datetime | None:
    with context.database.read() as session:
        return session.get_one(Issue, issue_id).scheduled_at


def zone_of(context: Context, newsletter: Newsletter) -> str:
    return show_newsletter(context, newsletter.slug, EDITOR).profile.time_zone


@pytest.mark.parametrize(("meant", "hour"), [("clock", 14), ("moment", 8)])
def test_a_scheduled_issue_keeps_what_was_meant(
    context: Context, newsletter: Newsletter, meant: str, hour: int
) -> None:
    issue_id = scheduled(context, newsletter)
    with pytest.raises(WhichTimeIsMeant, match="On slow tools"):
        change_settings(context, newsletter.slug, NEW_YORK, EDITOR)
    assert zone_of(context, newsletter) == "Europe/Berlin"
    change_settings(context, newsletter.slug, NEW_YORK, EDITOR, meant=meant)
    assert time_of(context, issue_id) == NINE_IN_BERLIN.replace(hour=hour)
    assert zone_of(context, newsletter) == "America/New_York"


def test_nothing_is_asked_where_nothing_is_scheduled_or_the_zone_stays(
    context: Context, newsletter: Newsletter
) -> None:
    change_settings(context, newsletter.slug, NEW_YORK, EDITOR)
    scheduled(context, newsletter)
    change_settings(context, newsletter.slug, {"layout": "cards"}, EDITOR)


def test_a_time_that_the_new_zone_skips_becomes_the_next_one(
    context: Context, newsletter: Newsletter
) -> None:
    half_past_two = datetime(2027, 3, 14, 1, 30, tzinfo=UTC)
    issue_id = scheduled(context, newsletter, half_past_two)
    change_settings(context, newsletter.slug, NEW_YORK, EDITOR, meant="clock")
    assert time_of(context, issue_id) == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)


def test_no_issue_is_moved_into_the_past_and_no_other_wrong_field_moves_one_silently(
    context: Context, newsletter: Newsletter
) -> None:
    issue_id = scheduled(context, newsletter, datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    with pytest.raises(InvalidFields, match="in the past"):
        change_settings(
            context, newsletter.slug, {"time_zone": "Asia/Tokyo"}, EDITOR, meant="clock"
        )
    typed = NewsletterSettings(name="Notes", language="??", time_zone="Asia/Tokyo")
    wrong = save_valid_settings(context, newsletter.slug, typed, {}, EDITOR)
    assert wrong.keys() == {"language", "time_zone"}
    assert zone_of(context, newsletter) == "Europe/Berlin"
    assert time_of(context, issue_id) == datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
