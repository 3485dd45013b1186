"""An issue on its way from a draft to its report, and subscribers on theirs, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.delivery.sweep import finish_issues, tick
from newsletter.store.models import Newsletter, OutboxMessage
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.axe import serious_findings
from tests.support.builders import a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import EDITOR

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def rig(rig: DeliveryRig, clock: Clock) -> DeliveryRig:
    """Its clock runs beside the browser's."""
    clock.now = datetime.now(UTC)
    return rig


def change(rig: DeliveryRig, newsletter: Any, **values: Any) -> None:
    with rig.context.database.write() as session:
        for name, value in values.items():
            setattr(session.get_one(Newsletter, newsletter.id), name, value)


def test_an_issue_is_tried_planned_edited_undone_sent_and_followed_to_its_report(
    rig: DeliveryRig, clock: Clock, page: Any, site: str, newsletter: Any
) -> None:
    change(rig, newsletter, postal_address="", undo_minutes=1)
    a_subscriber(rig.context, newsletter, address="ann@x.example")
    for name in ("bo", "unknown-1"):
        a_subscriber(rig.context, newsletter, address=f"{name}@x.example", tags=["berlin"])
    issue_id = an_issue(rig.context, newsletter, number=1).id
    other = an_issue(rig.context, newsletter, title="Another one").id
    issue = f"{site}/editor/issues/{issue_id}"
    page.goto(f"{issue}/preview")
    try_it(rig, page)
    change(rig, newsletter, postal_address="1 Garden Lane, 10115 Berlin")
    page.goto(f"{issue}/send")
    choose_whom(page)
    plan(page, f"{site}/editor/issues/{other}/send", f"{issue}/send")
    edit_what_is_planned(page)
    move_to_tokyo(page, f"{site}/editor/newsletters/news")
    page.goto(f"{issue}/send")
    page.get_by_text(re.compile(r", 09:00 in Asia/Tokyo")).wait_for()
    page.get_by_role("button", name="Unschedule").click()
    page.get_by_text("Unscheduled. The issue is a draft again.").first.wait_for()
    page.goto(f"{issue}/send")
    send_undo_and_send(page)
    clock.advance(timedelta(minutes=2))
    tick(rig.context)
    page.get_by_role("button", name="Pause").wait_for()
    start_issue(rig.context, issue_id)
    page.get_by_text("0 of 2 accepted").wait_for()
    pause_and_resume(page)
    rig.deliver()
    finish_issues(rig.context)
    read_the_report(page)
    assert [mail["Subject"] for _, mail in rig.relay.received] == ["On slow tools, again"]
    assert page.complaints == []


def try_it(rig: DeliveryRig, page: Any) -> None:
    """Before the newsletter has a postal address."""
    page.get_by_label("Addresses for the test").fill("cy@x.example, di@x.example")
    page.get_by_role("button", name="Send test").click()
    page.get_by_text("A test is on its way to 2 addresses.").wait_for()
    with rig.context.database.read() as session:
        tests = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "test"))
        assert {one.payload["address"] for one in tests} == {"cy@x.example", "di@x.example"}


def choose_whom(page: Any) -> None:
    page.get_by_text("Goes to all 3 subscribers.").wait_for()
    page.get_by_label("Only subscribers …").check()
    page.get_by_label("With one of the tags").fill("berlin")
    page.get_by_text("Goes to 2 subscribers with the tag “berlin”.").wait_for()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Save who gets it").click()


def plan(page: Any, *sends: str) -> None:
    for send in sends:
        page.goto(send)
        page.get_by_role("button", name="Tomorrow 9:00").click()
        page.get_by_text("You can edit it until then.").wait_for()
    page.get_by_role("link", name="The calendar").click()
    page.get_by_text("Two issues are close together for the same readers.").wait_for()
    assert serious_findings(page) == []
    page.get_by_role("list").get_by_role("link", name="On slow tools").last.click()


def edit_what_is_planned(page: Any) -> None:
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_text("What you save until then goes out.").wait_for()
    page.get_by_label("Subject").fill("On slow tools, again")
    page.locator(".save-bar").get_by_text("Saved", exact=True).wait_for()


def move_to_tokyo(page: Any, settings: str) -> None:
    page.goto(settings)
    page.get_by_label("Time zone", exact=True).fill("Asia/Tokyo")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("the time on the clock").check()
    page.complaints.clear()  # a form that asks back is answered with 400
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").first.wait_for()


def send_undo_and_send(page: Any) -> None:
    page.get_by_role("link", name="Send now …").click()
    confirmation = page.url
    page.get_by_role("button", name="Send now to 2 subscribers").click()
    timer = page.get_by_role("timer")
    first = timer.inner_text()
    page.wait_for_function(
        "said => document.querySelector('[role=timer]').textContent !== said", arg=first
    )
    page.get_by_role("button", name="Undo send").click()
    page.get_by_text("Sending is undone. The issue is a draft again.").first.wait_for()
    page.goto(confirmation)
    page.get_by_role("button", name="Send now to 2 subscribers").click()
    page.get_by_role("button", name="Undo send").wait_for()


