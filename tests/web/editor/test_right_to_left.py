"""Titles and names in Arabic or Hebrew, and hostile ones, turn nothing that is beside them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import delete_issue
from newsletter.usecases.sending.schedule_issue import send_now
from tests.support.builders import a_newsletter, an_issue
from tests.support.ledgers import a_sent_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

ARABIC, HEBREW = "أخبار الأسبوع 12", "חדשות השבוע (3)"
HOSTILE = "Tides \u202egnp.exe\u2069\u2069"
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
VOID = frozenset("area br col hr img input link meta source wbr path circle rect line".split())
NO_LINE_OF_THEIR_OWN = frozenset(("title", "option", "script", "textarea"))


class Texts(HTMLParser):
    """Texts that are not in an element which isolates them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.bare: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        isolates = tag == "bdi" or tag in NO_LINE_OF_THEIR_OWN or ("dir", "auto") in attrs
        if tag not in VOID:
            self.open.append((tag, isolates))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(isolates for _, isolates in self.open):
            self.bare.append(data)


def bare_text(html: str) -> str:
    texts = Texts()
    texts.feed(html)
    return " ".join(texts.bare)


@pytest.mark.parametrize("title", [ARABIC, HEBREW, HOSTILE])
def test_a_title_is_isolated_wherever_it_is_shown(
    context: Context, editor: Person, title: str
) -> None:
    newsletter = a_newsletter(context, name=title, slug="names")
    draft = an_issue(context, newsletter, entries=1, title=title, subject=title).id
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter, title=title).issue_id
    gone = an_issue(context, newsletter, title=title).id
    due = an_issue(context, newsletter, entries=1, title=title).id
    delete_issue(context, gone, EDITOR)
    send_now(context, due, EDITOR)
    ours = "/editor/newsletters/names"
    for path in (
        "/editor/",
        "/editor/calendar",
        f"/editor/find?q={title[:4]}",
        f"{ours}/issues",
        f"{ours}/issues/new",
        f"{ours}/deleted",
        f"{ours}/figures",
        f"/editor/issues/{draft}",
        f"/editor/issues/{draft}/send",
        f"/editor/issues/{draft}/delete",
        f"/editor/issues/{draft}/history",
        f"/editor/issues/{draft}/checks",
        f"/editor/issues/{draft}/preview",
        f"/editor/issues/{sent}",
    ):
        shown = editor.get(path)
        assert title[:5] in shown, path
        bare = bare_text(shown)
        assert title[:5] not in bare, path
        assert not OVERRIDES & set(bare), path
