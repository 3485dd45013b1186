"""A password in DATABASE_URL, REDIS_URL or SMTP_URL is told to nobody, however it is mistyped."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter import telemetry
from newsletter.app import create_app
from newsletter.config import Settings, load_settings
from newsletter.domain.errors import Misconfigured
from newsletter.mail.smtp.relay import relays_from
from newsletter.store.database import Database
from newsletter.store.schema import current_revision
from tests.support.services.commands import run_command

SECRETS = ("s3cret", "w0rd", "12345")
PASSWORDS = [
    "s3cret-w0rd",
    "s3cret@w0rd",
    "s3cret/w0rd",
    "s3cret?w0rd",
    "s3cret#w0rd",
    "s3cret:w0rd",
    "s3cret%w0rd",
    "s3cret[w0rd",
    "s3cret w0rd",
    "12345/w0rd",
    "12345?w0rd",
    "12345#w0rd",
]
ENTRIES = [("settings",), ("settings", "--json"), ("db", "status"), ("tick",), ("relay", "status")]
NOBODY_THERE = "127.0.0.1:1"


def urls(password: str) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql://ann:{password}@{NOBODY_THERE}/news",
        "REDIS_URL": f"redis://ann:{password}@{NOBODY_THERE}/0",
        "SMTP_URL": f"smtp://ann:{password}@{NOBODY_THERE}",
    }


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "mysql", "nonsense"])
def test_no_error_of_the_database_tells_it(password: str, scheme: str) -> None:
    url = f"{scheme}://ann:{password}@{NOBODY_THERE}/news"
    with pytest.raises(Misconfigured) as error:
        current_revision(Database(url))
    assert_kept(str(error.value), repr(error.value.__cause__))


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix", "valkey", "http"])
def test_no_error_of_the_queue_tells_it(password: str, scheme: str) -> None:
    url = f"{scheme}://ann:{password}@{NOBODY_THERE}/0"
    try:
        load_settings({"REDIS_URL": url})
    except Misconfigured as error:
        assert_kept(str(error), repr(error.__cause__))


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_error_of_the_relay_tells_it(settings: Settings, password: str) -> None:
    try:
        relays_from(replace(settings, smtp_url=urls(password)["SMTP_URL"]))
    except Misconfigured as error:
        assert_kept(str(error), repr(error.__cause__))


@pytest.mark.parametrize("password", ["s3cret-w0rd", "s3cret@w0rd", "s3cret/w0rd"])
@pytest.mark.parametrize("entry", ENTRIES, ids=" ".join)
def test_no_command_tells_it(tmp_path: Path, password: str, entry: tuple[str, ...]) -> None:
    shared = {"SECRET_KEYS": "s3cret" * 5, "ADDRESS_HASH_KEY": "w0rd" * 8}
    ran = run_command(entry, tmp_path, urls(password) | shared | {"PUBLIC_URL": "http://localhost"})
    assert "Traceback" not in ran.stderr
    assert_kept(ran.stdout, ran.stderr)


def test_the_web_tells_it_neither_on_its_pages_nor_in_its_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    urls_of_nothing = {name.lower(): url for name, url in urls("s3cret-w0rd").items()}
    app = create_app(replace(settings, **urls_of_nothing))
    with caplog.at_level(logging.DEBUG):
        pages = [app.test_client().get(path).text for path in ("/", "/readyz", "/editor/")]
    assert_kept(*pages, caplog.text)


def test_the_settings_are_shown_to_a_debugger_without_secrets(settings: Settings) -> None:
    for name in ("smtp_url", "database_url", "redis_url", "sandbox_key"):
        settings = replace(settings, **{name: "s3cret"})
    assert_kept(repr(replace(settings, secret_keys=("s3cret" * 5,), address_hash_key="w0rd")))


def test_what_a_library_says_is_logged_without_the_logins_in_it() -> None:
    said = f"can't use {urls('s3cret@w0rd')}"
    record = logging.LogRecord("a.library", logging.WARNING, "", 0, said, None, None)
    line = telemetry._JsonFormatter().format(record)
    assert_kept(line)
    assert "postgresql://…@127.0.0.1:1/news" in json.loads(line)["event"]


def assert_kept(*texts: str) -> None:
    """No text has a part of a password."""
    assert not [text for text in texts for secret in SECRETS if secret in text]
