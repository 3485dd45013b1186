"""How long an archive takes to move in, beside reading the same files and nothing else.

The digests are made up, in four forms, with 20 to 50 entries each: a weekly of fifteen years.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bench import DATABASES, a_bench
from benchmarks.readers import a_newsletter, count_rows
from benchmarks.results import finish, guarded, tell
from benchmarks.yardsticks import cpu_name
from newsletter.domain.staff.principals import Principal
from newsletter.reading.archives.opening import opened_path
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.archive.import_archive import ArchiveReport, import_archive
from newsletter.usecases.archive.read_archive import read_edition
from newsletter.usecases.context import Context

LONGEST_S = 120.0
PAGES = 20
FIRST_DAY = date(2010, 1, 4)
WORDS = (
    "rope winch anchor harbour tide keel rudder sail mast hull deck buoy chart compass lantern "
    "knot splice reef jib boom cleat shroud stay block tackle fender dock pier berth swell"
).split()
WHO = Principal.command_line("benchmark")


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.issues, options.database)
    is_good = result["imported"] == options.issues and result["seconds"] < LONGEST_S
    return finish("archive", result, is_json=options.json, is_good=is_good)


def measure(issues: int, database: str) -> dict[str, Any]:
    with a_bench(database) as bench:
        context = bench.context
        newsletter_id = a_newsletter(context)
        with context.database.read() as session:
            slug = session.get_one(Newsletter, newsletter_id).slug
        tell(f"{issues:,} digests …")
        paths = _make(bench.home / "issues", issues)
        size_bytes = sum(path.stat().st_size for path in paths)
        tell("Reading them …")
        read_s = _timed(lambda: _read(paths))
        tell(f"Importing them into {database} …")
        first_s = _timed(lambda: _import(context, slug, paths[0].parent))
        imported = count_rows(context, Issue)
        tell("Importing them again, and looking at pages …")
        again_s = _timed(lambda: _import(context, slug, paths[0].parent))
        pages_s = _timed(lambda: _look(context, slug, issues))
        context.database.dispose()
    return {
        "issues": issues,
        "imported": imported,
        "megabytes": round(size_bytes / 1e6, 1),
        "seconds": round(first_s, 2),
        "files_per_second": round(issues / first_s, 1),
        "yardstick_seconds": round(read_s, 2),
        "yardstick_files_per_second": round(issues / read_s, 1),
        "ratio": round(first_s / read_s, 2),
        "second_run_seconds": round(again_s, 2),
        "public_page_ms": round(1000 * pages_s / PAGES, 1),
        "database": database,
        "cpu": cpu_name(),
    }


def _import(context: Context, slug: str, folder: Path) -> None:
    *_, report = import_archive(context, slug, partial(opened_path, folder), WHO)
    if not isinstance(report, ArchiveReport) or not report.is_complete:
        raise RuntimeError(str(report))


def _read(paths: list[Path]) -> None:
    for path in paths:
        issue_content(
            parse_digest(decode_digest(path.read_bytes(), 2_000_000), file_name=path.name)
        )


def _look(context: Context, slug: str, issues: int) -> None:
    for at in range(PAGES):
        read_edition(context, slug, at % issues + 1)


def _timed(work: Callable[[], object]) -> float:
    started_s = time.monotonic()
    work()
    return time.monotonic() - started_s


def _make(folder: Path, issues: int) -> list[Path]:
    """The same ones each time."""
    dice = random.Random(2010)  # noqa: S311  not a secret
    folder.mkdir()
    paths = []
    for number in range(1, issues + 1):
        ending, text = _FORMS[number % len(_FORMS)](number, dice)
        path = folder / f"{number:04}{ending}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _headings(number: int, dice: random.Random) -> tuple[str, str]:
    entries = [f"### [{title}]({url})\n\n{text}\n" for title, url, text in _entries(number, dice)]
    return ".md", _head(number) + "\n## Boats\n\n" + "\n".join(entries)


def _items(number: int, dice: random.Random) -> tuple[str, str]:
    entries = [f"- [{title}]({url}): {text}" for title, url, text in _entries(number, dice)]
    middle = len(entries) // 2
    second = ["", "## Shores", "", _said(dice, 40), "", *entries[middle:]]
    parts = ["## Boats", *entries[:middle], *second]
    return ".md", _head(number) + "\n" + "\n".join(parts) + "\n"


def _html(number: int, dice: random.Random) -> tuple[str, str]:
    found = _entries(number, dice)
    entries = [f'<li><a href="{url}">{title}</a> {text}</li>' for title, url, text in found]
    head = f"<html><head><title>Issue {number}, {_day(number)}</title></head><body><ul>\n"
    return ".html", head + "\n".join(entries) + "\n</ul></body></html>\n"


def _plain(number: int, dice: random.Random) -> tuple[str, str]:
    entries = [f"{title}\n{url}\n{text}\n" for title, url, text in _entries(number, dice)]
    return ".txt", f"Issue {number}, {_day(number)}\n\n" + "\n".join(entries)


_FORMS = (_headings, _items, _html, _plain)


def _head(number: int) -> str:
    return f"---\ntitle: Issue {number}\nnumber: {number}\ndate: {_day(number)}\n---\n"


def _day(number: int) -> str:
    return (FIRST_DAY + timedelta(weeks=number)).isoformat()


def _entries(number: int, dice: random.Random) -> list[tuple[str, str, str]]:
    return [
        (_said(dice, 5).title(), f"https://example.org/{number}/{at}", _said(dice, 25) + ".")
        for at in range(dice.randint(20, 50))
    ]


def _said(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=800)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
