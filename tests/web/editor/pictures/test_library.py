"""Pictures come in by the page, by a script and by their address, and are served for ever."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.pictures.list_pictures import list_pictures
from tests.support.builders import an_issue
from tests.support.pictures import drawn, shape
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

PAGE = "/editor/newsletters/news/pictures"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def token(editor: Person) -> str:
    return editor.fields(PAGE)["csrf_token"]


def sent(client: Any, token: str, data: bytes, **fields: str) -> Any:
    """As the script of the page where an issue is written sends it."""
    return client.post(
        PAGE,
        data={"file": (io.BytesIO(data), "C:\\pictures\\sea.jpg"), **fields},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )


def test_a_script_gets_the_picture_as_markdown_and_readers_get_it_for_ever(
    editor: Person, token: str
) -> None:
    answer = sent(editor.client, token, drawn(), alt="The [sea]\nat night")
    assert answer.status_code == 201
    said = answer.json
    assert (said["width"], said["height"], said["alt"]) == (900, 600, "The [sea] at night")
    assert said["markdown"] == rf"![The \[sea\] at night]({said['url']})"
    served = editor.client.get(said["url"].removeprefix("http://localhost:8000"))
    assert shape(served.data) == ("JPEG", (900, 600))
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    small = editor.client.get(said["small"])
    assert (small.mimetype, shape(small.data)) == ("image/webp", ("WEBP", (600, 400)))


def test_the_same_picture_is_there_once(editor: Person, token: str) -> None:
    first = sent(editor.client, token, drawn(), alt="The sea").json
    assert sent(editor.client, token, drawn(comment=b"another file")).json == first


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Mail programs don't show SVG"),
        (b"\0\0\0\x18ftypheic", "looks like HEIC"),
        (drawn()[:-400], "damaged"),
        (bytes(10_000_001), "larger than 10 MB"),
        (b"", "not a PNG"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    editor: Person, token: str, data: bytes, said: str
) -> None:
    answer = sent(editor.client, token, data)
    assert answer.status_code == 400
    assert said in f"{answer.json['message']} {answer.json['advice']}"


def test_nothing_is_taken_without_the_token_or_a_session(editor: Person, token: str) -> None:
    assert sent(editor.client, "", drawn()).status_code == 400
    editor.submit("/editor/", "sign-out", status=303)
    assert sent(editor.client, token, drawn()).status_code in (303, 400, 403)
    assert words(editor.sign_in().get(PAGE)).count("No pictures yet") == 1


def test_the_page_adds_describes_and_deletes_a_picture(editor: Person) -> None:
    added = editor.submit(PAGE, status=303, file=(io.BytesIO(drawn("PNG")), "sea.png"))
    page = added.headers["Location"]
    editor.submit(page, alt="The sea at night", status=303)
    assert "The folder of pictures" not in editor.get(PAGE)
    assert 'alt="The sea at night"' in editor.get(PAGE)
    assert "No pictures match" in words(editor.get(f"{PAGE}?q=mountain"))
    editor.submit(page, "/delete", status=303)
    after = editor.get(PAGE)
    undo = f"/deleted/picture/{page.rpartition('/')[2]}"
    assert "No pictures yet" in words(after)
    assert undo in after
    editor.submit(PAGE.replace("pictures", "deleted"), undo, status=303)
    assert 'alt="The sea at night"' in editor.get(PAGE)


def test_the_page_of_an_issue_offers_to_copy_pictures_of_other_sites(
    editor: Person, token: str, context: Context
) -> None:
    ours = sent(editor.client, token, drawn()).json["markdown"]
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, "news")
    mixed = an_issue(context, newsletter, intro=f"{ours} ![A](http://127.0.0.1/a.png)")
    page = f"/editor/issues/{mixed.id}"
    assert "1 picture is on other sites." in words(editor.get(page))
    editor.submit(page, "/pictures", status=303)
    assert "private address" in words(editor.get(page))
    own = an_issue(context, newsletter, intro=ours)
    assert "on other sites" not in editor.get(f"/editor/issues/{own.id}")


def test_without_its_folder_the_page_says_what_is_missing(
    editor: Person, token: str, context: Context
) -> None:
    sent(editor.client, token, drawn(), alt="The sea")
    folder = context.settings.media_dir
    away = folder.rename(folder.with_name("elsewhere"))
    said = words(editor.get(PAGE))
    assert f"The folder of pictures, {folder}, is missing." in said
    assert "The sea" in said
    away.rename(folder)
    assert "hidden" in editor.get(PAGE).partition("data-unseen")[2].partition(">")[0]


def test_a_machine_that_has_lost_its_disk_still_shows_the_library(
    context: Context, editor: Person, token: str
) -> None:
    sent(editor.client, token, drawn())
    nowhere = replace(context.settings, var_dir=context.settings.var_dir / "gone")
    library = list_pictures(replace(context, settings=nowhere), "news", EDITOR)
    assert (library.count, library.free_bytes) == (1, None)
    assert "is missing" in library.trouble
