"""What came back of an issue, on its report, in a list, and at home."""

from __future__ import annotations

import pytest

from newsletter.domain.feedback import FeedbackVerdict
from newsletter.usecases.context import Context
from tests.support.ledgers import a_sent_issue, say
from tests.web.editor.conftest import Person, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
V = FeedbackVerdict


def test_the_pages_tell_what_came_back(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, *(f"accepted-{n}" for n in range(6)))
    for n in range(5):
        say(sent, f"accepted-{n}", V.HARD)
    say(sent, "accepted-5", V.COMPLAINT)
    report = words(editor.get(f"/editor/issues/{sent.issue_id}/send"))
    assert "6 of 6 accepted" in report
    assert "Bounced: the address is dead 5" in report
    assert "Reported as spam 1" in report
    listed = words(editor.get(f"/editor/issues/{sent.issue_id}/later?what=complaint"))
    assert "accepted-5@example.org" in listed
    assert "accepted-1@example.org" not in listed
    assert "83 % of example.org bounced back: 550 5.1.1 hard." in words(editor.get("/editor/"))
