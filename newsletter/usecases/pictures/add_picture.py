"""Adds a picture to a newsletter's library: one that is uploaded, or a copy of one on the web."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.pictures import KeptPicture, shown_alt
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy, fetch_document
from newsletter.net.links import fetch_policy
from newsletter.reading.picture_process import read_picture_apart
from newsletter.reading.pictures import MOST_BYTES, Picture
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import keep_picture
from newsletter.store.events import record_event
from newsletter.store.models import LibraryPicture
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import forget_deleted_picture, kept, picture_by_name
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

REQUEST_S = 10.0
LONGEST_FILE_NAME = 300


@dataclass(frozen=True, slots=True)
class NewPicture:
    """`file_name` as the browser says it, or the address that it is from."""

    data: bytes
    file_name: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class _Files:
    name: str
    webps: dict[str, str]
    size_bytes: int


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
    patient = replace(fetch_policy(context.settings), most_bytes=MOST_BYTES, request_s=REQUEST_S)
    found = fetch_document(url.strip(), policy or patient)
    return _add(context, slug, NewPicture(found.data, url.strip(), alt), principal)


def _add(context: Context, slug: str, upload: NewPicture, principal: Principal) -> KeptPicture:
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
    picture = read_picture_apart(upload.data)
    files = _keep(context, picture)
    row = LibraryPicture(
        newsletter_id=newsletter_id,
        name=files.name,
        webps=files.webps,
        width=picture.width,
        height=picture.height,
        size_bytes=files.size_bytes,
        alt=shown_alt(upload.alt),
        file_name=_shown_name(upload.file_name),
        added_at=context.now(),
        added_by=principal.name,
    )
    try:
        return _record(context, row, principal)
    except IntegrityError:  # Another request has just added the same picture.
        with context.database.read() as session:
            found = picture_by_name(session, newsletter_id, files.name)
            if found is None:
                raise
            return kept(found)


def _keep(context: Context, picture: Picture) -> _Files:
    """On the disk or in the bucket, before any row names it."""
    store = media_store(context.settings)
    try:
        name = keep_picture(store, picture.data, picture.extension)
        webps = {
            str(width): keep_picture(store, data, "webp") for width, data in picture.webps.items()
        }
    except OSError as error:
        raise InvalidInput(
            f"The picture couldn't be stored: {error.strerror or error}.",
            advice="Try again later, or ask the person who runs this server.",
        ) from error
    return _Files(name, webps, len(picture.data) + sum(map(len, picture.webps.values())))


def _record(context: Context, row: LibraryPicture, principal: Principal) -> KeptPicture:
    with context.database.write() as session:
        found = picture_by_name(session, row.newsletter_id, row.name)
        if found is not None:
            found.alt = found.alt or row.alt
            return kept(found)
        forget_deleted_picture(session, row.newsletter_id, row.name)
        session.add(row)
        session.flush()
        _record_event(session, row, principal)
        return kept(row)


def _record_event(session: Session, row: LibraryPicture, principal: Principal) -> None:
    record_event(
        session,
        at=row.added_at,
        who=principal,
        action=Action.PICTURE_ADDED,
        subject_id=row.id,
        facts={"newsletter_id": row.newsletter_id, "file_name": row.file_name},
    )


def _shown_name(name: str) -> str:
    """An address as a whole, a file without its folders; without what can't be printed."""
    if not name.startswith(("https://", "http://")):
        name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in name if one.isprintable())[:LONGEST_FILE_NAME]
