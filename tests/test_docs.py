"""What the documentation says of settings is what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from newsletter.config import Settings
from newsletter.runtime.environment import environment_of

DOCS = Path(__file__).resolve().parents[1] / "docs"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`(.*)`)? ?\| .+ \|$", re.MULTILINE)
DOCUMENTED = dict(ROW.findall((DOCS / "settings.md").read_text(encoding="utf-8")))
NAMES = [field.name.upper() for field in fields(Settings)]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    assert name in DOCUMENTED, f"docs/settings.md lacks {name}"
    assert DOCUMENTED[name] == environment_of(Settings()).get(name, "")


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert set(DOCUMENTED) == set(NAMES)


@pytest.mark.parametrize(
    "page", [*DOCS.rglob("*.md"), DOCS.parent / "README.md"], ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|\{\{)([^)#]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []
