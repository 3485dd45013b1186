"""The `newsletter` command: what it teaches, and how it says that something can't be done."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from newsletter.cli.issue import group as issues
from newsletter.cli.root import MODULES, main
from newsletter.cli.subscriber import group as subscribers
from newsletter.runtime.environment import environment_of
from newsletter.store.factors import has_second_factor
from newsletter.store.models import AppSecret
from newsletter.store.schema import newest_revision
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.services.commands import Run, run_fresh_command
from tests.support.services.up import clean_environment


@pytest.fixture
def here(context: Context) -> dict[str, str]:
    """The settings of a service that is set up."""
    return environment_of(context.settings)


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["up"],
        ["tick"],
        ["demo"],
        ["db"],
        ["db", "upgrade"],
        ["editor"],
        ["settings"],
        ["issue"],
    ],
    ids=" ".join,
)
def test_every_command_teaches(run: Run, command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 5
    assert "--help" in done.stdout


@pytest.mark.parametrize(
    ("group", "name", "short_help"),
    [
        (group, name, command.short_help)
        for group, modules in (
            (main, MODULES),
            (issues.issue, issues.MODULES),
            (subscribers.subscriber, subscribers.MODULES),
        )
        for name, command in modules.items()
    ],
)
def test_the_list_of_commands_says_what_each_says_of_itself(
    group: click.Group, name: str, short_help: str
) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.get_short_help_str(limit=1000) == short_help


def test_rendering_a_digest_loads_no_database() -> None:
    """It is tried over and over while a digest is written, and should answer at once."""
    program = (
        "import sys; from newsletter.cli.issue import render; "
        "print([name for name in ('sqlalchemy', 'psycopg', 'redis', 'flask', 'dramatiq') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_tables_in_the_help_stay_tables(tmp_path: Path) -> None:
    done = run_fresh_command(["--help"], tmp_path)
    assert done.returncode == 0
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert any(line.startswith("newsletter demo   ") for line in lines)


def test_wrong_use_is_exit_code_2(run: Run) -> None:
    assert run("nothing-of-the-kind").returncode == 2
    assert run("completion", "ksh").returncode == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_the_shell_needs(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "_NEWSLETTER_COMPLETE" in done.stdout


def test_settings_are_listed_and_secrets_are_not_shown(run: Run) -> None:
    done = run("settings", "--json", SMTP_URL="smtp://ed:hunter2@relay.example", PORT="8123")
    shown = json.loads(done.stdout)
    assert shown["PORT"]["value"] == "8123"
    assert "hunter2" not in done.stdout + done.stderr
    assert shown["SMTP_URL"]["value"].startswith("(set")


def test_a_setting_that_can_not_be_read_is_told_in_words(tmp_path: Path) -> None:
    done = run_fresh_command(["settings"], tmp_path, {"PORT": "http"})
    assert done.returncode == 1
    assert "Error: PORT can't be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [
        (["db", "upgrade"], ["db"]),
        (["--verbose", "db", "status"], ["db"]),
        (["db", "status"], []),
        (["db", "upgrade", "--help"], []),
        (["settings"], []),
    ],
)
def test_one_wide_event_tells_of_what_runs_unattended_and_none_of_what_a_person_asks(
    run: Run, arguments: list[str], commands: list[str]
) -> None:
    lines = run(*arguments).stderr.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert [(event["event"], event["command"]) for event in events] == [
        ("command", command) for command in commands
    ]
    assert len(events) == len(lines)


def test_an_empty_database_is_brought_up_to_date(run: Run) -> None:
    assert json.loads(run("db", "status", "--json").stdout)["revision"] is None
    assert run("db", "upgrade").returncode == 0
    status = json.loads(run("db", "status", "--json").stdout)
    assert status == {
        "revision": newest_revision(),
        "newest": newest_revision(),
        "is_current": True,
    }


def test_the_migrations_make_what_the_models_say(run: Run) -> None:
    assert run("db", "check").returncode == 0


def test_a_database_that_is_behind_is_told_with_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with sqlite3.connect(tmp_path / "var" / "newsletter.db"):
        pass
    done = run("newsletter", "list")
    assert done.returncode == 1
    assert "newsletter db upgrade" in done.stderr


@pytest.mark.parametrize("process", ["tick", "worker", "web"])
def test_processes_that_run_apart_refuse_to_start_without_what_they_share(
    run: Run, tmp_path: Path, process: str
) -> None:
    done = run("tick") if process == "tick" else _apart(process, tmp_path, {})
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "SECRET_KEYS, ADDRESS_HASH_KEY, PUBLIC_URL not set" in said
    assert "Traceback" not in said


FOR_NOTES = ("--newsletter", "notes")
WHY = (*FOR_NOTES, "--reason", "Asked.")
AGREED = (*FOR_NOTES, "--consent", "A form.")
HASHES = {"ADDRESS_HASH_KEY"}
NEEDED: dict[tuple[str, ...], set[str]] = {
    ("subscriber", "list", *FOR_NOTES): set(),
    ("subscriber", "export", *FOR_NOTES): set(),
    ("subscriber", "import", "-", *AGREED): HASHES,
    ("subscriber", "add", "bo@x.org", *AGREED): HASHES,
    ("subscriber", "show", "ann@x.org", *FOR_NOTES): HASHES,
    ("subscriber", "unsubscribe", "ann@x.org", *WHY): set(),
    ("subscriber", "suppress", "ann@x.org", *WHY): HASHES,
    ("subscriber", "lift", "ann@x.org", *WHY): HASHES,
    ("subscriber", "erase", "ann@x.org", *FOR_NOTES, "--yes"): HASHES,
    ("editor", "list"): set(),
    ("editor", "link"): {"SECRET_KEYS", "PUBLIC_URL"},
    ("newsletter", "list"): set(),
    ("issue", "report", "1"): set(),
    ("issue", "check", "1"): set(),
}
SHARED = {"SECRET_KEYS", "ADDRESS_HASH_KEY", "PUBLIC_URL"}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_command_asks_for_no_more_than_it_uses(
    run: Run, context: Context, here: dict[str, str]
) -> None:
    newsletter = a_newsletter(context, slug="notes")
    a_subscriber(context, newsletter, address="ann@x.org")
    an_issue(context, newsletter)
    for arguments, needed in NEEDED.items():
        given = {name: here[name] for name in here if name not in SHARED - needed}
        done = run(*arguments, given="email\ncy@x.org\n", **given)
        assert done.returncode == 0, (arguments, done.stderr)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("arguments", "needed"), [(a, n) for a, n in NEEDED.items() if n])
def test_a_command_without_what_it_uses_names_that_alone(
    run: Run, context: Context, here: dict[str, str], arguments: tuple[str, ...], needed: set[str]
) -> None:
    given = {name: here[name] for name in here if name not in SHARED}
    done = run(*arguments, **given)
    assert done.returncode == 1
    assert all(name in done.stderr for name in needed)
    assert not any(name in done.stderr for name in SHARED - needed)


def test_a_worker_without_a_relay_refuses_to_start(here: dict[str, str], tmp_path: Path) -> None:
    done = _apart("worker", tmp_path, {**here, "SANDBOX_SMTP_URL": ""})
    assert done.returncode != 0
    assert "SMTP_URL is not set" in done.stdout + done.stderr


def test_newsletters_are_listed(run: Run, context: Context, here: dict[str, str]) -> None:
    a_newsletter(context, slug="field-notes", name="Field Notes")
    done = run("newsletter", "list", "--json", **here)
    assert [one["slug"] for one in json.loads(done.stdout)] == ["field-notes"]
    assert "Field Notes" in run("newsletter", "list", **here).stdout


def test_the_first_editor_gets_a_link(run: Run, here: dict[str, str]) -> None:
    done = run("editor", "link", **here)
    assert done.returncode == 0
    assert done.stdout.startswith("http://localhost:8000/editor/sign-in/")


def test_an_editor_who_lost_the_second_factor_signs_in_without(
    run: Run, context: Context, here: dict[str, str]
) -> None:
    editor = an_editor(context, address="ada@example.org")
    reset = ("editor", "reset-second-factor", editor.address)
    assert "has no second factor" in run(*reset, **here).stderr
    with context.database.write() as session:
        session.add(AppSecret(user_id=editor.id, sealed="", added_at=context.now()))
    (listed,) = json.loads(run("editor", "list", "--json", **here).stdout)
    assert listed["second_factor"]
    done = run(*reset, "--json", **here)
    assert json.loads(done.stdout) == {"address": "ada@example.org", "reset": True}
    with context.database.read() as session:
        assert not has_second_factor(session, editor.id)


def test_an_editor_who_lost_the_password_gets_a_link(
    run: Run, context: Context, here: dict[str, str]
) -> None:
    an_editor(context, address="ada@example.org")
    an_editor(context, address="bea@example.org")
    assert run("editor", "link", "bea@example.org", **here).returncode == 0
    assert "more than one editor" in run("editor", "link", **here).stderr
    assert "No editor has this address" in run("editor", "link", "c@example.org", **here).stderr
    assert "ada@example.org" in run("editor", "list", **here).stdout


def _apart(
    process: str, directory: Path, settings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    commands = {
        "worker": ["-m", "dramatiq", "worker", "--processes", "1", "--threads", "1"],
        "web": ["-m", "gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket", "wsgi:app"],
    }
    return subprocess.run(
        [sys.executable, *commands[process]],
        cwd=directory,
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_relative_links_are_completed_by_an_address_or_the_newsletter_s(
    run: Run, context: Context, here: dict[str, str]
) -> None:
    digest = "# News\n\n- [Ropes](/ropes)\n"
    without = run("issue", "parse", "-", given=digest, **here).stdout
    assert "Set the base address" in without
    given = run(
        "issue", "parse", "-", "--json", "--base-url", "https://a.org/x", given=digest, **here
    )
    assert "https://a.org/ropes" in given.stdout
    refused = run("issue", "parse", "-", "--base-url", "x", given=digest, **here)
    assert "must look like https://example.org/weekly/" in refused.stderr
    slug = a_newsletter(context).slug
    assert run("newsletter", "set", slug, "--base-url", "https://b.org/", **here).returncode == 0
    folder = context.settings.var_dir / "out"
    done = run(
        "issue", "render", "-", "--out", str(folder), "--newsletter", slug, given=digest, **here
    )
    assert done.returncode == 0, done.stderr
    assert 'href="https://b.org/ropes"' in (folder / "issue.html").read_text()
