"""What a page where an issue is open asks every few seconds: who else is there, what changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.issues.issue_texts import texts_of
from newsletter.domain.issues.issue_things import ISSUE, Kind, Thing, things_of
from newsletter.domain.staff.principals import Principal
from newsletter.spool.presence import Here, Presence
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import version_and_state
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue


@dataclass(frozen=True, slots=True)
class ChangedThing:
    thing: Thing
    version: int
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Followed:
    """`outline` has the ids of each section and its entries; None when nothing changed."""

    version: int
    state: str
    by: str
    people: tuple[Here, ...]
    things: tuple[ChangedThing, ...] = ()
    outline: tuple[tuple[int, tuple[int, ...]], ...] | None = None


def follow_issue(  # noqa: PLR0913, PLR0917  what, since when, from where, and who
    context: Context,
    issue_id: int,
    since: int,
    principal: Principal,
    presence: Presence,
    here: Here,
) -> Followed:
    """What changed after version `since`. Raises NotFound."""
    require_for_issue(context, principal, "follow_issue", issue_id)
    with context.database.read() as session:
        version, state, by = version_and_state(session, issue_id)
        changed = _changed(session, issue_id, since) if version > since else ((), None)
    people = presence.meet(issue_id, here, context.now().timestamp())
    return Followed(version, state, by, people, *changed)


def _changed(
    session: Session, issue_id: int, since: int
) -> tuple[tuple[ChangedThing, ...], tuple[tuple[int, tuple[int, ...]], ...]]:
    issue = issue_with_content(session, issue_id)
    pieces = things_of(content_of(issue))
    things = tuple(
        ChangedThing(thing, version, texts_of(pieces[thing]))
        for thing, version in _versions(issue).items()
        if version > since
    )
    outline = tuple(
        (section.id, tuple(entry.id for entry in section.entries)) for section in issue.sections
    )
    return things, outline


def _versions(issue: Issue) -> dict[Thing, int]:
    found = {ISSUE: issue.head_version}
    for section in issue.sections:
        found[Thing(Kind.SECTION, section.id)] = section.version
        found |= {Thing(Kind.ENTRY, entry.id): entry.version for entry in section.entries}
    return found
