"""All measurements in moderate size, and the table of them: ours, the yardstick, the ratio.

`--scale 1` is the size that docs/performance.md speaks of; it takes the better part of an hour.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.bench import DATABASES
from benchmarks.results import guarded, tell
from benchmarks.yardsticks import cpu_name

AT_FULL_SCALE = {"recipients": 50_000, "rows": 1_000_000, "memory": 1_000_000, "past_issues": 800}


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table. `figures` are the keys of ours and of the yardstick's result, `ratio`
    that of the one by the other.
    """

    work: str
    program: str
    options: tuple[str, ...]
    figures: tuple[str, str]
    unit: str
    target: str
    ratio: str = "ratio"
    has_database: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    measure: Measure
    database: str
    result: dict[str, Any]
    trouble: str = ""


def main() -> int:
    options = _parser().parse_args()
    lines = list(_run_all(options.scale, options.database or DATABASES))
    text = _as_json(lines, options.scale) if options.json else _as_table(lines)
    if options.output:
        options.output.write_text(f"{text}\n", encoding="utf-8")
    print(text)
    return 0 if all(line.result.get("is_good") for line in lines) else 1


def _measures(scale: float) -> list[Measure]:
    recipients = ("--recipients", str(round(AT_FULL_SCALE["recipients"] * scale)))
    rows = ("--rows", str(round(AT_FULL_SCALE["rows"] * scale)))
    past = ("--issues", str(round(AT_FULL_SCALE["past_issues"] * scale)))
    rate = ("messages_per_second", "yardstick_per_second")
    seconds = ("seconds", "yardstick_seconds")
    near = (*recipients, "--connections", "20", "--processes", "2", "--size")
    far = (*recipients, "--connections", "100", "--size", "11000", "--round-trip-ms", "20")
    cut = ("--messages", str(round(AT_FULL_SCALE["recipients"] * scale * 2)))
    many = ("--recipients", str(round(AT_FULL_SCALE["memory"] * scale)), *cut)
    memory = ("peak_rss_mb", "yardstick_mb")
    signed = (*near, "11000", "--dkim", "rsa")
    return [
        Measure("deliver, 11 KB", "deliver", (*near, "11000"), rate, "/s", "≥ 1.0"),
        Measure("deliver, 60 KB", "deliver", (*near, "60000"), rate, "/s", "≥ 1.0"),
        Measure("deliver, 11 KB, RSA-2048", "deliver", signed, rate, "/s", "≥ 0.85"),
        Measure("deliver over 20 ms", "deliver", far, rate, "/s", "≥ 0.8"),
        Measure("memory of a worker", "memory", many, memory, "MB", "≤ 1.2"),
        Measure("materialise", "materialise", rows, seconds, "s", "≤ 1.3"),
        Measure("import a CSV", "import_subscribers", rows, seconds, "s", "≤ 3"),
        Measure("import an archive", "archive", past, seconds, "s", "≤ 2"),
        Measure("the slowest page", "pages", rows, ("worst_ms", "goal_ms"), "ms", "≤ 1"),
        Measure(
            "redirects of links",
            "clicks",
            ("--redirects", str(round(20_000 * scale) or 1000)),
            ("redirects_per_second", "yardstick_redirects_per_second"),
            "/s",
            "≥ 0.8",
        ),
        *(_rendering(how, words) for how, words in _RENDERINGS),
        _footprint("idle `newsletter up`", ("idle_mb", "limit_mb"), "MB", "idle_ratio"),
        _footprint("start of a command", ("slowest_start_s", "limit_start_s"), "s", "start_ratio"),
    ]


_RENDERINGS = (
    ("command", "render, whole command"),
    ("first", "render, first in a process"),
    ("warm", "render, warm"),
)


def _rendering(how: str, words: str) -> Measure:
    figures = (f"ours_{how}_ms", f"npm_{how}_ms")
    return Measure(words, "render", (), figures, "ms", "< 1.0", f"{how}_by_npm", has_database=False)


def _footprint(work: str, figures: tuple[str, str], unit: str, ratio: str) -> Measure:
    return Measure(work, "footprint", (), figures, unit, "≤ 1.0", ratio, has_database=False)


def _run_all(scale: float, databases: tuple[str, ...]) -> Iterator[Line]:
    measures = _measures(scale)
    for number, measure in enumerate(measures, 1):
        for database in databases if measure.has_database else ("",):
            tell(f"[{number}/{len(measures)}] {measure.work} {database}".rstrip())
            options = ("--database", database) if database else ()
            result, trouble = _result_of(measure.program, *measure.options, *options)
            yield Line(measure, database, result, trouble)


@cache
def _result_of(program: str, *options: str) -> tuple[dict[str, Any], str]:
    """What it measured, or why it did not. Lines of the table may share one."""
    command = [sys.executable, "-m", f"benchmarks.{program}", *options, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        return {}, f"ended with exit status {done.returncode}"
    return json.loads(done.stdout), ""


def _as_table(lines: list[Line]) -> str:
    cells: list[tuple[str, ...]] = [
        ("work", "database", "ours", "yardstick", "ratio", "to reach"),
    ]
    cells += [_cells(line) for line in lines]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    rows = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return "\n".join([rows[0], "-" * len(rows[0]), *rows[1:], "", cpu_name()])


def _cells(line: Line) -> tuple[str, ...]:
    measure = line.measure
    if line.trouble:
        return (measure.work, line.database, line.trouble, "", "", measure.target)
    ours, yardstick = (_figure(line.result[name], measure.unit) for name in measure.figures)
    if not line.result["is_good"]:
        ours += " (not as it should be)"
    return (
        measure.work,
        line.database,
        ours,
        yardstick,
        str(line.result[measure.ratio]),
        measure.target,
    )


def _figure(value: Any, unit: str) -> str:
    return f"{value:,} {unit}".strip() if isinstance(value, int | float) else str(value)


def _as_json(lines: list[Line], scale: float) -> str:
    told = [
        {
            "work": line.measure.work,
            "database": line.database,
            "target": line.measure.target,
            "trouble": line.trouble,
            **line.result,
        }
        for line in lines
    ]
    return json.dumps({"scale": scale, "cpu": cpu_name(), "measures": told}, indent=2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="of the full sizes; default 0.1")
    parser.add_argument("--database", choices=DATABASES, action="append", help="default: both")
    parser.add_argument("--output", type=Path, help="a file that gets the same")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
