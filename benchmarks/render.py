"""Rendering an issue beside npm's mjml, and putting one reader's copy of it together.

Like is compared with like, three times. `npm` is its mjml turning our MJML into HTML and nothing
else; `ours` is all of it, from the Markdown of the digest to the segments of both parts and the
public copy (two compilations):

`command` is a whole process, as one types it: `newsletter issue render`, which also writes the MJML
and the message, beside `mjml FILE -o FILE`. `first` is the first time in a process, without the
loading. `warm` is the best of many times in one process, as workers and the web do it.
`warm_mjml` is one of our compilations alone: the same work as npm's, by another compiler.

It is as it should be when both compilers take the MJML without a complaint.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.results import Lacking, finish, guarded, tell
from newsletter.config import PROJECT_ROOT, Settings
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.edition.edition import RenderedEdition
from newsletter.rendering.edition.issue_view import KEPT_BODIES
from newsletter.rendering.message.message import IssueMessages
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.templates.mjml import compile_mjml
from newsletter.usecases.issues.render_content import render_content
from newsletter.usecases.issues.render_digest import example_newsletter, read_issue, render_digest

SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
NPM_VERSION = "4.18.0"
PERSONAL_VALUES = 50
HTML_BYTES = 60_000
ROUNDS = 30
FRESH_PROCESSES = 3
COMPARED = ("command", "first", "warm")
SETTINGS = Settings(public_url="https://news.example.org")

_FIRST = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from benchmarks.render import SETTINGS, example_newsletter, read_issue, render_content
content = read_issue(Path(sys.argv[1]).read_bytes(), SETTINGS.max_digest_bytes).content
profile, now = example_newsletter(content, SETTINGS), datetime.now(UTC)
started = time.perf_counter()
render_content(SETTINGS, content, profile, now)
print(round((time.perf_counter() - started) * 1000, 2))
"""
_YARDSTICK = """
const { readFileSync } = require("fs");
const mjml2html = require("mjml");
const mjml = readFileSync(process.argv[1], "utf8");
const compile = mjml2html.default || mjml2html;
(async () => {
  const started = process.hrtime.bigint();
  const { html, errors } = await compile(mjml);
  const first = Number(process.hrtime.bigint() - started) / 1e6;
  let best = Infinity;
  for (let round = 0; round < 40; round++) {
    const start = process.hrtime.bigint();
    await compile(mjml);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  }
  const complaints = errors.length + (html.length > 10000 ? 0 : 1);
  console.log(JSON.stringify({ first, best, complaints }));
})();
"""


def main() -> int:
    options = _parser().parse_args()
    content = read_issue(options.issue.read_bytes(), SETTINGS.max_digest_bytes).content
    profile, now = example_newsletter(content, SETTINGS), datetime.now(UTC)
    tell(f"Rendering {options.issue.name}, {len(content.entries)} entries")
    result: dict[str, Any] = {
        "ours_command_ms": _command_of_ours(options.issue),
        "ours_first_ms": _first_of_ours(options.issue),
        "ours_warm_ms": _best_ms(lambda: _rendered_anew(content, profile, now)),
    }
    mjml = render_digest(SETTINGS, content, profile, now).mjml
    result["ours_warm_mjml_ms"] = _best_ms(lambda: compile_mjml(mjml))
    tell(f"Copies of {HTML_BYTES:,} bytes with {PERSONAL_VALUES} personal values")
    result |= _copies(profile, now)
    if options.alone:
        return finish("render", result, is_json=options.json, is_good=True)
    tell("npm's mjml on the same MJML")
    complaints, yardstick = _yardstick(options.npm or _npm_folder(), mjml)
    result |= yardstick
    result |= {f"{one}_by_npm": _ratio(result, one) for one in COMPARED}
    result["warm_mjml_by_npm"] = round(result["ours_warm_mjml_ms"] / result["npm_warm_ms"], 2)
    return finish("render", result, is_json=options.json, is_good=not complaints)


def _rendered_anew(content: IssueContent, profile: NewsletterProfile, now: datetime) -> None:
    """With every body parsed again."""
    KEPT_BODIES.cache_clear()
    render_content(SETTINGS, content, profile, now)


