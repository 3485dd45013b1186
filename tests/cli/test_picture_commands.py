"""`newsletter picture`, run as people and scripts run it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.support.pictures import drawn
from tests.support.services.commands import Run

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_picture_is_added_listed_and_deleted(run: Run, context: Context, tmp_path: Path) -> None:
    a_newsletter(context, slug="notes")
    typed = partial(run, "picture", **environment_of(context.settings))
    (tmp_path / "sea.png").write_bytes(drawn("PNG"))
    added = typed("add", "sea.png", "--newsletter", "notes", "--alt", "The sea")
    assert added.stdout.startswith("![The sea](http://localhost:8000/media/"), added.stderr
    (listed,) = json.loads(typed("list", "--newsletter", "notes", "--json").stdout)["pictures"]
    assert (listed["alt"], listed["file_name"], listed["uses"]) == ("The sea", "sea.png", [])
    assert typed("delete", str(listed["id"]), "--newsletter", "notes").returncode == 0
    again = typed("delete", str(listed["id"]), "--newsletter", "notes")
    assert (again.returncode, "not in the library" in again.stderr) == (1, True)