def pause_and_resume(page: Any) -> None:
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()
    assert page.get_by_role("link", name="Cancel …").is_visible()
    assert serious_findings(page) == []


def read_the_report(page: Any) -> None:
    """It comes by itself; a row leads to the reader who did not get it."""
    page.get_by_text("1 of 2 accepted").wait_for()
    page.get_by_text("Finished ").first.wait_for()
    page.get_by_role("link", name="unknown-1@x.example").click()
    page.get_by_role("heading", name="unknown-1@x.example").wait_for()
    page.get_by_text("no such user").first.wait_for()


def test_a_press_is_not_lost_when_the_page_would_load_itself_again(
    rig: DeliveryRig, clock: Clock, page: Any, site: str, newsletter: Any
) -> None:
    a_subscriber(rig.context, newsletter, address="ann@x.example")
    issue_id = an_issue(rig.context, newsletter).id
    send_now(rig.context, issue_id, EDITOR)
    clock.advance(timedelta(minutes=2))  # in which it can be undone
    tick(rig.context)
    start_issue(rig.context, issue_id)
    asked: list[Any] = []
    pressed: list[Any] = []

    def keep(route: Any) -> None:
        (pressed if route.request.method == "POST" else asked).append(route)

    page.route("**/progress?*", keep)
    page.goto(f"{site}/editor/issues/{issue_id}/send")
    page.get_by_role("button", name="Pause").hover()
    wait_until_asked(page, asked)
    page.mouse.down()
    change_what_is_shown(page, asked)
    page.mouse.up()
    page.get_by_role("button", name="Resume").wait_for()

    page.route("**/resume", keep)
    wait_until_asked(page, asked)
    with page.expect_request("**/resume"):
        page.get_by_role("button", name="Resume").click(no_wait_after=True)
    change_what_is_shown(page, asked)
    pressed.pop().continue_()
    page.get_by_role("button", name="Pause").wait_for()


def wait_until_asked(page: Any, asked: list[Any]) -> None:
    """The page asks every two seconds what has changed, and is not answered."""
    while not asked:
        page.title()


def change_what_is_shown(page: Any, asked: list[Any]) -> None:
    """The answer tells the page to load itself again."""
    with page.expect_response("**/progress?*"):
        asked.pop().fulfill(status=204, headers={"HX-Refresh": "true"})


def test_five_thousand_are_imported_filtered_tagged_and_those_of_a_tag_are_mailed(
    rig: DeliveryRig, page: Any, site: str, newsletter: Any, tmp_path: Path
) -> None:
    with_settings(rig, batch_size=1000)
    early = {f"reader{number}@x.example" for number in range(0, 5000, 20)}
    names = [f"reader{number}@x.example" for number in range(5000)]
    rows = "".join(f"{name},{'early' if name in early else ''}\n" for name in names)
    file = tmp_path / "list.csv"
    file.write_text(f"address,tags\n{rows}")
    page.get_by_role("link", name="Subscribers").first.click()
    page.get_by_role("link", name="Import CSV").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_label("How did these people agree?").fill("They asked.")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 5,000 of 5,000 rows").click()
    page.get_by_text("Imported: 5,000 new").wait_for()
    page.goto(f"{site}/editor/newsletters/news/subscribers")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("With the tag").fill("Early")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_text("250 found").wait_for()
    page.get_by_label("Choose all on this page").check()
    assert page.get_by_text("50 chosen").is_visible()
    assert serious_findings(page) == []
    page.get_by_label("Apply to").select_option("all")
    page.get_by_label("Tag or reason").fill("friends")
    page.get_by_role("button", name="Continue…").click()
    page.get_by_text("250 subscribers").wait_for()
    page.get_by_role("button", name="Add the tag").click()
    page.get_by_text("Done. Looked at 250, changed 250.").wait_for()
    issue_id = an_issue(rig.context, newsletter).id
    page.goto(f"{site}/editor/issues/{issue_id}/send")
    page.get_by_label("Only subscribers …").check()
    page.get_by_label("With one of the tags").fill("friends")
    page.get_by_text("Goes to 250 subscribers with the tag “friends”.").wait_for()
    page.get_by_role("button", name="Save who gets it").click()
    page.get_by_role("link", name="Send now …").click()
    page.get_by_role("button", name="Send now to 250 subscribers").click()
    page.get_by_role("button", name="Pause").wait_for()
    start_issue(rig.context, issue_id)
    rig.deliver()
    finish_issues(rig.context)
    page.get_by_text("250 of 250 accepted").wait_for()
    assert sorted(rig.relay.recipients) == sorted(early)
    assert open_issue(rig.context, issue_id, EDITOR).state == "sent"
    assert page.complaints == []
