"""Readers of a newsletter from before there were sections to choose have nothing to choose."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.newsletters import newsletter_by_id, profile_of
from newsletter.store.schema import migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER


def test_an_old_newsletter_offers_no_sections(database_at: Callable[[str], Database]) -> None:
    database = database_at("0036")
    with database.engine.begin() as connection:
        connection.execute(text(A_NEWSLETTER))
    migrate(database)
    with database.read() as session:
        profile = profile_of(newsletter_by_id(session, 1))
    assert (profile.sections, profile.asks_sections_at_signup) == ((), False)
