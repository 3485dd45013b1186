"""The systemd units that we ship start what there is, with settings that there are."""

from __future__ import annotations

import importlib
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from newsletter.config import Settings
from tests.support.services.up import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
KNOWN = {field.name.upper() for field in fields(Settings)} | {"dramatiq_queue_prefetch"}


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"(?m)^{key}=(.*)$", unit.read_text(encoding="utf-8"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_of_ours(unit: Path) -> None:
    program, *words = shlex.split(values(unit, "ExecStart")[0])
    assert (ROOT / ".venv/bin" / Path(program).name).exists()
    for number, word in enumerate(words):
        if word == "--worker-class":
            module, _, name = words[number + 1].rpartition(".")
            assert hasattr(importlib.import_module(module), name)
        if re.fullmatch(r"[a-z]+(:[a-z]+)?", word) and Path(program).name != "newsletter":
            assert (ROOT / f"{word.partition(':')[0]}.py").exists()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_names_settings_that_there_are(unit: Path) -> None:
    names = {line.partition("=")[0] for line in values(unit, "Environment")}
    assert "VAR_DIR" in names
    assert names <= KNOWN


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_starts_is_not_root_and_keeps_its_files_to_itself(unit: Path) -> None:
    assert values(unit, "User") == ["newsletter"]
    assert values(unit, "UMask") == ["0077"]
    assert values(unit, "NoNewPrivileges") == ["yes"]
