"""The page about the architecture shows the tree as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TREE = PAGE.partition("```\n")[2].partition("```")[0]
_LINE = re.compile(r"^( *)([\w/.]+)")


def folders_on_the_page() -> set[str]:
    """Paths from the root, without those that only hold data or documentation."""
    found: set[str] = set()
    parents: list[tuple[int, str]] = []
    for line in TREE.splitlines():
        match = _LINE.match(line)
        if not match or not match[2].endswith("/"):
            continue
        depth = len(match[1])
        parents = [(d, path) for d, path in parents if d < depth]
        path = "".join(path for _, path in parents) + match[2]
        parents.append((depth, match[2]))
        found.add(path.rstrip("/"))
    return found


def folders_with_modules() -> set[str]:
    modules = (ROOT / "newsletter").rglob("*.py")
    return {path.parent.relative_to(ROOT).as_posix() for path in modules}


@pytest.mark.parametrize("folder", sorted(folders_with_modules()))
def test_every_folder_of_the_product_is_on_the_page(folder: str) -> None:
    assert folder in folders_on_the_page(), f"docs/architecture.md lacks {folder}/"


@pytest.mark.parametrize("folder", sorted(folders_on_the_page()))
def test_every_folder_on_the_page_exists(folder: str) -> None:
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)*\w+\.py)`", PAGE))))
def test_every_file_on_the_page_exists(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "newsletter" / path).exists()
