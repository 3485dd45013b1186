"""From a clone to a mail of one's own digest in the sandbox: the clicks and the seconds.

    python -m benchmarks.newcomer --digest my-digest.txt

Clones this repository as it is committed, types `make run`, and goes on in Chromium with what the
terminal and the pages say. pip and uv begin without a cache, as they do on a new machine. What a
person would take to read and to type is not in the seconds.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import free_port
from benchmarks.results import Lacking, finish, guarded, tell
from benchmarks.screenshots import SAMPLE, a_browser
from benchmarks.yardsticks import cpu_name
from newsletter.config import PROJECT_ROOT
from newsletter.reading.digests.digest import parse_digest
from tests.support.services.up import clean_environment

MOST_CLICKS, MOST_S = 9, 40.0
NAME, ADDRESS, PASSWORD = "Ada", "ada@example.org", "correct horse battery"
LAST_LINE = "Press Ctrl-C to stop"
PATIENCE_MS = 20_000


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.digest.read_text(encoding="utf-8"))
    is_good = result["clicks"] <= MOST_CLICKS and result["total_s"] <= MOST_S
    return finish("newcomer", result, is_json=options.json, is_good=is_good)


def measure(digest: str) -> dict[str, Any]:
    """`install_s` is what comes before the service starts, `pages_s` what comes after."""
    with (
        tempfile.TemporaryDirectory(prefix="nlnewcomer-") as home,
        a_browser() as browser,
    ):
        began = time.perf_counter()
        clone = Path(home) / "newsletter"
        subprocess.run(["git", "clone", "--quiet", PROJECT_ROOT, clone], check=True)
        cloned = time.perf_counter()
        tell("make run …")
        with _running(clone, Path(home)) as terminal:
            started = time.perf_counter()
            installed = cloned + terminal.install_s
            hand = _Hand(browser.new_page(viewport={"width": 1280, "height": 900}))
            _read_own_digest_as_mail(hand, terminal, digest)
            ended = time.perf_counter()
    return {
        "clicks": hand.clicks,
        "limit_clicks": MOST_CLICKS,
        "total_s": round(ended - began, 1),
        "limit_s": MOST_S,
        "clone_s": round(cloned - began, 1),
        "install_s": round(installed - cloned, 1),
        "start_s": round(started - installed, 1),
        "pages_s": round(ended - started, 1),
        "keys_and_pastes": hand.keys,
        "cpu": cpu_name(),
    }


@dataclass(frozen=True, slots=True)
class _Terminal:
    shown: str
    install_s: float

    def link(self, path: str) -> str:
        found = re.search(rf"http://\S+{path}\S+", self.shown)
        if found is None:
            raise Lacking(f"make run prints no link to {path}:\n{self.shown}")
        return found[0]


@contextmanager
def _running(clone: Path, home: Path) -> Iterator[_Terminal]:
    began = time.time()
    process = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        shown = _read_start_page(process)
        ready = clone / ".venv" / ".installed"
        yield _Terminal(shown, ready.stat().st_mtime - began if ready.exists() else 0.0)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()


def _environment(home: Path) -> dict[str, str]:
    """A newcomer's: no setting of ours, no package downloaded before, nothing on PYTHONPATH."""
    caches = {name: str(home / name) for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR")}
    kept = clean_environment() | caches | {"PORT": str(free_port()), "PYTHONUNBUFFERED": "1"}
    return {name: value for name, value in kept.items() if name not in ("PYTHONPATH", "MAKEFLAGS")}


def _read_start_page(process: subprocess.Popen[str]) -> str:
    shown = ""
    for line in process.stdout or ():
        shown += line
        if LAST_LINE in line:
            return shown
    raise Lacking(f"make run ended:\n{shown}")


class _Hand:
    """Counts. A field that has the focus is typed into; for any other one there is a click."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.clicks = 0
        self.keys = 0
        page.set_default_timeout(PATIENCE_MS)

    def open(self, link: str) -> None:
        """A click on a link in the terminal."""
        self.clicks += 1
        self.page.goto(link)

    def click(self, what: Any) -> None:
        self.clicks += 1
        what.click()

    def type_into(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label)
        field.wait_for()
        if not _has_focus(field):
            self.keys += 1
            self.page.keyboard.press("Tab")
        if not _has_focus(field):
            self.click(field)
        self.keys += 1
        self.page.keyboard.insert_text(text)


def _has_focus(field: Any) -> bool:
    return bool(field.evaluate("field => document.activeElement === field"))


def _read_own_digest_as_mail(hand: _Hand, terminal: _Terminal, digest: str) -> None:
    page = hand.page
    hand.open(terminal.link("/editor/sign-in/"))
    hand.click(page.get_by_role("button", name="Sign in"))
    hand.type_into("Your name", NAME)
    hand.type_into("Email address", ADDRESS)
    hand.type_into("Password", PASSWORD)
    hand.click(page.get_by_role("button", name="Continue"))
    hand.click(page.get_by_role("link", name="New issue"))
    hand.type_into("Your digest", digest)
    hand.click(page.get_by_role("button", name="Create issue"))
    hand.click(page.get_by_role("link", name="Preview", exact=True))
    hand.click(page.get_by_role("button", name="Send test"))
    page.get_by_text(f"A test is on its way to {ADDRESS}").wait_for()
    hand.open(terminal.link(r"/sandbox/\?key="))
    hand.click(page.get_by_role("link", name="[Test]"))
    _require_entries(page.frame_locator("iframe.mail").locator("body").inner_text(), digest)


def _require_entries(mail: str, digest: str) -> None:
    words = " ".join(mail.split())
    lost = [one.title for one in parse_digest(digest).entries if one.title not in words]
    if lost or not words:
        raise RuntimeError(f"the mail is without {lost}: {words[:300]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digest", type=Path, default=SAMPLE, help="a file; default our sample")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
