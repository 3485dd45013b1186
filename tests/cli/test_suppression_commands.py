"""`newsletter suppression`, run as people and scripts run it."""

from __future__ import annotations

import json
from functools import partial

import pytest

from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.support.services.commands import Run


@pytest.fixture
def run(run: Run, context: Context) -> Run:
    a_newsletter(context, slug="notes")
    return partial(run, "suppression", **environment_of(context.settings))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_address_is_added_found_exported_lifted_and_taken_in_again(run: Run) -> None:
    assert run("find", "ada@x.org").returncode == 1
    assert run("add", "ada@x.org", "--reason", "by phone").stdout == "Suppressed.\n"
    (found,) = json.loads(run("find", "Ada@x.org", "--json").stdout)
    assert (found["reason"], found["source"], found["detail"]) == ("editor", "editor", "by phone")
    listed = json.loads(run("list", "--newsletter", "notes", "--json").stdout)
    assert [one["id"] for one in listed["suppressions"]] == [found["id"]]
    exported = run("export").stdout
    lifted = run("lift", "ada@x.org", "--reason", "a mistake")
    assert (lifted.returncode, lifted.stdout) == (0, "Lifted.\n")
    back = json.loads(run("import", "-", "--json", given=exported).stdout)
    assert (back["added"], back["already"]) == (1, 0)
    complained = "address,reason\nbo@x.org,complaint\n"
    run("import", "-", given=complained)
    refused = run("lift", "bo@x.org", "--reason", "please")
    assert (refused.returncode, "reported your email as spam" in refused.stderr) == (1, True)
    assert run("lift", "bo@x.org", "--reason", "x", "--despite-complaint").returncode == 0
