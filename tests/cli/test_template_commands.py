"""`newsletter templates`: what is wrong with an operator's own, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.root import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["templates", "check", *arguments])


def test_ours_are_checked_where_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEMPLATES_DIR", raising=False)
    result = run()
    assert result.exit_code == 0
    assert "The built-in templates can be used." in result.stdout


def test_a_fault_is_told_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "partials").mkdir()
    path = tmp_path / "partials" / "intro.mjml.j2"
    path.write_text("\n<mj-text colour='red'>{{ issue.intro }}</mj-text>\n", encoding="utf-8")
    monkeypatch.setenv("TEMPLATES_DIR", str(tmp_path))
    result = run()
    assert result.exit_code == 1
    assert f"{path}:2: <mj-text> has no attribute “colour”. Did you mean “color”?" in result.stdout
    assert "cannot be used" in result.stdout


def test_machines_get_json(tmp_path: Path) -> None:
    result = run(str(tmp_path), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"folder": str(tmp_path), "faults": []}


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "is not a folder" in result.stdout
