"""Who could do everything before there were roles still can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from newsletter.domain.staff.roles import Role
from newsletter.store.database import Database
from newsletter.store.models import Newsletter, User
from newsletter.store.roles import roles_of
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.revision_0006 import OldRows


def test_an_editor_owns_every_newsletter_and_runs_the_server(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0006")
    with database.engine.begin() as connection:
        OldRows(connection, datetime.now(UTC)).fill()
    migrate(database)
    assert difference_from_models(database) == []
    with database.read() as session:
        newsletters = [one.id for one in session.query(Newsletter)]
        assert roles_of(session, 1) == dict.fromkeys(newsletters, Role.OWNER)
        assert session.get_one(User, 1).administrator_since is not None
