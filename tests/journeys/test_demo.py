"""The whole main job, from a pasted digest to a reader who leaves with one click."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.services.commands import run_command
from tests.support.services.postgres import PostgresServer
from tests.support.services.up import ROOT

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]

DIGEST = """\
Weekly Links 33

A queue that forgets nothing

queues.example.com | github.com

It writes to disk before it answers:

    def put(item):
        log.append(item)
        log.flush()

  • slow
  • but never sorry

Tides as a service

tides.example.org

High water comes twice a day.
"""


@pytest.fixture(params=["sqlite with valkey", "postgresql with redis"])
def services(request: pytest.FixtureRequest) -> list[str]:
    """The options that name them."""
    if request.param.startswith("sqlite"):
        return []
    server: PostgresServer = request.getfixturevalue("postgres_server")
    redis_url: str = request.getfixturevalue("real_redis")
    empty = server.new_database(template="template1")
    return ["--database-url", empty, "--redis-url", redis_url]


def test_the_demonstration_adds_up(services: list[str], tmp_path: Path) -> None:
    directory = tmp_path / "a demo"
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")

    done = demo("--issue", str(digest), "--json", "--var", str(directory), *services)

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary.pop("html_bytes") > 1_000
    assert summary.pop("seconds") > 0
    assert summary == {
        "entries": 2,
        "signed_up": 5,
        "confirmed": 4,
        "delivered": 4,
        "unsubscribed": 1,
        "delivered_second": 3,
        "lost": 0,
        "duplicates": 0,
    }
    assert_left_behind(directory)


def assert_left_behind(directory: Path) -> None:
    mails = [read(path) for path in sorted((directory / "outbox").glob("*.eml"))]
    issues = [mail for mail in mails if mail["List-Id"]]
    assert len(mails) - len(issues) == 5 + 4, "five confirmations, and a welcome to the four"
    assert sorted(Counter(mail["Delivered-To"] for mail in issues).values()) == [1, 2, 2, 2]
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)

    page = (directory / "issue.html").read_text(encoding="utf-8")
    text = (directory / "issue.txt").read_text(encoding="utf-8")
    for words in ("A queue that forgets nothing", "Tides as a service", "log.flush()"):
        assert words in page
        assert words in text


def test_it_does_not_wipe_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("years of work", encoding="utf-8")
    done = demo("--var", str(tmp_path))
    assert done.returncode == 1
    assert "did not create it" in done.stderr
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "text"),
        (b"Just a line of words.\n", "no entries"),
        (b"x" * 5_000_000, "The limit is"),
    ],
    ids=["empty", "binary", "without entries", "5 MB"],
)
def test_a_digest_that_can_not_be_sent_is_told_before_anything_starts(
    tmp_path: Path, content: bytes, words: str
) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_bytes(content)
    done = demo("--issue", str(digest), "--var", str(tmp_path / "demo"))
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert words in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_digest_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = demo("--issue", str(tmp_path / "nothing.txt"), "--var", str(tmp_path / "demo"))
    assert done.returncode == 1
    assert "can't be read" in done.stderr


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(["demo", *arguments], ROOT, patience_s=240)


def read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
