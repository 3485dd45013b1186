"""Findings of checks, as the tests compare them."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.domain.checks.preflight import Finding


def checks(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(f.check, f.severity.value) for f in findings]


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found
