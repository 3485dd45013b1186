"""The pictures of past issues move in: fetched once, served by us, or told why not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete

from newsletter.app import create_app
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.past_issues import Judged, Outcome, PastIssue, Pictures
from newsletter.domain.pictures import media_names
from newsletter.net.fetch import FetchPolicy
from newsletter.spool.pictures import kept_pictures
from newsletter.store.models import LibraryPicture
from newsletter.usecases.archive.import_archive import ArchiveReport, Progress, import_archive
from newsletter.usecases.archive.read_archive import read_edition
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.operations.back_up import back_up
from newsletter.usecases.operations.restore import restore_files
from newsletter.usecases.pictures.change_picture import delete_picture
from newsletter.usecases.pictures.copy_into_issue import copy_issue_pictures, pictures_elsewhere
from newsletter.usecases.pictures.fetch_pictures import PictureFetcher, picture_fetcher
from newsletter.usecases.pictures.list_pictures import list_pictures
from tests.support.archives import opening
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR, by
from tests.support.services.http_server import serving

SLUG = "field-notes"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def context(context: Context) -> Context:
    secure = replace(context.settings, public_url="https://news.example.org")
    return replace(context, settings=secure)


@dataclass
class Site:
    port: int = 0
    pages: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def policy(self) -> FetchPolicy:
        """Takes 127.0.0.1 for public, and no other address of this machine."""
        return FetchPolicy(
            "a test", ports=frozenset({self.port}), is_allowed=lambda ip: ip == "127.0.0.1"
        )


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            if to := site.moved.get(self.path):
                self.send_response(302)
                self.send_header("Location", to)
                self.end_headers()
                return
            body = site.pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

    site.pages["/a.png"] = a_png()
    with serving(Handler) as site.port:
        yield site


def a_png(color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), color).save(file, "PNG")
    return file.getvalue()


def imported(
    context: Context, site: Site, files: dict[str, str | bytes], **how: Any
) -> ArchiveReport:
    how = {"pictures": Pictures.FETCH, "policy": site.policy} | how
    *_, report = import_archive(context, SLUG, opening(files), EDITOR, **how)
    assert isinstance(report, ArchiveReport)
    return report


def mailed(context: Context) -> list[Path]:
    """The files that mails show."""
    return [path for path in kept_pictures(context.settings.media_dir) if path.suffix != ".webp"]


def issue_with(*pictures: str, number: int = 1) -> dict[str, str | bytes]:
    shown = "".join(f"\n  ![A view]({url})\n" for url in pictures)
    return {f"{number:04}.md": f"- [Ropes](https://a.example/{number}) hold.\n{shown}"}


def test_a_picture_is_fetched_once_and_readers_get_it_from_us(context: Context, site: Site) -> None:
    a_newsletter(context, slug=SLUG)
    site.moved["/old.png"] = "/a.png"
    files = issue_with(site.url("/a.png"), site.url("/old.png")) | issue_with(
        site.url("/a.png"), number=2
    )
    report = imported(context, site, files)
    assert [one.reason for one in report.files] == ["", ""]
    assert sorted(site.asked) == ["/a.png", "/a.png", "/old.png"]
    (kept,) = mailed(context)
    ours = f"{context.settings.public_url}/media/{kept.name}"
    for number, times in ((1, 2), (2, 1)):
        html = read_edition(context, SLUG, number).html
        assert (html.count(ours), "127.0.0.1" in html) == (times, False)

    client = create_app(context.settings).test_client()
    answer = client.get(f"/media/{kept.name}")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data == kept.read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for nothing in (f"{'0' * 64}.png", "addresses", "..%2fsecrets", f"{kept.stem}.html"):
        assert client.get(f"/media/{nothing}").status_code == 404


def test_a_second_run_and_another_issue_ask_for_nothing_again(context: Context, site: Site) -> None:
    a_newsletter(context, slug=SLUG)
    files = issue_with(site.url("/a.png"))
    imported(context, site, files)
    before = read_edition(context, SLUG, 1).version
    imported(context, site, files | issue_with(site.url("/a.png"), number=2))
    assert site.asked == ["/a.png"]
    assert read_edition(context, SLUG, 1).version == before


def test_after_a_stop_the_next_run_asks_for_no_picture_that_is_kept(
    context: Context, site: Site
) -> None:
    a_newsletter(context, slug=SLUG)
    files = issue_with(site.url("/a.png"))
    steps = import_archive(
        context, SLUG, opening(files), EDITOR, pictures=Pictures.FETCH, policy=site.policy
    )
    assert any(isinstance(one, Progress) and one.doing == "Fetching pictures" for one in steps)
    steps.close()  # type: ignore[attr-defined]  # a generator
    report = imported(context, site, files)
    assert (report.count(Outcome.NEW), site.asked) == (1, ["/a.png"])
    assert "/media/" in read_edition(context, SLUG, 1).html


def test_when_the_time_is_over_nobody_is_asked(context: Context, site: Site) -> None:
    fetcher = PictureFetcher(context.settings, site.policy, patience=timedelta(0))
    content = IssueContent("", "", "", f"![A view]({site.url('/a.png')})", 1, ())
    assert list(fetcher.fetch([content])) == [(1, 1)]
    judged = fetcher.placed(Judged("1.md", Outcome.NEW, "", PastIssue("1.md", content, "")))
    assert "There was no time left for" in judged.reason
    assert site.asked == []


def test_what_can_t_be_fetched_stays_a_link_and_is_told(context: Context, site: Site) -> None:
    a_newsletter(context, slug=SLUG)
    site.pages["/page.png"] = b"<!doctype html><script>alert(1)</script>"
    site.pages["/a.svg"] = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    site.moved["/inside.png"] = f"http://127.0.0.2:{site.port}/a.png"
    reasons = {
        "/gone.png": "it returns 404",
        "/page.png": "not a PNG, JPEG, GIF or WebP",
        "/a.svg": "not a PNG, JPEG, GIF or WebP",
        "/inside.png": "it leads to a private address",
    }
    files: dict[str, str | bytes] = {}
    for number, path in enumerate(reasons, 1):
        files |= issue_with(site.url(path), number=number)
    report = imported(context, site, files)
    assert report.is_complete
    for number, (told, path) in enumerate(zip(report.files, reasons, strict=True), 1):
        assert told.reason.startswith("1 picture stays a link.")
        assert reasons[path] in told.reason
        assert site.url(path) in read_edition(context, SLUG, number).html
    assert kept_pictures(context.settings.media_dir) == []


def test_no_address_of_this_machine_is_asked_by_itself(context: Context, site: Site) -> None:
    a_newsletter(context, slug=SLUG)
    policy = FetchPolicy("a test", ports=frozenset({site.port}))
    report = imported(context, site, issue_with(site.url("/a.png")), policy=policy)
    assert "private address" in report.files[0].reason
    assert site.asked == []


@pytest.mark.parametrize("how", [{"dry_run": True}, {"pictures": Pictures.LINK}])
def test_a_dry_run_and_an_import_with_links_fetch_nothing(
    context: Context, site: Site, how: dict[str, Any]
) -> None:
    a_newsletter(context, slug=SLUG)
    imported(context, site, issue_with(site.url("/a.png")), **how)
    assert site.asked == []


def test_imported_pictures_are_in_the_library_once_with_their_words_and_where_they_are_shown(
    context: Context, site: Site
) -> None:
    a_newsletter(context, slug=SLUG)
    site.pages["/b.png"] = a_png("blue")
    site.pages["/again.png"] = a_png()
    files = issue_with(site.url("/a.png"), site.url("/b.png")) | issue_with(
        site.url("/again.png"), number=2
    )
    imported(context, site, files)
    library = list_pictures(context, SLUG, EDITOR)
    assert [(one.alt, one.width, one.added_by) for one in library.pictures] == [
        ("A view", 30, EDITOR.name)
    ] * 2
    assert {one.file_name for one in library.pictures} <= {
        site.url(path) for path in ("/a.png", "/again.png", "/b.png")
    }
    shown_in = sorted(len(library.uses[one.name]) for one in library.pictures)
    assert shown_in == [1, 2]
    assert all(media_names(one.largest) == () and one.webps for one in library.pictures)


def test_what_an_earlier_import_brought_gets_its_rows_and_what_was_deleted_stays_so(
    context: Context, site: Site
) -> None:
    a_newsletter(context, slug=SLUG)
    files = issue_with(site.url("/a.png"))
    imported(context, site, files)
    (sea,) = list_pictures(context, SLUG, EDITOR).pictures
    with context.database.write() as session:
        session.execute(delete(LibraryPicture))
    imported(context, site, files)
    (again,) = list_pictures(context, SLUG, EDITOR).pictures
    assert (again.name, again.alt, again.width) == (sea.name, "A view", 30)
    delete_picture(context, SLUG, again.id, EDITOR, even_if_shown=True)
    imported(context, site, files)
    assert list_pictures(context, SLUG, EDITOR).pictures == ()


def test_the_pictures_of_a_pasted_digest_are_copied_on_demand(context: Context, site: Site) -> None:
    newsletter = a_newsletter(context, slug=SLUG)
    urls = [site.url("/a.png"), site.url("/gone.png"), f"http://127.0.0.2:{site.port}/inside.png"]
    pasted = create_issue_from_digest(
        context, newsletter.id, next(iter(issue_with(*urls).values())), EDITOR
    )
    before = open_issue(context, pasted.issue_id, EDITOR)
    assert pictures_elsewhere(context.settings, before.content) == 3
    copied = copy_issue_pictures(context, pasted.issue_id, EDITOR, policy=site.policy)
    assert (copied.count, len(copied.troubles)) == (1, 2)
    assert "private address" in " ".join(copied.troubles)
    after = open_issue(context, pasted.issue_id, EDITOR)
    (picture,) = list_pictures(context, SLUG, EDITOR).pictures
    ours = f"{context.settings.public_url}/media/{picture.name}"
    expected = before.content.entries[0].body.replace(urls[0], ours)
    assert after.content.entries[0].body == expected
    assert (picture.alt, after.version) == ("A view", before.version + 1)
    copy_issue_pictures(context, pasted.issue_id, EDITOR, policy=site.policy)
    assert open_issue(context, pasted.issue_id, EDITOR).version == after.version


def test_pictures_come_back_with_a_backup(context: Context, site: Site) -> None:
    a_newsletter(context, slug=SLUG)
    imported(context, site, issue_with(site.url("/a.png")))
    file = context.settings.var_dir / "newsletter.backup"
    back_up(context, file, by("ada"))
    (kept,) = mailed(context)
    data = kept.read_bytes()
    kept.unlink()
    restore_files(context, file, by("ada"))
    assert kept.read_bytes() == data


def test_a_site_without_https_can_t_serve_pictures_and_says_so(context: Context) -> None:
    with pytest.raises(InvalidInput, match="https"):
        picture_fetcher(replace(context.settings, public_url="http://localhost:8000"))
