"""Counts how often issues are rendered, and acts right after a rendering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from newsletter.rendering.edition.edition import PreparedIssue, RenderedEdition


@dataclass
class Renderings:
    """How many there were; `then` is done once, after the next."""

    count: int = 0
    then: Callable[[], object] | None = None

    def note(self) -> None:
        self.count += 1
        then, self.then = self.then, None
        if then:
            then()


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> Renderings:
    renderings, render = Renderings(), PreparedIssue.edition

    def counted(prepared: PreparedIssue) -> RenderedEdition:
        edition = render(prepared)
        renderings.note()
        return edition

    monkeypatch.setattr(PreparedIssue, "edition", counted)
    return renderings
