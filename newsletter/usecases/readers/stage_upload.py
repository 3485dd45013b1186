"""An uploaded list of subscribers waits in the database until the editor has seen the check."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from sqlalchemy import update

from newsletter.domain.errors import NotFound
from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.choices import ListChoices, ListQuestion
from newsletter.reading.subscriber_lists.sheets import (
    NO_CHOICES,
    opened_sheet,
)
from newsletter.store import uploads
from newsletter.store.models import Upload
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.uploads import Purpose
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import required_text
from newsletter.usecases.readers.import_subscribers import CONSENT_IS_NEEDED
from newsletter.usecases.readers.take_rows import Source


@dataclass(frozen=True, slots=True)
class StagedUpload:
    """The file is read through `file`, from a temporary copy that goes with it."""

    id: int
    source: Source
    file: BinaryIO


def stage_upload(
    context: Context, slug: str, file: BinaryIO, source: Source, principal: Principal
) -> int:
    """Returns its id. Raises InvalidInput if the file can't be read as a list.

    What only the editor can answer is asked later, about the staged file.
    """
    require_for_newsletter(context, principal, "stage_upload", slug)
    consent = required_text(source.consent, "consent", CONSENT_IS_NEEDED)
    _require_list(file)
    file.seek(0)
    with context.database.write() as session:
        upload = Upload(
            newsletter_id=newsletter_by_slug(session, slug).id,
            purpose=Purpose.SUBSCRIBERS,
            file_name=source.file_name,
            consent=consent,
            actor=principal.name,
            created_at=context.now(),
        )
        return uploads.keep(session, upload, file)


@contextmanager
def open_upload(
    context: Context, slug: str, upload_id: int, principal: Principal
) -> Iterator[StagedUpload]:
    """Raises NotFound, also if it was imported or is too old."""
    require_for_newsletter(context, principal, "open_upload", slug)
    with tempfile.TemporaryFile() as copy:
        with context.database.read() as session:
            newsletter_id = newsletter_by_slug(session, slug).id
            upload = uploads.copy_to(session, newsletter_id, upload_id, Purpose.SUBSCRIBERS, copy)
            if upload is None:
                raise NotFound(
                    "This file is gone. It was imported, or uploaded more than a day ago.",
                    advice="Upload it again. Subscribers are not added twice.",
                )
            choices = ListChoices.from_json(upload.choices)
            source = Source(upload.consent, upload.file_name, choices)
        yield StagedUpload(upload_id, source, cast("BinaryIO", copy))


def choose_for_upload(
    context: Context, slug: str, upload_id: int, choices: ListChoices, principal: Principal
) -> None:
    """How the file is to be read. Raises InvalidInput for choices that do not fit, and NotFound."""
    require_for_newsletter(context, principal, "choose_for_upload", slug)
    with open_upload(context, slug, upload_id, principal) as staged:
        _require_list(staged.file, choices)
    with context.database.write() as session:
        session.execute(
            update(Upload).where(Upload.id == staged.id).values(choices=choices.as_json())
        )


def delete_upload(context: Context, slug: str, upload_id: int, principal: Principal) -> None:
    require_for_newsletter(context, principal, "delete_upload", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        uploads.forget(session, newsletter_id, upload_id, Purpose.SUBSCRIBERS)


def _require_list(file: BinaryIO, choices: ListChoices = NO_CHOICES) -> None:
    """Raises InvalidInput for what no further choice could mend."""
    with suppress(ListQuestion), opened_sheet(file, choices) as sheet:
        if sheet.problem:
            raise sheet.problem
