"""The revision of the schema, read without Alembic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsletter.store.database import Database
from newsletter.store.schema import MIGRATIONS, current_revision, newest_revision


def test_the_newest_revision_is_the_head_of_one_line_of_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = list(ScriptDirectory.from_config(config).walk_revisions())
    numbers = [script.revision for script in revisions]
    assert newest_revision() == numbers[0]
    assert numbers == sorted(numbers, reverse=True)
    for script in revisions:
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_the_revision_is_the_one_that_alembic_reports(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        theirs = MigrationContext.configure(connection).get_current_revision()
    assert current_revision(database) == theirs == newest_revision()
    database.dispose()


def test_an_empty_database_is_at_no_revision(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    assert current_revision(database) is None
    database.dispose()


def test_no_process_imports_modules_that_only_migrations_need() -> None:
    """It takes as long as all of a command's own work."""
    question = "import sys, newsletter.app, newsletter.cli.up, newsletter.runtime.renderer_entry; "
    subprocess.run(
        [sys.executable, "-c", question + "sys.exit('alembic' in sys.modules)"], check=True
    )
