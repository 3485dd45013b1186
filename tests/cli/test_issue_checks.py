"""`newsletter issue render` and `newsletter issue check`, as they are typed."""

from __future__ import annotations

import email
import json
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli import main
from newsletter.domain.issues.issue_checks import MOST_MARKS

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "techshack-2019-07.txt"
SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "harbour-digest.md"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["issue", *arguments], input=stdin)


def findings(result: Result) -> list[tuple[str, str]]:
    return [(f["check"], f["severity"]) for f in json.loads(result.stdout)["findings"]]


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))


def test_a_digest_is_rendered_into_four_files(tmp_path: Path) -> None:
    result = run("render", str(SAMPLE), "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert sorted(files) == ["issue.html", "issue.mjml", "issue.txt", "message.eml"]
    assert files["issue.mjml"].lstrip().startswith(b"<mjml")
    message = email.message_from_bytes(files["message.eml"], policy=default)
    assert not message.defects
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.get_body(("html",)).get_content()
    assert html.split() == files["issue.html"].decode().split()
    text = message.get_body(("plain",)).get_content()
    assert text.split() == files["issue.txt"].decode().split()


@pytest.mark.parametrize("command", [("render", "--out", "there"), ("check",)])
def test_a_digest_that_is_too_large_to_be_sent_is_refused(command: tuple[str, ...]) -> None:
    digest = "# Weekly\n\n### [A title](https://example.org/)\n\n" + "- a\n" * (MOST_MARKS + 1)
    result = run(*command, "-", stdin=digest)
    assert result.exit_code == 1
    assert f"The limit is {MOST_MARKS:,}. Make it two issues." in result.output


@pytest.mark.skipif(not REAL.exists(), reason="the real digest is not here")
def test_the_real_digest_is_small_and_has_only_the_findings_that_it_deserves(
    tmp_path: Path,
) -> None:
    assert run("render", str(REAL), "--out", str(tmp_path)).exit_code == 0
    assert (tmp_path / "issue.html").stat().st_size < 65_000
    assert (tmp_path / "message.eml").stat().st_size < 90_000
    result = run("check", str(REAL), "--json")
    assert result.exit_code == 0
    assert findings(result) == [("preheader", "note"), ("entry-without-link", "note")]


def test_who_asks_for_a_spam_opinion_is_told_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run("check", str(SAMPLE), "--spam")
    assert result.exit_code != 0
    assert "No spam filter is configured. Set RSPAMD_URL or SPAMD_HOST" in result.output
    monkeypatch.setenv("RSPAMD_URL", "http://127.0.0.1:9")
    result = run("check", str(SAMPLE), "--spam")
    assert result.exit_code != 0
    assert "The spam filter does not answer" in result.output


def test_an_error_is_exit_code_1_and_warnings_are_0() -> None:
    entry = "### [Title](https://example.org/a)\n\n{}\n"
    head = "---\ntitle: T\npreheader: Something that is long enough to be seen\n---\n"
    fine = run("check", "-", "--json", stdin=head + entry.format("See [here](https://e.org/)."))
    assert fine.exit_code == 0
    assert findings(fine) == [("link-words", "warning")]
    bad = run("check", "-", "--json", stdin=head + entry.format("Dear {{ nmae }}"))
    assert bad.exit_code == 1
    assert findings(bad) == [("personal-field", "error")]


def test_what_a_digest_holds_for_other_programs_is_listed(tmp_path: Path) -> None:
    digest = "# T\n\n<!-- to do -->\n\n- [A](https://example.org/a)\n\n{{< youtube x >}}\n"
    for command in (["parse", "-"], ["render", "-", "--out", str(tmp_path)]):
        result = run(*command, stdin=digest)
        assert result.exit_code == 0
        assert "2 pieces of the text were dropped:" in result.output
        assert "line 3: <!-- to do -->" in result.output
        assert "line 7: {{< youtube x >}}" in result.output


def test_findings_are_shown_with_what_to_do() -> None:
    result = run(
        "check", "-", stdin="# T\n\n### [A](https://example.org/a)\n\n![](https://e.org/a.webp)\n"
    )
    assert "WARNING  Entry 1, “A”  [picture-alt]" in result.output
    assert "Describe it" in result.output
    assert "Use PNG, JPEG or GIF." in result.output


def test_links_are_asked_when_it_is_said_so() -> None:
    digest = "# T\n\n### [A](https://there-is-no-such-site.invalid/a)\n\nText.\n"
    told = run("check", "-", "--links", "--json", stdin=digest)
    assert json.loads(told.stdout)["links_not_asked"] == 0
    assert {check for check, _ in findings(told)} & {"link-dead", "link-unsure"}
    assert json.loads(run("check", "-", "--json", stdin=digest).stdout)["links_not_asked"] == 1


def test_an_issue_of_500_entries_is_an_error_that_says_what_takes_the_room() -> None:
    entries = "".join(
        f"### [Entry {n}](https://example.org/{n})\n\n{'Some words of comment. ' * 5}\n\n"
        for n in range(500)
    )
    result = run("check", "-", "--json", stdin=f"# Many\n\n{entries}")
    assert result.exit_code == 1
    size = next(f for f in json.loads(result.stdout)["findings"] if f["check"] == "size")
    assert size["severity"] == "error"
    assert "Entry " in size["advice"]


def test_what_is_no_digest_is_said_plainly(tmp_path: Path) -> None:
    nothing = run("check", "-", stdin="\n\n")
    assert nothing.exit_code == 1
    assert "The digest is empty" in nothing.output
    missing = run("check", str(tmp_path / "no.txt"))
    assert missing.exit_code == 1
    assert "does not exist" in missing.output


def test_a_file_that_belongs_to_no_newsletter_is_read_in_the_language_of_its_letters(
    tmp_path: Path,
) -> None:
    digest = "# 每周链接\n\n### [慢工具](https://example.org/a)\n\n关于慢工具的一些想法。\n"
    assert run("render", "-", "--out", str(tmp_path), stdin=digest).exit_code == 0
    assert '<html lang="zh' in (tmp_path / "issue.html").read_text(encoding="utf-8")
