"""Digests as the tests compare them."""

from __future__ import annotations

from newsletter.domain.issues.digests import Digest

A, B, C = "https://example.org/a", "https://example.org/b", "https://example.org/c"


def outline(digest: Digest) -> list[str]:
    """`# section`, `| its introduction`, `title <address>` and `  body`, line by line."""
    lines = [f"| {digest.intro}"] if digest.intro else []
    for section in digest.sections:
        lines += [f"# {section.title}"] if section.title else []
        lines += [f"| {section.intro}"] if section.intro else []
        for entry in section.entries:
            lines.append(f"{entry.title} <{entry.url}>" if entry.url else entry.title)
            lines += [f"  {entry.markdown}"] if entry.markdown else []
    return lines
