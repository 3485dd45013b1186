"""The library of a newsletter: its pictures, what they take, and where each is shown."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.pictures import KeptPicture, media_names
from newsletter.domain.staff.principals import Principal
from newsletter.spool.pictures import folder_trouble
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.store.pictures import (
    kept,
    library_size,
    picture_by_id,
    pictures_before,
    texts_with_pictures,
    themes_with_pictures,
)
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

PAGE_LENGTH = 48
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Use:
    """An issue that shows it; or, without an id, the newsletter's theme."""

    issue_id: int | None
    title: str
    state: IssueState | None = None

    @property
    def is_public(self) -> bool:
        """Readers have it, so that without the picture they see a hole."""
        return self.state not in (None, IssueState.DRAFT, IssueState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Library:
    """`older` is the id to ask for the next page with, None on the last one."""

    profile: NewsletterProfile
    pictures: tuple[KeptPicture, ...]
    uses: Mapping[str, tuple[Use, ...]]
    """By the picture's name."""
    older: int | None
    count: int
    size_bytes: int
    free_bytes: int | None
    """Of the disk; None for a bucket, and where the disk can't be asked."""
    trouble: str
    """Why its pictures can't be seen; "" if they can. A bucket is not asked: that may take long."""


@dataclass(frozen=True, slots=True)
class PictureInUse:
    profile: NewsletterProfile
    picture: KeptPicture
    uses: tuple[Use, ...]


def list_pictures(
    context: Context, slug: str, principal: Principal, *, words: str = "", before: int | None = None
) -> Library:
    require_for_newsletter(context, principal, "list_pictures", slug)
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
        searched = words[:LONGEST_SEARCH]
        found = pictures_before(session, profile.id, searched, before, PAGE_LENGTH + 1)
        uses = _uses(session, profile.id) if found else {}
        count, size_bytes = library_size(session, profile.id)
    shown = tuple(found[:PAGE_LENGTH])
    older = shown[-1].id if len(found) > PAGE_LENGTH else None
    free_bytes, trouble = _free_bytes(context), _trouble(context) if count else ""
    return Library(profile, shown, uses, older, count, size_bytes, free_bytes, trouble)


def find_picture(
    context: Context, slug: str, picture_id: int, principal: Principal
) -> PictureInUse:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "find_picture", slug)
    return picture_in_use(context, slug, picture_id)


def picture_in_use(context: Context, slug: str, picture_id: int) -> PictureInUse:
    """The caller has checked the permission. Raises NotFound."""
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
        row = picture_by_id(session, profile.id, picture_id)
        if row is None:
            raise NotFound("This picture is not in the library.", advice="It was deleted.")
        picture = kept(row)
        return PictureInUse(profile, picture, _uses(session, profile.id).get(picture.name, ()))


def _uses(session: Session, newsletter_id: int) -> dict[str, tuple[Use, ...]]:
    uses: dict[str, dict[Use, None]] = {}
    theme = themes_with_pictures(session).get(newsletter_id, "")
    for name in media_names(theme):
        uses.setdefault(name, {})[Use(None, "The design of the newsletter")] = None
    for showing in texts_with_pictures(session, newsletter_id):
        for name in media_names(showing.text):
            use = Use(showing.issue_id, showing.title or "Untitled", showing.state)
            uses.setdefault(name, {})[use] = None
    return {name: tuple(found) for name, found in uses.items()}


def _free_bytes(context: Context) -> int | None:
    if context.settings.media_store:
        return None
    with suppress(OSError):
        return shutil.disk_usage(context.settings.var_dir).free
    return None


def _trouble(context: Context) -> str:
    return "" if context.settings.media_store else folder_trouble(context.settings.media_dir)
