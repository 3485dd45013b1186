"""Scripts lose their comments on the way to the browser, and nothing else."""

from __future__ import annotations

import pytest

from newsletter.web.scripts import lean


@pytest.mark.parametrize(
    ("script", "served"),
    [
        ("// What it does.\nlet a = 1;\n", "let a = 1;\n"),
        (
            "/** Twice.\n * @param {number} a\n */\nconst b = (a) => 2 * a;\n",
            "const b = (a) => 2 * a;\n",
        ),
        (
            "  /** @type {A[]} */ let a = [];\n  /** @type {B} */\n  let b;\n",
            "let a = [];\nlet b;\n",
        ),
        ("const a = /** @type {A} */ (b);\n", "const a = (b);\n"),
        ('const a = "https://example.org";\n', 'const a = "https://example.org";\n'),
    ],
    ids=["line", "block", "a type before code", "cast", "address"],
)
def test_comments_are_left_out_and_code_stays(script: str, served: str) -> None:
    assert lean(script) == served
