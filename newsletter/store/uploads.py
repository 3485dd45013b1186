"""Uploaded files that wait until the editor has seen what would become of them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import IO

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from newsletter.store.models import Upload, UploadPart

KEPT_FOR = timedelta(days=1)
PART_BYTES = 1 << 20


class Purpose(StrEnum):
    """What is imported from it. One for another purpose is not found."""

    SUBSCRIBERS = "subscribers"
    ARCHIVE = "archive"


def keep(session: Session, upload: Upload, file: IO[bytes]) -> int:
    """Its id. What was kept too long goes."""
    _delete(session, select(Upload.id).where(Upload.created_at < upload.created_at - KEPT_FOR))
    upload.file_name = _shown(upload.file_name)
    session.add(upload)
    session.flush()
    upload_id = upload.id
    for position, content in enumerate(iter(partial(file.read, PART_BYTES), b"")):
        session.add(UploadPart(upload_id=upload_id, position=position, content=content))
        session.flush()
        session.expire_all()
    return upload_id


def copy_to(
    session: Session, newsletter_id: int, upload_id: int, purpose: Purpose, copy: IO[bytes]
) -> Upload | None:
    """None if it is gone, or is not of this newsletter and for this purpose."""
    upload = session.scalar(
        select(Upload).where(Upload.id.in_(_one(newsletter_id, upload_id, purpose)))
    )
    if upload is None:
        return None
    parts = select(UploadPart.content).where(UploadPart.upload_id == upload_id)
    for content in session.scalars(
        parts.order_by(UploadPart.position).execution_options(yield_per=1)
    ):
        copy.write(content)
    return upload


def forget(session: Session, newsletter_id: int, upload_id: int, purpose: Purpose) -> None:
    _delete(session, _one(newsletter_id, upload_id, purpose))


def _one(newsletter_id: int, upload_id: int, purpose: Purpose) -> Select[int]:
    return select(Upload.id).where(
        Upload.id == upload_id, Upload.newsletter_id == newsletter_id, Upload.purpose == purpose
    )


def _delete(session: Session, which: Select[int]) -> None:
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(which)))
    session.execute(delete(Upload).where(Upload.id.in_(which)))


def _shown(file_name: str) -> str:
    """The name without folders and control characters, to show and keep as evidence."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable())[:100] or "a file"
