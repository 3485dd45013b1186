"""Changes what a picture of the library is said to show, deletes it, or brings it back."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.domain.pictures import LONGEST_ALT, KeptPicture, shown_alt
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import kept, picture_by_id, picture_or_deleted
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.pictures.deleted_files import put_files_back, take_files_away
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
    """It can be brought back for a while. Raises NotFound, and Conflict for one that is shown
    somewhere.
    """
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
        row.deleted_at, row.deleted_by = context.now(), principal.name
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.PICTURE_DELETED,
            subject_id=picture_id,
            facts={"newsletter_id": found.profile.id, "file_name": row.file_name},
        )
    take_files_away(context, found.picture, found.profile.id)


def restore_picture(context: Context, slug: str, picture_id: int, principal: Principal) -> None:
    """As it was. Raises NotFound for one that is gone for good, and InvalidInput where the store
    can't be reached.
    """
    require_for_newsletter(context, principal, "restore_picture", slug)
    picture = _deleted_or_back(context, slug, picture_id)
    if not put_files_back(context, picture):
        raise NotFound(
            "The file of this picture is missing.",
            advice="If the folder of pictures comes back from a backup, so can the picture.",
        )
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = picture_or_deleted(session, newsletter.id, picture_id, context.now() - KEPT_REMOVED)
        if row is None:
            raise NotFound("This picture is gone for good.")
        if row.deleted_at is None:
            return
        row.deleted_at, row.deleted_by = None, ""
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_BROUGHT_BACK,
            subject_id=newsletter.id,
            facts={"name": row.file_name},
        )


def _deleted_or_back(context: Context, slug: str, picture_id: int) -> KeptPicture:
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = picture_or_deleted(session, newsletter.id, picture_id, context.now() - KEPT_REMOVED)
        if row is None:
            raise NotFound("This picture is gone for good.")
        return kept(row)


def _counted(uses: int) -> str:
    return "1 place" if uses == 1 else f"{uses} places"


def _gone() -> NotFound:
    return NotFound("This picture is not in the library.", advice="It was deleted.")
