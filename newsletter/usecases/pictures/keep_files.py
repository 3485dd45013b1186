"""The files of a picture, and the row that puts it into a library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.actions import Action
from newsletter.domain.pictures import shown_alt
from newsletter.domain.staff.principals import Principal
from newsletter.reading.pictures import Picture
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import keep_picture
from newsletter.store.events import record_event
from newsletter.store.models import LibraryPicture
from newsletter.store.pictures import forget_deleted_picture

LONGEST_FILE_NAME = 300


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """`name` is the file that mails show; `webps` those for web pages, by width."""

    name: str
    webps: Mapping[str, str]
    width: int
    height: int
    size_bytes: int


def keep_files(settings: Settings, picture: Picture) -> KeptFiles:
    """On the disk or in the bucket, before any row names them. Raises OSError."""
    store = media_store(settings)
    name = keep_picture(store, picture.data, picture.extension)
    webps = {str(width): keep_picture(store, data, "webp") for width, data in picture.webps.items()}
    size_bytes = len(picture.data) + sum(map(len, picture.webps.values()))
    return KeptFiles(name, webps, picture.width, picture.height, size_bytes)


def library_row(  # noqa: PLR0913, PLR0917  what, from where, by whom and when
    newsletter_id: int, files: KeptFiles, alt: str, file_name: str, who: Principal, now: datetime
) -> LibraryPicture:
    """`file_name` as a browser says it, or the address that it is from."""
    return LibraryPicture(
        newsletter_id=newsletter_id,
        name=files.name,
        webps=dict(files.webps),
        width=files.width,
        height=files.height,
        size_bytes=files.size_bytes,
        alt=shown_alt(alt),
        file_name=_shown_name(file_name),
        added_at=now,
        added_by=who.name,
    )


def put_into_library(session: Session, row: LibraryPicture, who: Principal) -> None:
    """The caller knows that the library doesn't have it."""
    forget_deleted_picture(session, row.newsletter_id, row.name)
    session.add(row)
    session.flush()
    record_event(
        session,
        at=row.added_at,
        who=who,
        action=Action.PICTURE_ADDED,
        subject_id=row.id,
        facts={"newsletter_id": row.newsletter_id, "file_name": row.file_name},
    )


def _shown_name(name: str) -> str:
    """An address as a whole, a file without its folders; without what can't be printed."""
    if not name.startswith(("https://", "http://")):
        name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in name if one.isprintable())[:LONGEST_FILE_NAME]
