"""Adds a picture to a newsletter's library: one that is uploaded, or a copy of one on the web."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from newsletter.domain.errors import InvalidInput
from newsletter.domain.pictures import KeptPicture
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy, fetch_document
from newsletter.reading.picture_process import read_picture_apart
from newsletter.store.models import LibraryPicture
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import kept, picture_by_name
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.pictures.fetch_pictures import picture_policy
from newsletter.usecases.pictures.keep_files import keep_files, library_row, put_into_library


@dataclass(frozen=True, slots=True)
class NewPicture:
    """`file_name` as the browser says it, or the address that it is from."""

    data: bytes
    file_name: str = ""
    alt: str = ""


def add_picture(
    context: Context, slug: str, upload: NewPicture, principal: Principal
) -> KeptPicture:
    """The one that is there already, if it is the same picture. Raises InvalidInput."""
    require_for_newsletter(context, principal, "add_picture", slug)
    return _add(context, slug, upload, principal)


def copy_picture(  # noqa: PLR0913  as a form has them
    context: Context,
    slug: str,
    url: str,
    principal: Principal,
    *,
    alt: str = "",
    policy: FetchPolicy | None = None,
) -> KeptPicture:
    """That of the web, as it is now. Raises InvalidInput."""
    require_for_newsletter(context, principal, "copy_picture", slug)
    found = fetch_document(url.strip(), policy or picture_policy(context.settings))
    return _add(context, slug, NewPicture(found.data, url.strip(), alt), principal)


def _add(context: Context, slug: str, upload: NewPicture, principal: Principal) -> KeptPicture:
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
    picture = read_picture_apart(upload.data)
    try:
        files = keep_files(context.settings, picture)
    except OSError as error:
        raise InvalidInput(
            f"The picture couldn't be stored: {error.strerror or error}.",
            advice="Try again later, or ask the person who runs this server.",
        ) from error
    now = context.now()
    row = library_row(newsletter_id, files, upload.alt, upload.file_name, principal, now)
    try:
        return _record(context, row, principal)
    except IntegrityError:  # Another request has just added the same picture.
        with context.database.read() as session:
            found = picture_by_name(session, newsletter_id, files.name)
            if found is None:
                raise
            return kept(found)


def _record(context: Context, row: LibraryPicture, principal: Principal) -> KeptPicture:
    with context.database.write() as session:
        found = picture_by_name(session, row.newsletter_id, row.name)
        if found is not None:
            found.alt = found.alt or row.alt
            return kept(found)
        put_into_library(session, row, principal)
        return kept(row)
