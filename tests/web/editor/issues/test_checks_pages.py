"""The checks and the views of an issue, as an editor sees and presses them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult
from newsletter.domain.issues.issue import IssueState
from newsletter.store.checks.link_checks import save_answers
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_subscriber, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import EDITOR, by
from tests.usecases.checks.test_check_issue import a_dead_link
from tests.web.editor.conftest import Person, words


@pytest.fixture
def newsletter(context: Context, editor: Person) -> Any:
    profile = show_newsletters(context, EDITOR)[0]
    with context.database.write() as session:
        newsletter = session.get_one(Newsletter, profile.id)
        newsletter.postal_address = "1 Garden Lane, 10115 Berlin"
        newsletter.undo_minutes = 0  # what is sent goes out at once
    a_subscriber(context, newsletter)
    return newsletter


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    return an_issue(context, newsletter, number=1).id


@pytest.fixture
def broken_id(context: Context, newsletter: Any) -> int:
    """With an error, and with a warning in its second entry."""
    issue_id = an_issue(context, newsletter, number=2).id
    entries = (
        an_entry("One", body="Dear {{ nmae }}"),
        an_entry("<b>Two</b>", body="See [here](https://e.org/) ![](https://e.org/a.png)", url=""),
    )
    save_issue(context, issue_id, written(*entries, number=2), 1, by("ada"))
    return issue_id


def url(issue_id: int, page: str) -> str:
    return f"/editor/issues/{issue_id}/{page}"


class TestFindings:
    def test_each_is_shown_with_the_way_to_where_it_is_put_right(
        self, context: Context, editor: Person, broken_id: int
    ) -> None:
        page = editor.get(url(broken_id, "checks"))
        first = open_issue(context, broken_id, EDITOR).content.entries[0]
        field = f"entry-{first.id}-body"
        assert f'href="/editor/issues/{broken_id}#{field}"' in page
        assert f'id="{field}"' in editor.get(f"/editor/issues/{broken_id}")
        assert "is not a known field" in words(page)
        assert "Describe it" in words(page)
        assert "<b>Two</b>" not in page
        assert "1 error, " in words(page)

    def test_while_composing_those_of_the_saved_issue_are_put_on_the_page(
        self, editor: Person, broken_id: int
    ) -> None:
        page = editor.get(url(broken_id, "")[:-1])
        assert f'data-margin-of="/editor/issues/{broken_id}/checks/piece"' in page
        piece = editor.get(url(broken_id, "checks/piece"))
        assert "<html" not in piece
        assert "is not a known field" in words(piece)

    def test_an_issue_in_order_says_so(self, editor: Person, issue_id: int) -> None:
        page = words(editor.get(url(issue_id, "checks")))
        assert "Size:" in page
        assert "error" not in page

    def test_a_lacking_postal_address_leads_to_the_settings(
        self, context: Context, editor: Person, newsletter: Any, issue_id: int
    ) -> None:
        with context.database.write() as session:
            session.get_one(Newsletter, newsletter.id).postal_address = ""
        page = editor.get(url(issue_id, "checks"))
        assert f'href="/editor/newsletters/{newsletter.slug}#postal_address"' in page

    def test_asking_the_links_comes_back_to_the_page(
        self, context: Context, editor: Person, issue_id: int
    ) -> None:
        """Of a name that exists nowhere, with a network and without."""
        entry = an_entry(url="https://there-is-no-such-site.invalid/")
        save_issue(context, issue_id, written(entry, number=1), 1, by("ada"))
        answer = editor.submit(url(issue_id, "checks"), "/links", status=303)
        assert answer.headers["Location"].endswith(url(issue_id, "checks"))
        page = words(editor.get(url(issue_id, "checks")))
        assert "Checked 1." in page
        assert re.search("1 is dead|can’t be sure of 1", page), "never praised in green"
        assert "there-is-no-such-site.invalid" in page

    def test_dead_links_are_never_said_in_green(
        self, context: Context, editor: Person, issue_id: int
    ) -> None:
        entries = [an_entry(f"Entry {n}", url=f"https://example.org/{n}") for n in range(4)]
        save_issue(context, issue_id, written(*entries, number=1), 1, by("ada"))
        results = [LinkResult.GONE] * 3 + [LinkResult.FOUND]
        answers = [
            LinkAnswer(
                entry.url, result, datetime.now(UTC), 404 if result == LinkResult.GONE else 200
            )
            for entry, result in zip(entries, results, strict=True)
        ]
        with context.database.write() as session:
            save_answers(session, answers)
        editor.submit(url(issue_id, "checks"), "/links", status=303)
        page = editor.get(url(issue_id, "checks"))
        assert "3 are dead." in words(page)
        (said,) = re.findall(r'class="notice ([a-z]*)" role="status"', page)
        assert said == "bad"

    def test_one_note_of_many_entries_is_shown_once(
        self, context: Context, editor: Person, issue_id: int
    ) -> None:
        entries = [an_entry(f"Entry {n}", url="" if n else "https://e.org/") for n in range(22)]
        save_issue(context, issue_id, written(*entries, number=1), 1, by("ada"))
        page = editor.get(url(issue_id, "checks"))
        assert page.count("Add a link, or ignore this.") == 1
        assert "20 more like this" in words(page)


class TestAnErrorBeforeSending:
    def test_the_page_of_sending_shows_it_and_offers_no_send(
        self, editor: Person, broken_id: int
    ) -> None:
        page = editor.get(url(broken_id, "send"))
        assert "is not a known field" in words(page)
        assert "send it now" not in words(page)
        assert editor.client.get(url(broken_id, "send-now")).status_code == 303
        answer = editor.submit(
            url(broken_id, "send"), "/schedule", scheduled_at="2099-07-06T09:00", status=400
        )
        assert "The checks found an error" in words(answer.text)

    def test_an_editor_answers_for_it_there(
        self, context: Context, editor: Person, broken_id: int
    ) -> None:
        page = url(broken_id, "send")
        refused = editor.submit(page, "/override", reason=" ", status=400)
        assert "Give a reason" in refused.text
        editor.submit(page, "/override", reason="The <braces> are meant", status=303)
        shown = editor.get(page)
        assert "overrode the error: The &lt;braces&gt; are meant" in " ".join(
            shown.replace("</strong>", "").split()
        )
        editor.submit(page, "/schedule", scheduled_at="2099-07-06T09:00", status=303)
        assert open_issue(context, broken_id, EDITOR).state is IssueState.SCHEDULED
        with context.database.read() as session:
            assert session.get_one(Issue, broken_id).override_by == "Ada"

    def test_a_paused_issue_leads_to_its_checks(
        self, context: Context, editor: Person, newsletter: Any, issue_id: int
    ) -> None:
        send_now(context, issue_id, by("ada"))
        a_dead_link(context)
        start_issue(context, issue_id)
        page = editor.get(url(issue_id, "send"))
        assert f'href="{url(issue_id, "checks")}"' in page
        editor.submit(url(issue_id, "checks"), "/override", reason="It is back", status=303)
        editor.submit(url(issue_id, "checks"), "/withdraw", status=303)
        assert "Reason for the override" in editor.get(url(issue_id, "checks"))


class TestViews:
    @pytest.mark.parametrize(
        "view", ["both", "desktop", "phone", "dark", "pictures-off", "text", "unstyled", "nonsense"]
    )
    def test_each_view_is_a_page_of_its_own_with_links_to_the_others(
        self, editor: Person, issue_id: int, view: str
    ) -> None:
        page = editor.get(url(issue_id, f"preview?view={view}"))
        for other in ("desktop", "phone", "dark", "pictures-off", "text", "unstyled"):
            assert f"/preview?view={other}" in page
        assert page.count('aria-current="page"') == 2
        assert ("<iframe" in page) is (view != "text")
        assert page.count("<iframe") == page.count(
            'sandbox="allow-popups allow-popups-to-escape-sandbox"'
        )

    def test_a_frame_loads_nothing_and_pictures_only_when_asked_to(
        self, editor: Person, broken_id: int
    ) -> None:
        def policy(query: str) -> str:
            frame = editor.client.get(url(broken_id, f"preview/mail.html{query}"))
            return str(frame.headers["Content-Security-Policy"])

        for query in ("", "?view=dark", "?view=pictures-off&pictures=on"):
            assert "default-src 'none'" in policy(query)
            assert "img-src 'none'" in policy(query)
        assert "img-src https: http: data:" in policy("?pictures=on")
        page = editor.get(url(broken_id, "preview"))
        assert "Pictures on other sites are hidden" in words(page)
        assert "pictures=on" in page

    def test_our_own_pictures_are_seen_at_once_but_in_the_view_without(
        self, context: Context, editor: Person, newsletter: Any
    ) -> None:
        ours = f"{context.settings.public_url}/media/{'a' * 64}.png"
        issue_id = an_issue(context, newsletter, number=3).id
        own = written(an_entry("One", body=f"![A cat]({ours})"), number=3)
        save_issue(context, issue_id, own, 1, by("ada"))
        assert "Pictures on other sites" not in editor.get(url(issue_id, "preview"))
        for view, is_shown in {"desktop": True, "dark": True, "pictures-off": False}.items():
            frame = editor.client.get(url(issue_id, f"preview/mail.html?view={view}"))
            assert (f'src="{ours}"' in frame.text) is is_shown
            allowed = "img-src 'self' " if is_shown else "img-src 'none'"
            assert allowed in frame.headers["Content-Security-Policy"]

    def test_dark_is_dark_and_light_is_light_in_any_browser(
        self, editor: Person, issue_id: int
    ) -> None:
        dark = editor.get(url(issue_id, "preview/mail.html?view=dark"))
        light = editor.get(url(issue_id, "preview/mail.html"))
        assert "prefers-color-scheme" not in dark + light
        assert "@media all" in dark
        assert 'name="color-scheme" content="dark"' in dark
        assert "@media not all" in light
        assert 'name="color-scheme" content="light"' in light

    def test_without_styles_no_style_sheet_is_left(self, editor: Person, issue_id: int) -> None:
        frame = editor.get(url(issue_id, "preview/mail.html?view=unstyled"))
        assert "<style" not in frame
        assert 'style="' in frame
        assert "Entry number 1" in frame
