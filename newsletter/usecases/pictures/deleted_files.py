"""The files of deleted pictures: nobody is served them, and for a while they can come back.

Files that another newsletter has or shows stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.orm import Session

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.domain.pictures import KeptPicture, media_names
from newsletter.spool.media_stores import MediaStore, media_store
from newsletter.spool.pictures import (
    delete_kept_picture,
    delete_set_aside,
    put_back,
    set_aside,
)
from newsletter.store.pictures import (
    forget_deleted_picture,
    has_another_library,
    pictures_deleted_before,
    pictures_of_names,
    texts_with_pictures,
    themes_with_pictures,
)
from newsletter.usecases.context import Context


def take_files_away(context: Context, picture: KeptPicture, newsletter_id: int) -> None:
    """A file that stays is no harm: it goes when the picture is forgotten."""
    with context.database.read() as session:
        is_had = bool(pictures_of_names(session, [picture.name]))
        is_used = is_had or _is_shown_elsewhere(session, picture.name, newsletter_id)
    if not is_used:
        with suppress(OSError):
            _for_each(context, picture, set_aside)


def put_files_back(context: Context, picture: KeptPicture) -> bool:
    """Whether all are there. Raises InvalidInput where the store can't be reached."""
    store = media_store(context.settings)
    try:
        return all(put_back(store, name) for name in sorted(picture.names))
    except OSError as error:
        raise InvalidInput(
            f"The picture couldn't be brought back: {error.strerror or error}.",
            advice="Nothing is lost. Try again later, or ask the person who runs this server.",
        ) from error


def forget_pictures(context: Context) -> None:
    """Those that can't come back any longer. For the ticker, now and then.

    The files go first: what is stopped in between is done the next time.
    """
    with context.database.read() as session:
        found = pictures_deleted_before(session, context.now() - KEPT_REMOVED)
    for newsletter_id, picture in found:
        try:
            _delete_files(context, picture, newsletter_id)
        except OSError:
            return
        with context.database.write() as session:
            forget_deleted_picture(session, newsletter_id, picture.name)


def _delete_files(context: Context, picture: KeptPicture, newsletter_id: int) -> None:
    with context.database.read() as session:
        if has_another_library(session, newsletter_id, picture.name):
            return
        is_shown = _is_shown_elsewhere(session, picture.name, newsletter_id)
    _for_each(context, picture, delete_set_aside if is_shown else delete_kept_picture)


def _for_each(
    context: Context, picture: KeptPicture, act: Callable[[MediaStore, str], None]
) -> None:
    store = media_store(context.settings)
    for name in picture.names:
        act(store, name)


def _is_shown_elsewhere(session: Session, name: str, newsletter_id: int) -> bool:
    """By a newsletter that doesn't have it in its library."""
    themes = themes_with_pictures(session).items()
    texts = [text for owner, text in themes if owner != newsletter_id]
    texts += [
        one.text for one in texts_with_pictures(session) if one.newsletter_id != newsletter_id
    ]
    return any(name in media_names(text) for text in texts)
