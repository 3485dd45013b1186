"""An issue that was written before issues had a date of their own shows the day it is sent."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.schema import difference_from_models, migrate

A_NEWSLETTER = (
    "INSERT INTO newsletters (id, slug, name, description, sender_name, sender_address, reply_to, "
    "postal_address, time_zone, language, theme, list_label, undo_minutes, canary_percent, "
    "canary_threshold_percent, created_at) VALUES (1, 'notes', 'Notes', '', '', '', '', '', 'UTC', "
    "'en', '{}', 'notes', 0, 0, 5, '2026-11-22 12:00:00')"
)
AN_ISSUE = (
    "INSERT INTO issues (id, newsletter_id, number, title, subject, preheader, intro, unplaced, "
    "state, state_at, state_reason, override_by, override_reason, version, created_at, updated_at, "
    "updated_by) VALUES (1, 1, 7, 'Old', '', '', '', '[]', 'draft', '2026-11-22 12:00:00', '', '', "
    "'', 1, '2026-11-22 12:00:00', '2026-11-22 12:00:00', 'ada')"
)


def test_an_old_issue_has_no_date_of_its_own(database_at: Callable[[str], Database]) -> None:
    database = database_at("0016")
    with database.engine.begin() as connection:
        connection.execute(text(A_NEWSLETTER))
        connection.execute(text(AN_ISSUE))
    migrate(database)
    assert difference_from_models(database) == []
    with database.read() as session:
        content = content_of(issue_with_content(session, 1))
    assert (content.title, content.issued_on) == ("Old", None)
