"""`newsletter newsletter sponsors`, run as people and scripts run it."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import pytest

from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.sponsors import book_sponsor
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR
from tests.support.services.commands import Run

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_sponsors_are_listed_with_what_overlaps(run: Run, context: Context) -> None:
    a_newsletter(context, slug="notes")
    days = date(2026, 11, 20), date(2099, 12, 31)
    for title in ("Acme", "Knots"):
        book_sponsor(context, "notes", Sponsor(title, "", "", *days), EDITOR)
    typed = partial(run, "newsletter", "sponsors", **environment_of(context.settings))
    found = {one["title"]: one for one in json.loads(typed("notes", "--json").stdout)}
    assert found["Acme"]["overlaps"] == ["Knots"]
    assert (found["Knots"]["from"], found["Knots"]["place"]) == ("2026-11-20", "after section 1")
    table = typed("notes").stdout.split()
    assert {"SPONSOR", "Acme", "2099-12-31"} <= set(table)
    nobody = typed("nowhere")
    assert (nobody.returncode, "No newsletter has this name" in nobody.stderr) == (1, True)
