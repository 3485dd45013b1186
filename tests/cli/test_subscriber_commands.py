"""`newsletter subscriber`, run as people and scripts run it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.services.commands import Run


@pytest.fixture
def run(run: Run, context: Context) -> Run:
    a_newsletter(context, slug="notes")
    return partial(run, "subscriber", **environment_of(context.settings))


FOR_NOTES = ("--newsletter", "notes")


def test_a_file_is_tried_imported_and_exported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "june.csv").write_text("email;name\nbo@x.org;Bo\nBO@x.org;\nnobody;\n")
    tried = run("import", "june.csv", *FOR_NOTES, "--dry-run", "--json")
    assert json.loads(tried.stdout)["new"] == 1
    assert json.loads(run("list", *FOR_NOTES, "--json").stdout)["subscribers"] == []
    taken = run("import", "june.csv", *FOR_NOTES, "--consent", "a sheet", "--left-out", "left.csv")
    assert taken.returncode == 0, taken.stderr
    assert "1 new" in taken.stdout
    assert "the same address as line 2" in taken.stdout
    left = (tmp_path / "left.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in left] == ["line", "3", "4"]
    exported = run("export", *FOR_NOTES)
    assert exported.stdout.splitlines()[0] == "address,name,attributes,tags,state,created_at"
    assert exported.stdout.splitlines()[1].startswith("bo@x.org,Bo,,,active,")
    again = run("import", "-", *FOR_NOTES, "--consent", "again", "--json", given=exported.stdout)
    result = json.loads(again.stdout)
    assert (result["new"], result["updated"], result["unchanged"]) == (0, 0, 1)


def test_an_import_asks_for_the_source_of_consent(run: Run, tmp_path: Path) -> None:
    (tmp_path / "june.csv").write_text("email\nbo@x.org\n")
    refused = run("import", "june.csv", *FOR_NOTES)
    assert refused.returncode == 2
    assert "--consent" in refused.stderr


def test_what_can_not_be_done_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"address\nAndr\xe9\n")
    refused = run("import", "bad.csv", *FOR_NOTES, "--consent", "x")
    assert refused.returncode == 1
    assert "Error: Line 2 has bytes that are no UTF-8 text." in refused.stderr
    missing = run("show", "bo@x.org", *FOR_NOTES)
    assert (missing.returncode, "No subscriber has the address" in missing.stderr) == (1, True)


def test_one_reader_from_being_added_to_being_erased(run: Run, context: Context) -> None:
    added = run("add", "bo@x.org", *FOR_NOTES, "--consent", "Asked by mail", "--tags", "a;b")
    assert added.stdout == "bo@x.org added.\n"
    shown = json.loads(run("show", "Bo@x.org", *FOR_NOTES, "--json").stdout)
    assert (shown["state"], shown["tags"]) == ("active", ["a", "b"])
    assert shown["history"][0]["how"] == "Asked by mail"
    ended = run("unsubscribe", "bo@x.org", *FOR_NOTES, "--reason", "Asked")
    assert ended.stdout == "Unsubscribed.\n"
    refused = run("add", "bo@x.org", *FOR_NOTES, "--consent", "Asked")
    assert (refused.returncode, "unsubscribed from this newsletter" in refused.stderr) == (1, True)
    assert run("suppress", "bo@x.org", *FOR_NOTES, "--reason", "Letter").stdout == "Suppressed.\n"
    assert run("lift", "bo@x.org", *FOR_NOTES, "--reason", "Mistake").returncode == 0
    assert run("erase", "bo@x.org", *FOR_NOTES, "--yes").stdout == "Erased.\n"
    assert run("show", "bo@x.org", *FOR_NOTES).returncode == 1


def test_the_list_shows_names_without_control_characters(run: Run, context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(
        context, newsletter, name="\x1b[2Jclear", state=SubscriptionState.PAUSED, tags=["t"]
    )
    listed = run("list", "--newsletter", newsletter.slug, "--state", "paused")
    assert "\x1b" not in listed.stdout
    assert "[2Jclear" in listed.stdout
    assert "1 paused" in listed.stderr


def test_a_dry_run_shows_the_columns_with_three_rows_and_the_counts_of_each_state(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "ghost.csv").write_text(
        "email,name,subscribed_to_emails\na@x.org,Ann,true\nb@x.org,Bo,false\n\u200bc@x.org,Cy,true\n"
    )
    tried = run("import", "ghost.csv", *FOR_NOTES, "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "The columns are those of Ghost:" in tried.stdout
    assert "name name Ann | Bo | Cy" in " ".join(tried.stdout.split())
    assert "New: 2 active, 1 unsubscribed." in tried.stdout
    assert "Removed from 1 addresses: invisible characters." in tried.stdout


def test_columns_are_mapped_by_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("E-mail 1,Work,First,Last\nx@x.org,a@x.org,Ann,Lee\n")
    refused = run("import", "list.csv", *FOR_NOTES, "--dry-run", "--map", "email=Nope")
    assert (refused.returncode, "No column is named “Nope”" in refused.stderr) == (1, True)
    by_hand = ("--map", "email=Work", "--map", "name=First", "--map", "name=Last")
    taken = run("import", "list.csv", *FOR_NOTES, "--consent", "a sheet", *by_hand)
    assert taken.returncode == 0, taken.stderr
    listed = json.loads(run("list", *FOR_NOTES, "--json").stdout)["subscribers"]
    assert [(one["address"], one["name"]) for one in listed] == [("a@x.org", "Ann Lee")]


def test_what_a_file_does_not_say_is_asked_with_the_options_that_answer_it(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "states.csv").write_text("email,status\na@x.org,VIP\nb@x.org,gone fishing\n")
    asked = run("import", "states.csv", *FOR_NOTES, "--consent", "a sheet")
    assert asked.returncode == 1
    assert '--status "VIP=MEANING"' in asked.stderr
    answers = ("--status", "vip=active", "--status", "gone fishing=unsubscribed")
    taken = run("import", "states.csv", *FOR_NOTES, "--consent", "a sheet", "--json", *answers)
    assert json.loads(taken.stdout)["new_as"] == {"active": 1, "unsubscribed": 1}
    (tmp_path / "old.csv").write_bytes("email,name\nc@x.org,André\n".encode("cp1252"))
    asked = run("import", "old.csv", *FOR_NOTES, "--consent", "a sheet")
    assert "--encoding cp1252" in asked.stderr
    assert "c@x.org,André" in asked.stderr
    taken = run("import", "old.csv", *FOR_NOTES, "--consent", "a sheet", "--encoding", "cp1252")
    assert taken.returncode == 0, taken.stderr
    (tmp_path / "bounces.csv").write_text("email\nd@x.org\n")
    asked = run("import", "bounces.csv", *FOR_NOTES, "--consent", "a sheet")
    assert "--everyone" in asked.stderr
    taken = run("import", "bounces.csv", *FOR_NOTES, "--consent", "x", "--everyone", "bounced")
    assert "New: 1 bounced." in taken.stdout


def test_an_answer_that_means_nothing_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("email\na@x.org\n")
    for option, answer in (("--status", "vip=king"), ("--everyone", "king"), ("--map", "king=x")):
        refused = run("import", "list.csv", *FOR_NOTES, "--dry-run", option, answer)
        assert (refused.returncode, "Error: “" in refused.stderr) == (1, True), option
