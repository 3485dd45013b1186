"""A backup that was made at an earlier revision is restored by this version, and upgraded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from newsletter.domain.issues.issue import IssueState
from newsletter.store.database import Database
from newsletter.store.models import Issue
from newsletter.store.schema import current_revision, difference_from_models, newest_revision
from tests.store.migrations.revision_0006 import SCHEDULED, SENDING, SENT, OldRows
from tests.support.services.commands import run_command


def test_old_rows_come_back_at_the_newest_revision_and_what_was_under_way_is_held(
    database_at: Callable[[str], Database], tmp_path: Path
) -> None:
    database = database_at("0006")
    with database.engine.begin() as connection:
        OldRows(connection, datetime.now(UTC)).fill()
    file = tmp_path / "old.backup"
    settings = {"VAR_DIR": str(tmp_path), "DATABASE_URL": database.url}
    done = run_command(["backup", str(file)], tmp_path, settings)
    assert done.returncode == 0, done.stderr
    database.dispose()
    done = run_command(["restore", str(file), "--yes"], tmp_path, settings)
    assert done.returncode == 0, done.stderr
    assert current_revision(database) == newest_revision()
    assert difference_from_models(database) == []
    with database.read() as session:
        states = {issue.id: issue.state for issue in session.scalars(select(Issue))}
    assert len(states) == 11
    assert states[SENDING] == IssueState.PAUSED
    assert (states[SCHEDULED], states[SENT]) == (IssueState.SCHEDULED, IssueState.SENT)
