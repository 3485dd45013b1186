"""No text that a stranger or a digest brings makes one of our patterns run on and on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import newsletter
from newsletter.reading.digests.code import MAX_CODE_LINE
from newsletter.reading.digests.sources import MAX_LENGTH
from tests.support.processor_time import processor_time

PATIENCE_S = 2.0
"""Of processor time, for one text; a pattern that is bounded takes milliseconds."""
LENGTH = 20_000
BOUNDED = {
    "newsletter.reading.digests.code._CODE_LINE": MAX_CODE_LINE,
    "newsletter.reading.digests.sources._SOURCE": MAX_LENGTH,
}
"""Whose callers cut the text first, and where."""
PIECES = (
    *("[", "](", "[](", "][", "<", "<a ", "</", "<!--", "&", "&#", "(", ")", "{", "{{", "}", "`"),
    *("*", "**", "_", "~", "#", "# ", "- ", "=", "=?", "|", ">", "> ", '"', "'", "\\", "\\\\", "/"),
    *(
        " ",
        "\t",
        "\n",
        "\r\n",
        " \n",
        "\n ",
        ".",
        "..",
        "a",
        "a.",
        ".a",
        "a@",
        "@a",
        "a-",
        "-",
        "1",
    ),
    *("1.", "1:", "a ", " a", "a=", "a;", ";", ",", ":", "http://", "http://a.", "a,b", "é", "中"),
    *("x\n\n", "[a]: ", "![", "<style>", 'style="', "%", "%2", "&amp;", "url(", "/*", "*/", "\x00"),
)
TEXTS = tuple(
    begin + (piece * (LENGTH // len(piece))) + end
    for piece in PIECES
    for begin, end in (("", ""), ("[", "!"))
)


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    seen = set()
    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern) and id(value) not in seen:
                seen.add(id(value))
                yield f"{module.name}.{name}", value


@pytest.mark.parametrize(("name", "pattern"), [pytest.param(n, p, id=n) for n, p in patterns()])
def test_a_pattern_is_done_soon_with_any_text(
    name: str, pattern: re.Pattern[str] | re.Pattern[bytes]
) -> None:
    for text in TEXTS:
        given = text[: BOUNDED.get(name, LENGTH)]
        subject = given.encode() if isinstance(pattern.pattern, bytes) else given
        with processor_time(PATIENCE_S, f"{name} on {text[:12]!r}…"):
            pattern.match(subject)
