"""Who was signed in before sessions became rows is signed in afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from newsletter.config import Settings
from newsletter.store.database import Database
from newsletter.store.schema import difference_from_models, migrate
from newsletter.usecases.context import open_context
from newsletter.usecases.staff.confirm import is_confirmed
from newsletter.usecases.staff.sessions import find_signed_in

AN_EDITOR = (
    "INSERT INTO users (id, address, address_key, name, password_hash, sign_in_stamp, "
    "session_stamp, created_at, signed_in_at) VALUES (:id, :address, :address, '', 'x', 'a', "
    ":stamp, '2026-11-22 12:00:00', :signed_in_at)"
)


def test_an_editor_s_cookie_is_good_after_the_upgrade(
    database_at: Callable[[str], Database], tmp_path: Path
) -> None:
    database = database_at("0013")
    with database.engine.begin() as connection:
        for number, name, signed_in_at in ((1, "ada", "2026-11-23 12:00:00"), (2, "ben", None)):
            row = {"id": number, "address": name, "stamp": f"of-{name}"}
            connection.execute(text(AN_EDITOR), {**row, "signed_in_at": signed_in_at})
    migrate(database)
    assert difference_from_models(database) == []
    context = open_context(
        Settings(var_dir=tmp_path, database_url=database.url, secret_keys=("k" * 32,))
    )
    found = find_signed_in(context, 1, "of-ada")
    assert found is not None
    assert found.address == "ada"
    assert not is_confirmed(context, found), "what changes who can sign in is asked for again"
    assert find_signed_in(context, 2, "of-ben") is None
    assert find_signed_in(context, 1, "of-ben") is None
    context.database.dispose()
