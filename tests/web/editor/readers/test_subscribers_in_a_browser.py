"""Five thousand subscribers, filtered and tagged in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from benchmarks.readers import add_readers
from newsletter.store.models import Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from tests.support.axe import serious_findings
from tests.support.pictures import drawn
from tests.support.principals import EDITOR

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_five_thousand_subscribers_are_filtered_and_tagged(context: Context, page: Any) -> None:
    newsletter = show_newsletters(context, EDITOR)[0]
    add_readers(context, newsletter.id, 5000)
    with context.database.write() as session:
        early = Subscription.subscriber_id % 2 == 0
        session.execute(update(Subscription).where(early).values(tags=["early"]))
    page.get_by_role("link", name="Subscribers").first.click()
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("With the tag").fill("Early")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_text("2,500 found").wait_for()
    page.get_by_label("Choose all on this page").check()
    assert page.get_by_text("50 chosen").is_visible()
    assert serious_findings(page) == []
    page.get_by_label("Whom").select_option("all")
    page.get_by_label("Tag or reason").fill("friends")
    page.get_by_role("button", name="Go on…").click()
    page.get_by_text("2,500 subscribers").wait_for()
    page.get_by_role("button", name="Add the tag").click()
    page.get_by_text("Done. Looked at 2,500, changed 2,500.").wait_for()
    with context.database.read() as session:
        tags = session.scalars(select(Subscription.tags))
        assert sum(one == ["early", "friends"] for one in tags) == 2500
    assert page.complaints == []


def test_pictures_are_dropped_on_the_library(context: Context, page: Any, site: str) -> None:
    slug = show_newsletters(context, EDITOR)[0].slug
    add_picture(context, slug, NewPicture(drawn(), "sea.jpg", "The sea"), EDITOR)
    page.goto(f"{site}/editor/newsletters/{slug}/pictures")
    page.evaluate(DROP, {"bytes": list(drawn("PNG", (80, 60), "red"))})
    page.get_by_text("2 pictures").wait_for()
    assert serious_findings(page) == []
    assert page.complaints == []


DROP = """({bytes}) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], "red.png", {type: "image/png"}));
    document.body.dispatchEvent(
        new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true})
    );
}"""
