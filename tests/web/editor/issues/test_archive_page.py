"""The editors' archive: past issues in pages, found by title or number."""

from __future__ import annotations

from newsletter.domain.issues.issue import IssueState
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import PAGE_LENGTH, show_newsletters
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person

ARCHIVE = "/editor/newsletters/news/archive"


def test_past_issues_come_in_pages_and_the_list_of_issues_has_the_last_of_them(
    context: Context, editor: Person
) -> None:
    newsletter = show_newsletters(context, EDITOR)[0]
    draft = an_issue(context, newsletter, title="Still a draft", entries=1)
    with context.database.write() as session:
        for number in range(1, PAGE_LENGTH + 3):
            session.add(
                Issue(
                    newsletter_id=draft.newsletter_id,
                    number=100 + number,
                    title=f"Past {number}",
                    state=IssueState.SENT,
                    state_at=context.now(),
                    sent_at=context.now(),
                    created_at=context.now(),
                    updated_at=context.now(),
                )
            )
    first = editor.get(ARCHIVE)
    assert first.count('class="badge sent"') == PAGE_LENGTH
    assert "Still a draft" not in first
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    assert editor.get(older).count('class="badge sent"') == 2
    assert "Past 7<" in editor.get(f"{ARCHIVE}?q=%23107")
    assert "Nothing found" in editor.get(f"{ARCHIVE}?q=draft")
    issues = editor.get("/editor/newsletters/news/issues")
    assert issues.count('class="badge sent"') == 10
    assert "Still a draft" in issues
    assert f"All {PAGE_LENGTH + 2} past issues" in issues
