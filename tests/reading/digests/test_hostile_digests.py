"""Digests made to be slow to read."""

from __future__ import annotations

import pytest

from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A


@pytest.mark.parametrize(
    "text",
    [
        "- [x](https://example.org/x) " * 40_000,
        "[" * 200_000,
        "[x](" * 100_000,
        "![" * 100_000,
        "> " * 100 + "[x](https://example.org/x)",
        "\n".join(f"- [{n}](https://example.org/{n})" for n in range(5_000)),
        "<a href='x'>" * 20_000,
        "<!--" * 50_000,
        "{{< " * 50_000,
        "\n".join("-" * 20 for _ in range(10_000)),
        "\n".join(f"Title {n}\nhttps://example.org/{n}" for n in range(5_000)),
        "Knots [1]\n" * 5_000 + f"[1] {A}",
        "\n" * 49_000 + f"Knots [1]\n[1] {A}",
        "a [1]  " * 100_000 + f"\n[1] {A}",
        "".join(f"## A[^{n}]\n\n[^{n}]: B\n" for n in range(3_000)),
        "".join(f"Ann 9:14\n{A}{n} strong\nlook:\n\n" for n in range(2_000)),
        f"{A}\n" + "12:12 " * 100_000 + ("Mon Tue Wed 12 12/12/2024 12:12 " * 3 + "\n") * 3_000,
        "| a | b |\n|---|---|\n" + f"| [x]({A}) | y |\n" * 3_000 + "|" + "-" * 100_000 + "\n",
        f"- [a]({A})\n\n" + f"[Unsubscribe]({A}) | " * 20_000 + "1, a, b, " * 20_000,
        f"- [a]({A})\n\n" + ("you receive edit my my my " * 15 + "\n") * 3_000,
        ".. _a: b\n\nT\n===\n\n" + (f"`a `b <{A}" * 10 + "`a <" * 20 + "\n\n") * 300,
        f"<table><tr><td>{f'<b>x</b><br><a href={A}>Read</a>' * 3_000}</td><td>y</td></tr></table>",
    ],
)
def test_large_and_hostile_digests_are_read_in_time(text: str) -> None:
    """They end; a pattern or a scan that doesn't would hold the suite for minutes."""
    parse_digest(text)
