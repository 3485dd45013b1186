"""What axe-core says of a page in a browser: the judge of accessibility that is not ours."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import lacking

AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))


_RUN = """(rules) => axe.run(document, {
  iframes: false, resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}),
})"""


def serious_findings(page: Any, *rules: str) -> list[tuple[str, list[str]]]:
    """(rule, places) of serious and critical findings, of these rules or of all. Skips the test if
    axe is not installed.

    Colours that still change are waited for.
    """
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")
    if not page.evaluate("'axe' in window"):  # half a megabyte, which takes as long as judging
        page.evaluate(_source())
    found = page.evaluate(_RUN, list(rules))
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@cache
def _source() -> str:
    if not AXE.is_file():
        lacking("axe-core (npm install --no-save axe-core, or name it in AXE_CORE)")
    return AXE.read_text(encoding="utf-8")
