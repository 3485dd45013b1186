"""Pictures that came with issues get their rows in the library: those that a newsletter shows and
the store has, but the library doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.domain.errors import InvalidInput
from newsletter.domain.pictures import media_names
from newsletter.domain.staff.principals import Principal
from newsletter.reading.picture_process import read_picture_apart
from newsletter.rendering.bodies.picture_addresses import picture_words
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import keep_picture, read_kept_picture
from newsletter.store.models import LibraryPicture
from newsletter.store.pictures import all_names, texts_with_pictures
from newsletter.usecases.context import Context
from newsletter.usecases.pictures.keep_files import KeptFiles, library_row, put_into_library

AT_ONCE = 50
"""In one transaction."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`url` is where a picture was fetched from; `files` are known if that was just now."""

    url: str = ""
    files: KeptFiles | None = None


def adopt_pictures(
    context: Context, newsletter_id: int, origins: Mapping[str, Origin], who: Principal
) -> Iterator[tuple[int, int]]:
    """How many of how many are done. Pictures that were deleted from the library stay so, and those
    whose files are not here are not ours. The caller has checked the permission.
    """
    with context.database.read() as session:
        texts = [one.text for one in texts_with_pictures(session, newsletter_id)]
        known = all_names(session, newsletter_id)
    alts = _words_for(texts, known)
    missing = sorted(alts)
    for start in range(0, len(missing), AT_ONCE):
        rows = []
        for at, name in enumerate(missing[start : start + AT_ONCE], start + 1):
            origin = origins.get(name, Origin())
            if files := origin.files or _files_of(context, name):
                now = context.now()
                rows.append(library_row(newsletter_id, files, alts[name], origin.url, who, now))
            yield at, len(missing)
        _write(context, newsletter_id, rows, who)


def _words_for(texts: list[str], known: set[str]) -> dict[str, str]:
    """What is said of each picture that is not known, by its name."""
    alts: dict[str, str] = {}
    for text in texts:
        if known.issuperset(media_names(text)):
            continue
        for url, words in picture_words(text).items():
            for name in set(media_names(url)) - known:
                alts[name] = alts.get(name) or words
    return alts


def _files_of(context: Context, name: str) -> KeptFiles | None:
    """Of a picture that was kept before. None where it can't be read now."""
    store = media_store(context.settings)
    try:
        data = read_kept_picture(store, name)
        if data is None:
            return None
        picture = read_picture_apart(data)
        webps = {
            str(width): keep_picture(store, webp, "webp") for width, webp in picture.webps.items()
        }
    except (OSError, InvalidInput):
        return None
    size_bytes = len(data) + sum(map(len, picture.webps.values()))
    return KeptFiles(name, webps, picture.width, picture.height, size_bytes)


def _write(
    context: Context, newsletter_id: int, rows: list[LibraryPicture], who: Principal
) -> None:
    with context.database.write() as session:
        taken = all_names(session, newsletter_id)
        for row in rows:
            if row.name not in taken:
                put_into_library(session, row, who)
