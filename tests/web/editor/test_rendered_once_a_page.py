"""No page of the editor renders an issue twice, also when it refuses what was asked."""

from __future__ import annotations

import pytest

from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import by
from tests.support.renderings import Renderings
from tests.web.editor.conftest import Person

NEXT_SUMMER = {"scheduled_at": "2099-07-06T09:00"}
LONG_AGO = {"scheduled_at": "2020-01-01T09:00"}


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    return newsletter


@pytest.fixture
def page(context: Context, editor: Person, newsletter: Newsletter) -> str:
    return f"/editor/issues/{an_issue(context, newsletter).id}"


@pytest.fixture
def broken_page(context: Context, editor: Person, newsletter: Newsletter) -> str:
    issue_id = an_issue(context, newsletter).id
    wrong = written(an_entry(body="Dear {{ nmae }},"), number=None)
    save_issue(context, issue_id, wrong, 1, by("ada"))
    return f"/editor/issues/{issue_id}"


@pytest.mark.parametrize(
    "path",
    ["/preview", "/preview/mail.html", "/send", "/send-now", "/checks", "/checks/piece"],
)
def test_a_page_that_shows_it(editor: Person, page: str, renderings: Renderings, path: str) -> None:
    editor.get(f"{page}{path}")
    assert renderings.count == 1


@pytest.mark.parametrize("path", ["", "/proof", "/delete"])
def test_none_for_a_page_that_does_not_show_it(
    editor: Person, page: str, renderings: Renderings, path: str
) -> None:
    editor.get(f"{page}{path}")
    assert renderings.count == 0


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/test", {}),
        ("/proof", {"addresses": "grace@example.org"}),
        ("/schedule", NEXT_SUMMER),
        ("/send-now", {}),
    ],
)
def test_what_is_done_with_it(
    editor: Person, page: str, renderings: Renderings, path: str, form: dict[str, str]
) -> None:
    assert renderings_of_a_press(editor, renderings, page, path, form) == (303, 1)


@pytest.mark.parametrize(
    ("path", "form"), [("/schedule", NEXT_SUMMER), ("/schedule", LONG_AGO), ("/send-now", {})]
)
def test_what_is_refused(
    editor: Person, broken_page: str, renderings: Renderings, path: str, form: dict[str, str]
) -> None:
    assert renderings_of_a_press(editor, renderings, broken_page, path, form) == (400, 1)


def renderings_of_a_press(
    editor: Person, renderings: Renderings, page: str, path: str, form: dict[str, str]
) -> tuple[int, int]:
    """The status of the answer, and how often the issue was rendered for it."""
    fields = editor.fields(f"{page}/send", "/schedule")
    renderings.count = 0
    answer = editor.client.post(f"{page}{path}", data={**fields, **form})
    return answer.status_code, renderings.count
