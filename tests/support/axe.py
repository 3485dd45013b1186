"""What axe-core says of a page in a browser: the judge of accessibility that is not ours."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import lacking

AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))


_STILL = """() => {
  for (const one of document.getAnimations()) {
    try { one.finish(); } catch { one.cancel(); }  // what is endless can't be finished
  }
}"""
_RUN = """(rules) => {
  const slight = axe._audit.rules.filter(({ impact }) => ["minor", "moderate"].includes(impact));
  const none = Object.fromEntries(slight.map(({ id }) => [id, { enabled: false }]));
  return axe.run(document, {
    iframes: false,
    resultTypes: ["violations"],
    ...(rules.length ? { runOnly: rules } : { rules: none }),
  });
}"""
"""A rule's own impact goes before that of its checks: what is slight can't become serious."""


def serious_findings(page: Any, *rules: str) -> list[tuple[str, list[str]]]:
    """(rule, places) of serious and critical findings, of these rules or of all. Skips the test if
    axe is not installed.

    Colours that still change are brought to their end: a page that nobody looks at may never draw
    the frame in which they would get there.
    """
    page.evaluate(_STILL)
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
