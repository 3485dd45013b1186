"""The libraries of pictures, and the texts that show one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.pictures import MEDIA_PATH, KeptPicture
from newsletter.store.models import Entry, Issue, LibraryPicture, Newsletter, Section


@dataclass(frozen=True, slots=True)
class ShowingText:
    """A text in which pictures of ours may be, and the issue that it is of."""

    text: str
    newsletter_id: int
    issue_id: int
    title: str
    state: IssueState


def kept(row: LibraryPicture) -> KeptPicture:
    return KeptPicture(
        id=row.id,
        name=row.name,
        webps={int(width): name for width, name in row.webps.items()},
        width=row.width,
        height=row.height,
        size_bytes=row.size_bytes,
        alt=row.alt,
        file_name=row.file_name,
        added_at=row.added_at,
        added_by=row.added_by,
    )


def picture_by_name(session: Session, newsletter_id: int, name: str) -> LibraryPicture | None:
    return session.scalar(_in_library(newsletter_id).where(LibraryPicture.name == name))


def picture_by_id(session: Session, newsletter_id: int, picture_id: int) -> LibraryPicture | None:
    return session.scalar(_in_library(newsletter_id).where(LibraryPicture.id == picture_id))


def pictures_before(
    session: Session, newsletter_id: int, words: str, before: int | None, limit: int
) -> list[KeptPicture]:
    """The newest first, with `words` in what it shows or in its file's name."""
    query = _in_library(newsletter_id)
    for word in words.split():
        found_in = (LibraryPicture.alt, LibraryPicture.file_name)
        query = query.where(or_(*(text.icontains(word, autoescape=True) for text in found_in)))
    if before is not None:
        query = query.where(LibraryPicture.id < before)
    rows = session.scalars(query.order_by(LibraryPicture.id.desc()).limit(limit))
    return [kept(row) for row in rows]


def library_size(session: Session, newsletter_id: int) -> tuple[int, int]:
    """How many pictures, and how many bytes."""
    count, size = session.execute(
        select(func.count(), func.coalesce(func.sum(LibraryPicture.size_bytes), 0)).where(
            LibraryPicture.newsletter_id == newsletter_id, LibraryPicture.deleted_at.is_(None)
        )
    ).one()
    return count, int(size)


def picture_names(session: Session) -> set[str]:
    """The files that mails show, of all libraries."""
    found = select(LibraryPicture.name).where(LibraryPicture.deleted_at.is_(None))
    return set(session.scalars(found))


def all_names(session: Session, newsletter_id: int) -> set[str]:
    """Of one library, with those that were deleted and can come back."""
    found = select(LibraryPicture.name).where(LibraryPicture.newsletter_id == newsletter_id)
    return set(session.scalars(found))


def pictures_of_names(session: Session, names: Collection[str]) -> dict[str, KeptPicture]:
    """In whichever library; by name."""
    rows = session.scalars(
        select(LibraryPicture).where(
            LibraryPicture.name.in_(names), LibraryPicture.deleted_at.is_(None)
        )
    )
    return {row.name: kept(row) for row in rows}


def deleted_pictures(session: Session, newsletter_id: int, since: datetime) -> list[LibraryPicture]:
    wanted = select(LibraryPicture).where(
        LibraryPicture.newsletter_id == newsletter_id, LibraryPicture.deleted_at >= since
    )
    return list(session.scalars(wanted))


def picture_or_deleted(
    session: Session, newsletter_id: int, picture_id: int, since: datetime
) -> LibraryPicture | None:
    """One that is back already is found, too: Undo may be pressed twice."""
    row = session.get(LibraryPicture, picture_id)
    if row is None or row.newsletter_id != newsletter_id:
        return None
    return row if row.deleted_at is None or row.deleted_at >= since else None


def pictures_deleted_before(session: Session, before: datetime) -> list[tuple[int, KeptPicture]]:
    """Of all newsletters, each with its newsletter's id."""
    rows = session.scalars(select(LibraryPicture).where(LibraryPicture.deleted_at < before))
    return [(row.newsletter_id, kept(row)) for row in rows]


def has_another_library(session: Session, newsletter_id: int, name: str) -> bool:
    """Also one from which it was deleted, and where it can come back."""
    found = select(LibraryPicture.id).where(
        LibraryPicture.name == name, LibraryPicture.newsletter_id != newsletter_id
    )
    return session.scalar(found.limit(1)) is not None


def forget_deleted_picture(session: Session, newsletter_id: int, name: str) -> None:
    """Nothing is done to one that is in the library."""
    session.execute(
        delete(LibraryPicture).where(
            LibraryPicture.newsletter_id == newsletter_id,
            LibraryPicture.name == name,
            LibraryPicture.deleted_at.is_not(None),
        )
    )


def texts_with_pictures(
    session: Session, newsletter_id: int | None = None
) -> Iterator[ShowingText]:
    """Of one newsletter, or of all. A scan: 1,000 issues take some hundredths of a second."""
    for query in _showing():
        wanted = (
            query if newsletter_id is None else query.where(Issue.newsletter_id == newsletter_id)
        )
        for row in session.execute(wanted):
            text, owner, issue_id, title, subject, state = row
            yield ShowingText(text, owner, issue_id, title or subject, IssueState(state))


def themes_with_pictures(session: Session) -> dict[int, str]:
    """What the newsletters' themes say, by the newsletter's id."""
    rows = session.execute(select(Newsletter.id, Newsletter.theme))
    return {row.id: " ".join(map(str, row.theme.values())) for row in rows}


def _in_library(newsletter_id: int) -> Select[LibraryPicture]:
    return select(LibraryPicture).where(
        LibraryPicture.newsletter_id == newsletter_id, LibraryPicture.deleted_at.is_(None)
    )


def _showing() -> Iterator[Select[str, int, int, str, str, str]]:
    issue = (Issue.newsletter_id, Issue.id, Issue.title, Issue.subject, Issue.state)
    sections = Section.issue_id == Issue.id
    entries = Entry.section_id == Section.id
    shows = f"%{MEDIA_PATH}%"
    yield select(Issue.intro, *issue).where(Issue.intro.like(shows))
    yield select(Section.intro, *issue).join(Issue, sections).where(Section.intro.like(shows))
    for text in (Entry.body, Entry.url):
        yield (
            select(text, *issue)
            .join(Section, entries)
            .join(Issue, sections)
            .where(text.like(shows))
        )
