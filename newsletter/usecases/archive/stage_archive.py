"""An uploaded archive waits in the database until the editor has seen what would be imported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from newsletter.domain.errors import NotFound
from newsletter.domain.staff.principals import Principal
from newsletter.reading.archives.opening import opened_file
from newsletter.store import uploads
from newsletter.store.models import Upload
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.uploads import Purpose
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


@dataclass(frozen=True, slots=True)
class StagedArchive:
    """`file` is a temporary copy that goes with it."""

    id: int
    file_name: str
    file: BinaryIO


def stage_archive(
    context: Context, slug: str, file: BinaryIO, name: str, principal: Principal
) -> int:
    """Its id. Raises InvalidInput for what can't be opened at all."""
    require_for_newsletter(context, principal, "stage_archive", slug)
    with opened_file(file, name):
        file.seek(0)
    with context.database.write() as session:
        upload = Upload(
            newsletter_id=newsletter_by_slug(session, slug).id,
            purpose=Purpose.ARCHIVE,
            file_name=name,
            consent="",
            actor=principal.name,
            created_at=context.now(),
        )
        file.seek(0)
        return uploads.keep(session, upload, file)


@contextmanager
def open_staged_archive(
    context: Context, slug: str, upload_id: int, principal: Principal
) -> Iterator[StagedArchive]:
    """Raises NotFound, also if it was imported or is too old."""
    require_for_newsletter(context, principal, "open_staged_archive", slug)
    with tempfile.TemporaryFile() as copy:
        with context.database.read() as session:
            newsletter_id = newsletter_by_slug(session, slug).id
            upload = uploads.copy_to(session, newsletter_id, upload_id, Purpose.ARCHIVE, copy)
            if upload is None:
                raise NotFound(
                    "This file is gone. It was imported, or uploaded more than a day ago.",
                    advice="Upload it again. No issue is imported twice.",
                )
            name = upload.file_name
        yield StagedArchive(upload_id, name, cast("BinaryIO", copy))


def delete_staged_archive(
    context: Context, slug: str, upload_id: int, principal: Principal
) -> None:
    require_for_newsletter(context, principal, "delete_staged_archive", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        uploads.forget(session, newsletter_id, upload_id, Purpose.ARCHIVE)
