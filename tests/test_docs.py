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
PAGES = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
DOCUMENTED = dict(ROW.findall((DOCS / "settings.md").read_text(encoding="utf-8")))
NAMES = [field.name.upper() for field in fields(Settings)]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    assert name in DOCUMENTED, f"docs/settings.md lacks {name}"
    assert DOCUMENTED[name] == environment_of(Settings()).get(name, "")


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert set(DOCUMENTED) == set(NAMES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|\{\{)([^)\s]+)\)", prose(page))
    assert [target for target in targets if not leads_somewhere(page, target)] == []


def prose(page: Path) -> str:
    """The text of a page without what it shows of Markdown."""
    return re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    other = page.parent / path if path else page
    return other.exists() and (not anchor or anchor in anchors(other))


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
