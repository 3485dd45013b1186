"""Changes what a picture of the library is said to show, or deletes it with its files."""

from __future__ import annotations

from contextlib import suppress

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.pictures import LONGEST_ALT, KeptPicture, media_names, shown_alt
from newsletter.domain.staff.principals import Principal
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import delete_kept_picture
from newsletter.store.events import record_event
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import (
    kept,
    picture_by_id,
    pictures_of_names,
    texts_with_pictures,
    themes_with_pictures,
)
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.pictures.list_pictures import picture_in_use


def describe_picture(
    context: Context, slug: str, picture_id: int, alt: str, principal: Principal
) -> KeptPicture:
    """For those who insert it from now on. Raises NotFound and InvalidInput."""
    require_for_newsletter(context, principal, "describe_picture", slug)
    if len(alt) > LONGEST_ALT:
        raise InvalidInput(f"Use at most {LONGEST_ALT} characters.", field="alt")
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = picture_by_id(session, newsletter.id, picture_id)
        if row is None:
            raise _gone()
        row.alt = shown_alt(alt)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.PICTURE_DESCRIBED,
            subject_id=row.id,
            facts={"newsletter_id": newsletter.id, "alt": row.alt},
        )
        return kept(row)


def delete_picture(
    context: Context,
    slug: str,
    picture_id: int,
    principal: Principal,
    *,
    even_if_shown: bool = False,
) -> None:
    """Raises NotFound, and Conflict for one that is shown somewhere."""
    require_for_newsletter(context, principal, "delete_picture", slug)
    found = picture_in_use(context, slug, picture_id)
    if found.uses and not even_if_shown:
        raise Conflict(
            f"The picture is shown in {_counted(len(found.uses))}.",
            advice="Remove it there first, or confirm that readers will see a hole instead.",
        )
    with context.database.write() as session:
        row = picture_by_id(session, found.profile.id, picture_id)
        if row is None:
            raise _gone()
        session.delete(row)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.PICTURE_DELETED,
            subject_id=picture_id,
            facts={"newsletter_id": found.profile.id, "file_name": row.file_name},
        )
    _delete_files(context, found.picture, found.profile.id)


def _delete_files(context: Context, picture: KeptPicture, newsletter_id: int) -> None:
    """Those that no other newsletter has or shows. A file that stays is no harm."""
    with context.database.read() as session:
        texts = [
            text for owner, text in themes_with_pictures(session).items() if owner != newsletter_id
        ]
        texts += [
            one.text for one in texts_with_pictures(session) if one.newsletter_id != newsletter_id
        ]
        is_had = bool(pictures_of_names(session, [picture.name]))
    if is_had or any(picture.name in media_names(text) for text in texts):
        return
    store = media_store(context.settings)
    for name in picture.names:
        with suppress(OSError):
            delete_kept_picture(store, name)


def _counted(uses: int) -> str:
    return "1 place" if uses == 1 else f"{uses} places"


def _gone() -> NotFound:
    return NotFound("This picture is not in the library.", advice="It was deleted.")
