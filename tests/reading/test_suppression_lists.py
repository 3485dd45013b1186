"""Lists of suppressed addresses are read: ours, those of other services, plain ones."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.subscriber_rows import LeftOut
from newsletter.reading.suppression_lists import LONGEST_LINE, read_suppressions


def read(text: str) -> list[tuple[str, str]]:
    return [
        (row.address, "left out") if isinstance(row, LeftOut) else (row.address, row.reason.value)
        for row in read_suppressions(text.splitlines(keepends=True))
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("ada@x.org\n\nBo@X.org\n", [("ada@x.org", "editor"), ("Bo@x.org", "editor")]),
        ("\ufeffEmail\nada@x.org\n", [("ada@x.org", "editor")]),
        (
            "EmailAddress,Reason\na@x.org,BOUNCE\nb@x.org,COMPLAINT\n",
            [("a@x.org", "hard bounce"), ("b@x.org", "complaint")],
        ),
        (
            "email,SuppressionReason\na@x.org,HardBounce\nb@x.org,SpamComplaint\nc@x.org,ManualSuppression\n",
            [("a@x.org", "hard bounce"), ("b@x.org", "complaint"), ("c@x.org", "editor")],
        ),
        ("address,reason\na@x.org,soft bounces\n", [("a@x.org", "soft bounces")]),
        ("address\nnobody\n", [("nobody", "left out")]),
        ("address,address_hash\n,123\n", [("123", "left out")]),
        ("", []),
    ],
)
def test_each_kind_of_list(text: str, rows: list[tuple[str, str]]) -> None:
    assert read(text) == rows


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Line 1 is too long"):
        read("x" * (LONGEST_LINE + 1))
