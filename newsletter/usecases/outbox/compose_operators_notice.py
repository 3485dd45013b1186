"""The mails to those who run the server or own a newsletter: faults, and mail that waits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from newsletter.domain.sentences import as_sentence
from newsletter.rendering.edition.notices import Waiting, doctor_notice, unread_notice
from newsletter.store.examinations import last_examination
from newsletter.store.models import OutboxMessage
from newsletter.store.newsletters import all_newsletters
from newsletter.store.staff import user_by_id
from newsletter.urls import came_back_url, doctor_url
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_sender import find_sender
from newsletter.usecases.operations.last_examinations import INSTALLATION, diagnoses_in
from newsletter.usecases.outbox.compose_notice import Recipient, notice_mail, templates_of
from newsletter.usecases.outbox.mail import Mail

_NOBODYS = "Not known for which newsletter"


def compose_doctor(context: Context, row: OutboxMessage) -> Mail:
    """Raises NotFound once the editor is gone, Misconfigured where no newsletter has a sender."""
    with context.database.read() as session:
        to = _to(session, row)
        faults = [_fault(session, *key) for key in row.payload["new"]]
        mended = [f"{check}, {about}{_of(slug)}." for slug, check, about in row.payload["mended"]]
    notice = doctor_notice(
        doctor_url(context.settings.public_url),
        faults,
        mended,
        site_name=to.profile.name,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice)


def compose_unread(context: Context, row: OutboxMessage) -> Mail:
    """Raises as `compose_doctor` does."""
    with context.database.read() as session:
        to = _to(session, row)
        waiting = list(_waiting(context, session, row.payload["counts"]))
    notice = unread_notice(
        waiting[0].url, waiting, site_name=to.profile.name, templates=templates_of(context)
    )
    return notice_mail(context, row, to, notice)


def _to(session: Session, row: OutboxMessage) -> Recipient:
    return Recipient(user_by_id(session, row.user_id or 0).address, find_sender(session))


def _fault(session: Session, slug: str, check: str, about: str) -> str:
    """With what mends it, if it is still there."""
    examination = last_examination(session, slug)
    found = diagnoses_in(examination) if examination else ()
    said = next((one for one in found if (one.check, one.about) == (check, about)), None)
    words = f"{check}, {about}{_of(slug)}."
    if said is None:
        return words
    mend = f" To fix it: {said.mend}" if said.mend else ""
    return f"{words} {as_sentence(said.found)}{mend}"


def _of(slug: str) -> str:
    return f" ({slug or INSTALLATION})"


def _waiting(
    context: Context, session: Session, counts: Iterable[tuple[int, int]]
) -> Iterable[Waiting]:
    """What is about no newsletter is on the page of each."""
    newsletters = {one.id: one for one in all_newsletters(session)}
    first = next(iter(newsletters.values()))
    for newsletter_id, count in counts:
        newsletter = newsletters.get(newsletter_id)
        url = came_back_url(context.settings.public_url, (newsletter or first).slug)
        yield Waiting(newsletter.name if newsletter else _NOBODYS, count, url)
