"""The library of pictures in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from tests.support.axe import serious_findings
from tests.support.pictures import drawn
from tests.support.principals import EDITOR

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


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
