"""What was written before templates, sponsors, versions, filters and notes is as it was."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.versions import versions_of
from newsletter.store.newsletters import newsletter_by_id, profile_of
from newsletter.store.schema import difference_from_models, migrate
from newsletter.store.sponsors import sponsors_of
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER, AN_ISSUE

A_SECTION = (
    "INSERT INTO sections (id, issue_id, position, title) VALUES (1, 1, 0, 'Knots')",
    (
        "INSERT INTO entries (id, section_id, position, title, url, sources, body) "
        "VALUES (1, 1, 0, 'Bowline', 'https://example.org/b', '[]', 'A loop.')"
    ),
)
A_BOOKING = (
    "INSERT INTO sponsors (id, newsletter_id, title, url, body, starts_on, ends_on, "
    "after_sections, booked_at, booked_by) VALUES (1, 1, 'Acme', '', '', '2026-11-20', "
    "'2026-11-30', 1, '2026-11-01 12:00:00', 'ada')"
)


def test_an_old_issue_keeps_its_text_and_has_no_versions(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0029")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, AN_ISSUE, *A_SECTION):
            connection.execute(text(statement))
    migrate(database)
    assert difference_from_models(database) == []
    with database.read() as session:
        issue = issue_with_content(session, 1)
        (entry,) = content_of(issue).entries
        versions = versions_of(session, 1)
        own = profile_of(newsletter_by_id(session, 1)).sponsor_labels
    assert (issue.title, entry.title, entry.body) == ("Old", "Bowline", "A loop.")
    assert (issue.head_version, issue.sections[0].version, versions, own) == (1, 1, [], {})


def test_an_old_booking_is_still_booked(database_at: Callable[[str], Database]) -> None:
    database = database_at("0041")
    with database.engine.begin() as connection:
        connection.execute(text(A_NEWSLETTER))
        connection.execute(text(A_BOOKING))
    migrate(database)
    with database.read() as session:
        assert [one.title for one in sponsors_of(session, 1)] == ["Acme"]
