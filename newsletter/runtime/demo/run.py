"""Runs the demonstration: starts a temporary service, plays the story, and saves the results."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from newsletter.config import PROJECT_ROOT, Settings
from newsletter.domain.errors import Conflict, InvalidInput, Misconfigured
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.runtime.demo.browser import Unexpected
from newsletter.runtime.demo.inbox import Inbox
from newsletter.runtime.demo.story import Story, Tally
from newsletter.store.database import Database
from newsletter.store.schema import current_revision
from newsletter.urls import sign_in_url

MARKER = ".made-by-newsletter-demo"
SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 30.0
_SIGN_IN_LINK = re.compile(rf"https?://\S+{sign_in_url('', '')}\S+")


@dataclass(frozen=True, slots=True)
class Wish:
    """`issue` None: the sample of the project. Empty URLs: the embedded services."""

    directory: Path
    issue: Path | None = None
    database_url: str = ""
    redis_url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    tally: Tally
    seconds: float


def run_demo(wish: Wish, say: Callable[[str], None]) -> Shown:
    """Raises NewsletterError before anything is started. Later failures are in the tally."""
    text = _read_digest(wish.issue or SAMPLE)
    digest = parse_digest(text)
    if not digest.entries:
        raise InvalidInput(
            f"{wish.issue} has no entries to send.",
            advice="An entry is a title, a line with its source, and text. See `newsletter issue "
            "parse --help`.",
        )
    _require_empty(wish.database_url)
    _wipe(wish.directory)
    started = time.monotonic()
    inbox = Inbox(wish.directory / Settings(var_dir=wish.directory).sandbox_dir.name)
    with running_newsletter(wish, say) as (base_url, sign_in_url):
        story = Story(base_url, inbox, text, digest, say)
        try:
            story.play(sign_in_url)
        except Unexpected as problem:
            story.tally.problems.append(str(problem))
    _leave_behind(wish.directory, story, inbox)
    return Shown(story.tally, time.monotonic() - started)


def _read_digest(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"{path} can't be read: {error.strerror or error}.", advice="Give another file."
        ) from error
    return decode_digest(data, Settings().max_digest_bytes)


def _require_empty(database_url: str) -> None:
    if not database_url:
        return
    database = Database(database_url)
    try:
        revision = current_revision(database)
    finally:
        database.dispose()
    if revision is not None:
        raise Conflict(
            "The database of DATABASE_URL is not empty.",
            advice="The demo needs an empty database: createdb newsletter_demo.",
        )


def _wipe(directory: Path) -> None:
    if directory.exists() and any(directory.iterdir()):
        if not (directory / MARKER).exists():
            raise Conflict(
                f"{directory} is not empty, and the demo did not create it.",
                advice="Choose another folder with --var, or remove this one.",
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARKER).write_text("You can delete this folder at any time.\n", encoding="utf-8")


@contextmanager
def running_newsletter(wish: Wish, say: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """Runs `newsletter up` on a free port. Yields the URL of its pages and a sign-in link."""
    port = _free_port()
    say(f"`newsletter up` starts on port {port}, in {wish.directory}.")
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter.cli", "up"],
        env=_environment(wish, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(wish.directory / "up.log").open("wb"),
        start_new_session=True,
        text=True,
    )
    giving_up = threading.Timer(START_PATIENCE_S, process.terminate)
    giving_up.start()
    try:
        sign_in_url = _read_start_page(process, wish)
        giving_up.cancel()
        yield f"http://localhost:{port}", sign_in_url
    finally:
        giving_up.cancel()
        _stop(process)


def _read_start_page(process: subprocess.Popen[str], wish: Wish) -> str:
    for line in process.stdout or ():
        if found := _SIGN_IN_LINK.search(line):
            return found[0]
    process.wait()
    log = (wish.directory / "up.log").read_text(encoding="utf-8", errors="replace")
    raise Misconfigured("`newsletter up` did not start:", advice="\n".join(log.splitlines()[-12:]))


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.communicate()


def _environment(wish: Wish, port: int) -> dict[str, str]:
    """Leaves out the caller's settings: the demonstration must never touch a real service."""
    ours = {field.name.upper() for field in fields(Settings)}
    given = {name: value for name, value in os.environ.items() if name not in ours}
    named = {"DATABASE_URL": wish.database_url, "REDIS_URL": wish.redis_url}
    return {
        **given,
        **{name: value for name, value in named.items() if value},
        "VAR_DIR": str(wish.directory),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def _leave_behind(directory: Path, story: Story, inbox: Inbox) -> None:
    outbox = directory / "outbox"
    outbox.mkdir()
    for path in sorted(inbox.directory.glob("*.eml")):
        shutil.copy(path, outbox / path.name)
    if story.sample is not None:
        (directory / "issue.html").write_text(story.sample.html, encoding="utf-8")
        (directory / "issue.txt").write_text(story.sample.text, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
