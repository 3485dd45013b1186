"""A newsletter from before clicks were counted counts none, and its links stay as they are."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.store.database import Database
from newsletter.store.models import Newsletter
from newsletter.store.newsletters import profile_of
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER, AN_ISSUE


def test_an_old_newsletter_counts_no_clicks_until_an_editor_says_so(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0018")
    with database.engine.begin() as connection:
        connection.execute(text(A_NEWSLETTER))
        connection.execute(text(AN_ISSUE))
        connection.execute(
            text("INSERT INTO sections (id, issue_id, position, title) VALUES (1, 1, 0, '')")
        )
        connection.execute(
            text(
                "INSERT INTO entries (section_id, position, title, url, sources, body) "
                "VALUES (1, 0, 'Old', 'https://example.org/', '[]', '')"
            )
        )
    migrate(database)
    assert difference_from_models(database) == []
    with database.read() as session:
        assert profile_of(session.get_one(Newsletter, 1)).clicks is ClickCounting.OFF
        (entry,) = session.execute(text("SELECT plain_links, link_parameters FROM entries"))
    assert (bool(entry.plain_links), entry.link_parameters) == (False, "")
