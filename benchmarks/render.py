"""Rendering an issue beside npm's mjml, and putting one reader's copy of it together.

    python -m benchmarks.render --issue digest.txt --npm folder   where `npm install mjml` was run

Two yardsticks, both of npm's mjml turning the same MJML into HTML and nothing else:
`npm_first` is the first time in a fresh process, as everyone runs its command, without the loading;
`npm_warm` the best of 40 times in one process. Ours beside them: `ours_first` and `ours_warm` are
all of it, from the Markdown of the digest to the segments of both parts and the public copy (two
compilations), `ours_warm_mjml` is one compilation alone. Workers and the web are warm.
"""

from __future__ import annotations

import argparse
import json
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
from newsletter.domain.issues import EntryContent, IssueContent, SectionContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.rendering.edition import RenderedEdition
from newsletter.rendering.message import IssueMessages
from newsletter.rendering.mjml import compile_mjml
from newsletter.rendering.personal import ReaderValues
from newsletter.usecases.check_issue import render_content
from newsletter.usecases.try_digest import example_newsletter, read_issue, render_digest

SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
LARGEST_ASSEMBLY_US = 25
PERSONAL_VALUES = 50
HTML_BYTES = 60_000
ROUNDS = 30
FRESH_PROCESSES = 3
SETTINGS = Settings(public_url="https://news.example.org")

_FIRST = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from benchmarks.render import SETTINGS, example_newsletter, read_issue, render_content
content = read_issue(Path(sys.argv[1]).read_bytes(), SETTINGS.max_digest_bytes)
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
  await compile(mjml);
  const first = Number(process.hrtime.bigint() - started) / 1e6;
  let best = Infinity;
  for (let round = 0; round < 40; round++) {
    const start = process.hrtime.bigint();
    await compile(mjml);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  }
  console.log(JSON.stringify({ first, best }));
})();
"""


def main() -> int:
    options = _parser().parse_args()
    content = read_issue(options.issue.read_bytes(), SETTINGS.max_digest_bytes)
    profile, now = example_newsletter(content, SETTINGS), datetime.now(UTC)
    tell(f"Rendering {options.issue.name}, {len(content.entries)} entries")
    result: dict[str, Any] = {
        "ours_first_ms": _first_of_ours(options.issue),
        "ours_warm_ms": _best_us(lambda: render_content(SETTINGS, content, profile, now)) / 1000,
    }
    mjml = render_digest(SETTINGS, content, profile, now).mjml
    result["ours_warm_mjml_ms"] = _best_us(lambda: compile_mjml(mjml)) / 1000
    tell(f"Copies of {HTML_BYTES:,} bytes with {PERSONAL_VALUES} personal values")
    result |= _copies(profile, now)
    if options.npm:
        tell("npm's mjml on the same MJML")
        result |= _yardstick(options.npm, mjml)
        for ours, npm in (("ours_warm", "npm_first"), ("ours_warm_mjml", "npm_warm")):
            result[f"{ours}_by_{npm}"] = round(result[f"{ours}_ms"] / result[f"{npm}_ms"], 2)
    is_faster = result["ours_warm_mjml_ms"] <= result.get("npm_warm_ms", float("inf"))
    is_good = is_faster and result["assembling_us"] <= LARGEST_ASSEMBLY_US
    return finish("render", result, is_json=options.json, is_good=is_good)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", type=Path, default=SAMPLE, help="A digest.")
    parser.add_argument("--npm", type=Path, help="The folder that holds node_modules/mjml.")
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


def _best_us(work: Callable[[], object], times: int = 1) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - start) / times)
    return round(best * 1e6, 2)


def _yardstick(folder: Path, mjml: str) -> dict[str, float]:
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
    return {
        "npm_first_ms": round(min(one["first"] for one in taken), 2),
        "npm_warm_ms": round(min(one["best"] for one in taken), 2),
    }


if __name__ == "__main__":
    raise SystemExit(guarded(main))
