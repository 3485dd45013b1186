"""What a sender gets wrong: signature, alignment, one-click unsubscribing."""

from __future__ import annotations

import pytest

from newsletter.domain.checks.preflight import Finding, Severity
from newsletter.domain.checks.sender_rules import is_aligned, one_click_findings, sender_findings
from tests.support.findings import checks, only
from tests.support.issues import PROFILE


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("example.org", "example.org", True),
        ("news.example.org", "example.org", True),
        ("news.example.org", "mail.example.org", True),
        ("example.org", "example.net", False),
        ("a.co.uk", "b.co.uk", False),
        ("news.a.co.uk", "a.co.uk", True),
    ],
)
def test_alignment_is_relaxed(one: str, other: str, is_same: bool) -> None:  # noqa: FBT001
    assert is_aligned(one, other) is is_same


def test_a_signature_of_another_domain_is_an_error() -> None:
    found = only(
        sender_findings(PROFILE, is_signed=True, dkim_domain="other.net", is_sandboxed=False)
    )
    assert (found.check, found.severity) == ("sender-alignment", Severity.ERROR)


def test_no_signature_is_a_warning_but_in_the_sandbox() -> None:
    def ask(*, is_sandboxed: bool) -> list[Finding]:
        return list(
            sender_findings(PROFILE, is_signed=False, dkim_domain="", is_sandboxed=is_sandboxed)
        )

    assert checks(ask(is_sandboxed=False)) == [("sender-unsigned", "warning")]
    assert not ask(is_sandboxed=True)


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("http://news.example.org", True),
        ("", True),
        ("https://news.example.org", False),
        ("HTTPS://news.example.org", False),
    ],
)
def test_one_click_goes_by_https_alone(url: str, is_told: bool) -> None:  # noqa: FBT001
    found = checks(one_click_findings(url, is_sandboxed=False))
    assert found == ([("one-click", "warning")] if is_told else [])
    assert not list(one_click_findings(url, is_sandboxed=True))


def test_an_unsigned_sender_is_told_the_command_that_helps() -> None:
    (found,) = sender_findings(PROFILE, is_signed=False, dkim_domain="", is_sandboxed=False)
    assert "newsletter dkim make" in found.advice
