"""A second editor comes, writes, owns, and is out at once: in real browsers, with the mails."""

from __future__ import annotations

import csv
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from sqlalchemy import select

from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from tests.support.builders import an_issue
from tests.web.editor.conftest import PASSWORD

BEN = "ben@example.org"
RIGHT_TO_LEFT = "\u202bدانا"


def invitation_in_the_mail(context: Context) -> str:
    """The path of the link in the newest mail."""
    with context.database.read() as session:
        row = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    mail = message_from_bytes(compose_mail(context, row).message, policy=policy.default)
    body = cast("EmailMessage", mail).get_body(("plain",))
    assert body is not None
    line = next(one for one in body.get_content().splitlines() if "/editor/invitation" in one)
    return "/editor/invitation" + str(line.strip().partition("/editor/invitation")[2])


def invited(page: Any, address: str, role: str) -> None:
    page.get_by_label("Email address").fill(address)
    page.get_by_label(role, exact=False).first.check()
    page.get_by_label("Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text(f"An invitation is on its way to {address}").wait_for()


def card(page: Any, words: str) -> Any:
    return page.locator(".cards li", has_text=words)


@pytest.fixture
def ben(browser: Any) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    return page


def test_a_second_editor_comes_writes_owns_and_is_out_at_once(
    page: Any, ben: Any, site: str, context: Context, newsletter: Any
) -> None:
    people = f"{site}/editor/newsletters/{newsletter.slug}/people"
    writing = f"{site}/editor/issues/{an_issue(context, newsletter).id}"
    page.goto(people)
    invited(page, BEN, "Author")
    joins(ben, site + invitation_in_the_mail(context))
    assert ben.get_by_role("link", name="Settings").count() == 0
    ben.goto(f"{writing}/send")
    ben.get_by_text("An editor or an owner of").wait_for()
    assert ben.get_by_role("button", name="Schedule").count() == 0

    invited(page, "cy@example.org", "Viewer")
    card(page, "cy@example.org").get_by_role("button", name="Send again").click()
    page.get_by_text("It was sent a moment ago.").wait_for()
    card(page, "cy@example.org").get_by_role("button", name="Withdraw").click()
    page.get_by_text("The invitation to cy@example.org is withdrawn.").wait_for()

    page.get_by_label("Your password").last.fill(PASSWORD)
    page.get_by_role("button", name="Hand over").click()
    page.get_by_text("They own the newsletter now.").wait_for()
    ben.goto(people)
    assert card(ben, BEN).locator(".badge").inner_text() == "owner"
    card(page, "ada@example.org").get_by_label("Role", exact=True).select_option("owner")
    card(page, "ada@example.org").get_by_role("button", name="Change the role").click()
    page.get_by_text("The new role is in effect.").wait_for()

    ben.goto(writing)
    ben.locator("[data-state]").wait_for(state="attached")
    card(page, BEN).get_by_role("button", name="Remove").click()
    page.get_by_text("can no longer open this newsletter").wait_for()
    loses_no_word(ben)
    assert ben.goto(people).status in {403, 404}
    the_log_shows_it(page)
    assert [one for one in page.complaints if "429" not in one] == []


def joins(ben: Any, link: str) -> None:
    ben.goto(link)
    ben.get_by_text("invites ben@example.org as an author. You can write issues").wait_for()
    ben.get_by_role("button", name="Accept the invitation").click()
    ben.get_by_label("Your name").fill(RIGHT_TO_LEFT)
    ben.get_by_label("Password").fill(PASSWORD)
    ben.get_by_role("button", name="Continue").click()
    ben.get_by_role("heading", name="Hello").wait_for()


def loses_no_word(ben: Any) -> None:
    """Removed while they write."""
    entry = ben.locator("[data-kind=entry]").first
    entry.evaluate("element => { element.open = true; }")
    text = entry.locator("[data-field=body]")
    text.fill("A word too late.")
    ben.get_by_text("What you typed is kept in this browser").wait_for()
    ben.locator("[data-state=bad]", has_text="Not saved").wait_for()
    assert text.input_value() == "A word too late."


def the_log_shows_it(page: Any) -> None:
    page.get_by_role("link", name="Audit log").click()
    page.get_by_label("About").select_option(label="People and sign-ins")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("cell", name="Lost the role.").wait_for()
    assert page.get_by_role("cell", name="Chrome on Linux, 127.0.0.1").count() > 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    rows = csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines())
    said = [row["sentence"] for row in rows]
    for words in ("Invited", "Withdrew the invitation", "Accepted an invitation", "Lost the role"):
        assert any(one.startswith(words) for one in said), (words, said)
