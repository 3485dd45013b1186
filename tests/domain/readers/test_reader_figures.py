"""Joins by source and leaves by reason, in words."""

from __future__ import annotations

import pytest

from newsletter.domain.readers.consent import ConsentKind, SuppressionReason
from newsletter.domain.readers.reader_figures import (
    BY_EMAIL,
    LEAVING_PAGES,
    edition_left_from,
    join_source,
    leave_reason,
)


@pytest.mark.parametrize("how", [*LEAVING_PAGES, BY_EMAIL, *SuppressionReason])
def test_each_known_way_to_leave_has_words_of_its_own(how: str) -> None:
    otherwise = leave_reason(ConsentKind.WITHDRAWN, "told me so at a fair")
    assert leave_reason(ConsentKind.WITHDRAWN, how) not in ("", otherwise)


def test_a_link_in_a_mail_names_its_edition() -> None:
    assert edition_left_from("one-click, edition 12") == 12
    assert edition_left_from("preferences page") == 0
    assert leave_reason(ConsentKind.WITHDRAWN, "one-click, edition 12") == leave_reason(
        ConsentKind.WITHDRAWN, "one-click"
    )


def test_what_is_a_join_is_no_leave() -> None:
    for kind in ConsentKind:
        assert not (join_source(kind, "") and leave_reason(kind, ""))
