"""Versions of an issue: which saves are one burst of writing, and what was removed since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.issues.issue_texts import Piece, texts_of
from newsletter.domain.issues.issue_things import (
    LAST,
    Kind,
    Thing,
    things_of,
    with_entry,
    with_section,
)

BURST = timedelta(minutes=10)
"""From its first save to its last."""
MUCH = 80
"""Characters: a text that loses this many begins a new version, and they stay in the old."""
KEPT_VERSIONS = timedelta(days=90)
KEPT_REMOVED = timedelta(days=30)
"""How long a removed entry, section or draft can be brought back."""
MOST_VERSIONS = 500
"""Of one issue. The oldest go first."""


@dataclass(frozen=True, slots=True)
class Version:
    """What an issue was after a burst of saves by one person. `number` is the issue's version."""

    id: int
    number: int
    who: str
    who_kind: str
    action: str
    started_at: datetime
    saved_at: datetime
    content: IssueContent


@dataclass(frozen=True, slots=True)
class Removed:
    """`piece` as it was last, in `version`; `until` is when it is gone for good."""

    thing: Thing
    piece: SectionContent | EntryContent
    version: Version
    removed_at: datetime
    removed_by: str

    @property
    def until(self) -> datetime:
        return self.removed_at + KEPT_REMOVED


def is_same_burst(
    started_at: datetime, now: datetime, before: IssueContent, after: IssueContent
) -> bool:
    """Whether the version of `before` may become `after`: the same person, soon, losing nothing."""
    return now - started_at < BURST and not loses_text(before, after)


def loses_text(before: IssueContent, after: IssueContent) -> bool:
    now = things_of(after)
    for thing, piece in things_of(before).items():
        if thing in now:
            if _loses_much(texts_of(piece), texts_of(now[thing])):
                return True
        elif not is_blank(piece):
            return True
    return False


def is_blank(piece: Piece) -> bool:
    return not any(texts_of(piece).values())


def removed_things(
    versions: Iterable[Version], current: IssueContent, since: datetime
) -> list[Removed]:
    """What is not there any more, the last removed first. `versions` has the newest first."""
    gone: dict[Thing, Removed] = {}
    there = set(things_of(current))
    newer: Version | None = None
    for version in versions:
        for thing, piece in things_of(version.content).items():
            if newer and thing not in there and thing not in gone and _can_return(piece):
                at = newer.started_at
                gone[thing] = Removed(thing, piece, version, at, newer.who)  # type: ignore[arg-type]
        newer = version
    return _without_parts([one for one in gone.values() if one.removed_at >= since])


def brought_back(content: IssueContent, removed: Removed) -> IssueContent:
    """Where it was, or as near as what is left allows. Its parts come with it."""
    old = removed.version.content
    there = things_of(content)
    if isinstance(removed.piece, SectionContent):
        entries = tuple(
            e for e in removed.piece.entries if Thing(Kind.ENTRY, e.id or 0) not in there
        )
        after = _one_before(removed.thing.id, [one.id for one in old.sections], there, Kind.SECTION)
        return with_section(content, replace(removed.piece, entries=entries), after)
    home = next(one for one in old.sections if removed.piece in _same(one, removed.thing.id))
    if Thing(Kind.SECTION, home.id or 0) in there:
        after = _one_before(removed.thing.id, [one.id for one in home.entries], there, Kind.ENTRY)
        return with_entry(content, removed.piece, home.id, after)
    return with_entry(content, removed.piece, None, LAST)


def _same(section: SectionContent, entry_id: int) -> list[EntryContent]:
    return [entry for entry in section.entries if entry.id == entry_id]


def _one_before(
    wanted: int, ids: list[int | None], there: dict[Thing, Piece], kind: Kind
) -> int | None:
    """The nearest of those before it that is still there; None to come first."""
    before = ids[: ids.index(wanted)]
    return next((id_ for id_ in reversed(before) if Thing(kind, id_ or 0) in there), None)


def _can_return(piece: Piece) -> bool:
    return not isinstance(piece, IssueContent) and not (
        is_blank(piece) and not getattr(piece, "entries", ())
    )


def _without_parts(removed: list[Removed]) -> list[Removed]:
    """An entry that went with its section comes back with it."""
    parts = {
        entry.id: one.removed_at
        for one in removed
        if isinstance(one.piece, SectionContent)
        for entry in one.piece.entries
    }
    kept = [
        one
        for one in removed
        if one.thing.kind is Kind.SECTION or parts.get(one.thing.id) != one.removed_at
    ]
    return sorted(kept, key=lambda one: one.removed_at, reverse=True)


def _loses_much(before: dict[str, str], after: dict[str, str]) -> bool:
    return any(len(text) - len(after[name]) > MUCH for name, text in before.items())
