"""Templates compiled once for all processes, where that can be written; else each for itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from newsletter.rendering.templates.compiled import CompiledTemplates


class _Counting(Environment):
    compiled = 0

    def compile(self, *args: object, **options: object) -> object:
        self.compiled += 1
        return super().compile(*args, **options)


def rendered(folder: Path, kept_in: Path, *, own: Path | None = None) -> tuple[str, int]:
    """What a new process would write, and how many templates it compiled."""
    cache = CompiledTemplates(folder, "kind", kept_in)
    environment = _Counting(loader=FileSystemLoader(own or folder), bytecode_cache=cache)
    return environment.get_template("hello.j2").render(who="you"), environment.compiled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    house = tmp_path / "house"
    house.mkdir()
    (house / "hello.j2").write_text("Hello {{ who }}")
    return house


def test_the_next_process_does_not_compile_again(folder: Path, tmp_path: Path) -> None:
    assert rendered(folder, tmp_path / "kept") == ("Hello you", 1)
    assert rendered(folder, tmp_path / "kept") == ("Hello you", 0)


def test_a_changed_template_is_compiled_again(folder: Path, tmp_path: Path) -> None:
    rendered(folder, tmp_path / "kept")
    (folder / "hello.j2").write_text("Good morning {{ who }}")
    assert rendered(folder, tmp_path / "kept") == ("Good morning you", 1)


def test_where_nothing_can_be_written_each_compiles_for_itself(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for kept_in in (tmp_path / "file", tmp_path / "file" / "below"):
        assert rendered(folder, kept_in) == ("Hello you", 1)


def test_what_was_kept_and_is_rubbish_is_compiled_again(folder: Path, tmp_path: Path) -> None:
    rendered(folder, tmp_path / "kept")
    for kept in (tmp_path / "kept").iterdir():
        kept.write_bytes(kept.read_bytes()[:-20])
    assert rendered(folder, tmp_path / "kept") == ("Hello you", 1)


def test_templates_of_others_leave_no_trace(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "hello.j2").write_text("Own {{ who }}")
    assert rendered(folder, tmp_path / "kept", own=own) == ("Own you", 1)
    assert not (tmp_path / "kept").exists()
