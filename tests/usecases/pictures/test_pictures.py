"""A picture in the library: copied from the web, shown, used by the design, deleted with care."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.domain.newsletters.themes import theme_of
from newsletter.domain.pictures import KeptPicture, picture_markdown
from newsletter.net.fetch import FetchPolicy
from newsletter.spool.pictures import kept_pictures, pictures_set_aside
from newsletter.store.models import Edition, Issue, Newsletter
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.urls import media_url
from newsletter.usecases.archive.read_archive import read_edition
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.recently_deleted import list_deleted, restore_deleted
from newsletter.usecases.operations.back_up import back_up
from newsletter.usecases.operations.restore import restore_files
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture, copy_picture
from newsletter.usecases.pictures.change_picture import delete_picture, describe_picture
from newsletter.usecases.pictures.deleted_files import forget_pictures
from newsletter.usecases.pictures.list_pictures import find_picture, list_pictures
from newsletter.usecases.pictures.use_picture import UsedAs, use_picture
from tests.support.builders import a_newsletter, an_issue
from tests.support.pictures import drawn
from tests.support.principals import EDITOR
from tests.support.services.s3 import a_bucket

SITE = "https://news.example.org"
NOBODY = FetchPolicy("a test", is_allowed=lambda _: False)


@pytest.fixture
def context(context: Context) -> Context:
    return replace(context, settings=replace(context.settings, public_url=SITE))


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context, slug="notes")


@pytest.fixture
def sea(context: Context, newsletter: Newsletter) -> KeptPicture:
    return add_picture(context, "notes", NewPicture(drawn(), "sea.jpg", "The sea"), EDITOR)


def markdown(picture: KeptPicture) -> str:
    return picture_markdown(picture.alt, media_url(SITE, picture.name))


def files(context: Context) -> list[Path]:
    """Those that readers are served."""
    return kept_pictures(context.settings.media_dir)


def aside(context: Context) -> list[Path]:
    return pictures_set_aside(context.settings.media_dir)


def test_one_that_is_shown_is_deleted_only_on_purpose_and_its_files_stay_while_another_shows_it(
    context: Context, newsletter: Newsletter, sea: KeptPicture
) -> None:
    an_issue(context, newsletter, title="Tides", intro=markdown(sea))
    other = a_newsletter(context, slug="other")
    elsewhere = an_issue(context, other, intro=markdown(sea))
    assert [use.title for use in find_picture(context, "notes", sea.id, EDITOR).uses] == ["Tides"]
    with pytest.raises(Conflict, match="shown in 1 place"):
        delete_picture(context, "notes", sea.id, EDITOR)
    delete_picture(context, "notes", sea.id, EDITOR, even_if_shown=True)
    assert list_pictures(context, "notes", EDITOR).count == 0
    assert len(files(context)) == 3
    again = add_picture(context, "notes", NewPicture(drawn()), EDITOR)
    assert (again.name, again.id == sea.id) == (sea.name, False)
    with context.database.write() as session:
        session.execute(update(Issue).where(Issue.id == elsewhere.id).values(intro=""))
    delete_picture(context, "notes", again.id, EDITOR, even_if_shown=True)
    assert files(context) == []
    with pytest.raises(NotFound):
        describe_picture(context, "notes", again.id, "Gone", EDITOR)


def test_a_deleted_picture_is_served_to_nobody_and_comes_back_for_thirty_days(
    context: Context, sea: KeptPicture
) -> None:
    before = {path.name: path.read_bytes() for path in files(context)}
    delete_picture(context, "notes", sea.id, EDITOR)
    assert files(context) == []
    (deleted,) = list_deleted(context, "notes", EDITOR)
    assert (deleted.kind, deleted.title, deleted.deleted_by) == ("picture", "The sea", EDITOR.name)
    for _ in range(2):  # Undo may be pressed twice.
        restore_deleted(context, "notes", "picture", sea.id, EDITOR)
    assert find_picture(context, "notes", sea.id, EDITOR).picture == sea
    assert {path.name: path.read_bytes() for path in files(context)} == before

    delete_picture(context, "notes", sea.id, EDITOR)
    later = replace(context, now=lambda: context.now() + KEPT_REMOVED + timedelta(seconds=1))
    with pytest.raises(NotFound, match="gone for good"):
        restore_deleted(later, "notes", "picture", sea.id, EDITOR)
    forget_pictures(later)
    assert (list_deleted(context, "notes", EDITOR), aside(context)) == ([], [])


def test_a_picture_that_two_newsletters_deleted_comes_back_to_both(
    context: Context, sea: KeptPicture
) -> None:
    a_newsletter(context, slug="other")
    elsewhere = add_picture(context, "other", NewPicture(drawn()), EDITOR)
    delete_picture(context, "notes", sea.id, EDITOR)
    assert len(files(context)) == 3
    soon = replace(context, now=lambda: context.now() + timedelta(days=1))
    delete_picture(soon, "other", elsewhere.id, EDITOR)
    later = replace(context, now=lambda: context.now() + KEPT_REMOVED + timedelta(seconds=1))
    forget_pictures(later)
    restore_deleted(later, "other", "picture", elsewhere.id, EDITOR)
    assert len(files(context)) == 3


def test_a_bucket_that_is_away_loses_no_deleted_picture(context: Context, sea: KeptPicture) -> None:
    with a_bucket() as bucket:
        away = replace(context, settings=replace(context.settings, media_store=bucket.url()))
    delete_picture(context, "notes", sea.id, EDITOR)
    with pytest.raises(InvalidInput, match="couldn't be brought back") as refused:
        restore_deleted(away, "notes", "picture", sea.id, EDITOR)
    assert "Nothing is lost" in refused.value.advice
    later = replace(away, now=lambda: away.now() + KEPT_REMOVED + timedelta(seconds=1))
    forget_pictures(later)
    restore_deleted(context, "notes", "picture", sea.id, EDITOR)
    assert len(files(context)) == 3


def test_a_deleted_picture_comes_back_after_a_backup_was_restored(
    context: Context, sea: KeptPicture
) -> None:
    delete_picture(context, "notes", sea.id, EDITOR)
    file = context.settings.var_dir / "newsletter.backup"
    back_up(context, file, EDITOR)
    shutil.rmtree(context.settings.media_dir)
    restore_files(context, file, EDITOR)
    assert files(context) == []
    restore_deleted(context, "notes", "picture", sea.id, EDITOR)
    assert len(files(context)) == 3


def test_the_check_of_a_picture_without_words_offers_those_of_the_library(
    context: Context, newsletter: Newsletter, sea: KeptPicture
) -> None:
    bare = picture_markdown("", media_url(SITE, sea.name))
    issue = an_issue(context, newsletter, intro=f"{bare} ![](https://example.org/other.png)")
    said = [
        one.advice
        for one in check_issue(context, issue.id, EDITOR).findings
        if one.check == "picture-alt"
    ]
    assert said == [
        "The library says: ![The sea](…).",
        "Describe it: ![a cat on a keyboard](…).",
    ]


def test_the_library_is_searched_and_counted(context: Context, sea: KeptPicture) -> None:
    red = add_picture(context, "notes", NewPicture(drawn(colour="red"), "RED_100%.jpg"), EDITOR)
    for words, found in (("sea", [sea]), ("100%", [red]), ("0_0", []), ("the SEA", [sea])):
        listed = list_pictures(context, "notes", EDITOR, words=words)
        assert [one.id for one in listed.pictures] == [one.id for one in found], words
    whole = list_pictures(context, "notes", EDITOR)
    assert (whole.count, whole.size_bytes) == (2, sea.size_bytes + red.size_bytes)
    assert sum(path.stat().st_size for path in files(context)) == whole.size_bytes


def test_a_private_address_is_not_copied(context: Context, newsletter: Newsletter) -> None:
    with pytest.raises(InvalidInput, match="private address"):
        copy_picture(context, "notes", "https://127.0.0.1/a.png", EDITOR, policy=NOBODY)


def test_the_design_takes_its_logo_and_its_social_picture_from_the_library(
    context: Context, sea: KeptPicture
) -> None:
    use_picture(context, "notes", sea.id, UsedAs.LOGO, EDITOR)
    use_picture(context, "notes", sea.id, UsedAs.SOCIAL, EDITOR)
    with context.database.read() as session:
        theme = theme_of(newsletter_by_slug(session, "notes").theme)
    url = media_url(SITE, sea.name)
    assert (theme.logo_url, theme.logo_alt, theme.social_url) == (url, "The sea", url)
    (use,) = find_picture(context, "notes", sea.id, EDITOR).uses
    assert use.issue_id is None


def test_the_web_page_of_an_issue_has_webp_and_says_what_other_sites_show(
    context: Context, newsletter: Newsletter, sea: KeptPicture
) -> None:
    mail = f'<html><head></head><body><img src="{media_url(SITE, sea.name)}" width="552"></body>'
    an_edition(context, newsletter, 1, mail)
    an_edition(context, newsletter, 2, "<html><head></head><p>Words.</p>")
    page = read_edition(context, "notes", 1).html
    small, large = (media_url(SITE, sea.webps[width]) for width in (600, 900))
    assert f'<picture><source type="image/webp" srcset="{small} 600w, {large} 900w"' in page
    assert f'<meta property="og:image" content="{media_url(SITE, sea.name)}">' in page
    before = read_edition(context, "notes", 2)
    assert "og:image" not in before.html
    use_picture(context, "notes", sea.id, UsedAs.SOCIAL, EDITOR)
    after = read_edition(context, "notes", 2)
    assert f'"og:image" content="{media_url(SITE, sea.name)}"' in after.html
    assert after.version != before.version


def an_edition(context: Context, newsletter: Newsletter, number: int, html: str) -> None:
    issue = an_issue(context, newsletter)
    values: dict[str, Any] = {"subject": "", "text": "", "content": {}, "active_at_freeze": 0}
    with context.database.write() as session:
        session.add(
            Edition(
                issue_id=issue.id,
                newsletter_id=newsletter.id,
                number=number,
                html=html,
                frozen_at=context.now(),
                expires_at=context.now() + timedelta(days=2),
                **values,
            )
        )
