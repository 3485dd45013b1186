"""What came back of an issue, on its report, in a list, and at home."""

from __future__ import annotations

import pytest

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.store.feedback.doubts import add_doubt
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


def test_an_editor_decides_whether_so_many_are_dead(context: Context, editor: Person) -> None:
    sent = a_sent_issue(context, "accepted-1")
    say(sent, "accepted-1", V.HARD)
    with context.database.write() as session:
        words_ = "550 5.1.1 <b>unknown</b>"
        add_doubt(
            session, sent.edition().id, "", dead=20, taken=30, words=words_, now=context.now()
        )
    path = f"/editor/issues/{sent.issue_id}/later"
    page = editor.get(path)
    assert "20 of 30 copies came back as dead addresses" in words(page)
    assert "<b>unknown" not in page
    answer = editor.submit(path, f"{path}/doubts", decision="believed")
    assert "Suppressed 1 address." in words(editor.get(answer.location))
    assert "20 of 30" not in words(editor.get(path))
