"""`newsletter dkim`, from the first key to the one after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.support.services.commands import Run
from tests.support.services.name_server import NameServer


@pytest.fixture
def run(run: Run) -> Run:
    return partial(run, "dkim")


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.stop()


def test_keys_are_made_published_rotated_and_checked(run: Run, name_server: NameServer) -> None:
    made = run("make", "--domain", "example.org")
    assert made.returncode == 0, made.stderr
    assert "-rsa._domainkey.example.org. IN TXT (" in made.stdout
    assert run("make").returncode == 1
    asked = ("check", "--domain", "example.org", "--server", name_server.address)
    unpublished = run(*asked)
    assert (unpublished.returncode, unpublished.stdout.count("missing")) == (1, 2)

    publish(run, name_server)
    assert run(*asked).returncode == 0
    assert run("rotate").returncode == 0
    waiting = json.loads(run(*asked, "--json").stdout)
    assert [(one["state"], one["answer"]) for one in waiting] == [
        ("signing", "published"),
        ("signing", "published"),
        ("waiting", "missing"),
        ("waiting", "missing"),
    ]
    assert run(*asked).returncode == 0, "what waits may be missing still"

    assert "in a week" in run("rotate", "--activate").stdout
    shown = json.loads(run("show", "--json").stdout)
    assert [key["state"] for key in shown["keys"]] == ["retired", "retired", "signing", "signing"]
    assert all(key["records"][0]["value"].startswith("v=DKIM1; ") for key in shown["keys"])


def test_records_are_for_the_domains_of_the_newsletters(run: Run, context: Context) -> None:
    a_newsletter(context, sender_address="ada@bücher.example")
    a_newsletter(context, sender_address="bob@example.net")
    shown = run("make", "--only", "ed25519", "--json", **environment_of(context.settings))
    (key,) = json.loads(shown.stdout)["keys"]
    assert [record["name"].partition("._domainkey.")[2] for record in key["records"]] == [
        "example.net",
        "xn--bcher-kva.example",
    ]


def test_without_a_key_it_is_said_how_to_get_one(run: Run) -> None:
    assert "newsletter dkim make" in run("show").stdout
    assert run("rotate").returncode == 1
    assert "newsletter dkim make" in run("check").stderr


def test_a_key_file_that_comes_first_is_told(run: Run, tmp_path: Path) -> None:
    run("make", "--only", "ed25519")
    (pem,) = (tmp_path / "var" / "dkim").glob("*.pem")
    shown = run("show", DKIM_KEY_FILE=str(pem), DKIM_SELECTOR="own").stdout
    assert "DKIM_KEY_FILE is set, so the keys in DKIM_DIR are not used" in shown
    assert "own._domainkey IN TXT" in shown


def publish(run: Run, name_server: NameServer) -> None:
    shown = json.loads(run("show", "--json", "--domain", "example.org").stdout)
    for key in shown["keys"]:
        for record in key["records"]:
            name_server.records[record["name"]] = record["strings"]