def _ratio(result: dict[str, Any], what: str) -> float:
    ours, npm = result[f"ours_{what}_ms"], result[f"npm_{what}_ms"]
    return round(float(ours) / float(npm), 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", type=Path, default=SAMPLE, help="A digest.")
    parser.add_argument(
        "--npm",
        type=Path,
        help="A folder that holds node_modules/mjml; without one npm installs it, once.",
    )
    parser.add_argument("--alone", action="store_true", help="Without npm's mjml beside it.")
    parser.add_argument("--json", action="store_true")
    return parser


def _copies(profile: NewsletterProfile, now: datetime) -> dict[str, Any]:
    """`assembling` is both bodies and the subject; `message` the headers as well."""
    edition = _large_edition(profile, now)
    reader = ReaderValues(
        address="grace.hopper@example.org",
        name="Grace Hopper",
        unsubscribe_url="https://news.example.org/unsubscribe/" + "Abc_1-" * 12,
        preferences_url="https://news.example.org/preferences/" + "Abc_1-" * 12,
        attributes={"city": "København", "since": 2019, "page": "https://example.org/me?a=b"},
    )

    def assemble() -> bytes:
        edition.subject_line.fill(reader)
        text, html = edition.pieces(reader)
        return b"".join([*text, *html])

    messages = IssueMessages(
        edition,
        profile,
        date=now,
        archive_url="https://news.example.org/n/example/archive",
        help_url="https://news.example.org/n/example",
        list_domain="news.example.org",
        feedback_id="issue1:example:newsletter:example.org",
    )

    def message() -> bytes:
        return messages.copy(reader, "<1.2@example.org>", reader.unsubscribe_url)

    return {
        "html_bytes": edition.html_bytes,
        "text_bytes": edition.text_part.size,
        "personal_values": len(edition.html_part.slots),
        "assembling_us": _best_us(assemble, times=1000),
        "message_us": _best_us(message, times=1000),
    }


def _large_edition(profile: NewsletterProfile, now: datetime) -> RenderedEdition:
    """Padded within a segment: what is measured is the number of bytes, not of words."""
    values = "{{ name|friend }} of {{ attribute.city|x }}, {{ attribute.since|y }} "
    places = (PERSONAL_VALUES - 3) // 3
    links = "[a]({{ attribute.page|https://example.org/ }}) " * (PERSONAL_VALUES - 3 - 3 * places)
    entry = EntryContent("A title", "https://example.org/", (), values * places + links)
    content = IssueContent(
        title="A title",
        subject="{{ name|friend }}, seven links",
        preheader="",
        intro="",
        number=1,
        sections=(SectionContent("", (entry,)),),
    )
    edition = render_content(SETTINGS, content, profile, now)
    room = HTML_BYTES - edition.html_bytes
    first, *others = edition.html_part.segments
    filler = (b"x" * 72 + b"=\r\n") * (room // 75)
    part = replace(edition.html_part, segments=(first + filler, *others))
    return replace(edition, html_part=part)


def _first_of_ours(issue: Path) -> float:
    """The best of a few fresh processes."""
    return min(
        float(
            subprocess.run(
                [sys.executable, "-c", _FIRST, str(issue.resolve())],
                cwd=PROJECT_ROOT,
                capture_output=True,
                text=True,
                check=True,
                timeout=300,
            ).stdout
        )
        for _ in range(FRESH_PROCESSES)
    )


def _command_of_ours(issue: Path) -> float:
    with TemporaryDirectory() as there:
        command = [sys.executable, "-m", "newsletter.cli", "issue", "render"]
        return _best_command_ms([*command, str(issue.resolve()), "--out", there], PROJECT_ROOT)


def _best_command_ms(command: list[str], folder: Path) -> float:
    """Modules are compiled and read before: the first of the processes is not counted."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    taken = []
    for _ in range(FRESH_PROCESSES + 1):
        start = time.perf_counter()
        subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, check=True, timeout=300
        )
        taken.append(time.perf_counter() - start)
    return round(min(taken[1:]) * 1000, 2)


def _best_ms(work: Callable[[], object]) -> float:
    return round(_best_us(work) / 1000, 2)


def _best_us(work: Callable[[], object], times: int = 1) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - start) / times)
    return round(best * 1e6, 2)


def _npm_folder() -> Path:
    """Where npm has put its mjml, for all measurements on this machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "newsletter-benchmarks" / f"mjml-{NPM_VERSION}"
    npm = shutil.which("npm")
    if not (folder / "node_modules" / "mjml").is_dir():
        if npm is None:
            raise Lacking("node and npm, for the mjml that ours is compared with; or give --alone")
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--silent", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder)]
        command = [npm, "install", *options, f"mjml@{NPM_VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise Lacking(f"npm's mjml {NPM_VERSION}, which npm could not install: {done.stderr}")
    return folder


def _yardstick(folder: Path, mjml: str) -> tuple[int, dict[str, float]]:
    """How much it complained, and its times in milliseconds."""
    node = shutil.which("node")
    if node is None or not (folder / "node_modules" / "mjml").is_dir():
        raise Lacking(f"node, and mjml in {folder}/node_modules: npm install mjml")
    taken: list[dict[str, float]] = []
    with TemporaryDirectory() as temporary:
        source = Path(temporary) / "issue.mjml"
        source.write_text(mjml, encoding="utf-8")
        for _ in range(FRESH_PROCESSES):
            done = subprocess.run(
                [node, "-e", _YARDSTICK, str(source)],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
                timeout=300,
            )
            taken.append(json.loads(done.stdout))
        program = str(folder / "node_modules" / ".bin" / "mjml")
        command = [program, str(source), "-o", str(source.with_suffix(".html"))]
        command_ms = _best_command_ms(command, folder)
    return int(max(one["complaints"] for one in taken)), {
        "npm_command_ms": command_ms,
        "npm_first_ms": round(min(one["first"] for one in taken), 2),
        "npm_warm_ms": round(min(one["best"] for one in taken), 2),
    }


if __name__ == "__main__":
    raise SystemExit(guarded(main))
