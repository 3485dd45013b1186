"""The history of an issue: its versions, what each changed, what was removed; and back to one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.domain.actions import Action
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.differences import Difference, differences, summary_of
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_things import Thing, things_of, with_thing
from newsletter.domain.issues.versions import KEPT_REMOVED, Removed, Version, removed_things
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import is_number_taken, put_content
from newsletter.store.issues.versions import version_of, versions_of
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import mark_changed, require_writable
from newsletter.usecases.permissions import require_for_issue

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShownVersion:
    version: Version
    summary: str


@dataclass(frozen=True, slots=True)
class IssueVersions:
    """The newest first. `removed` can be brought back until its time."""

    versions: tuple[ShownVersion, ...]
    removed: tuple[Removed, ...]


def show_versions(context: Context, issue_id: int, principal: Principal) -> IssueVersions:
    require_for_issue(context, principal, "show_versions", issue_id)
    with context.database.read() as session:
        current = content_of(issue_with_content(session, issue_id))
        found = versions_of(session, issue_id)
    removed = removed_things(found, current, context.now() - KEPT_REMOVED)
    shown = found[: MOST_SHOWN + 1]
    pairs = zip(shown, [*shown[1:], None], strict=False)  # no version, no pair
    versions = [ShownVersion(one, _summary(one, before)) for one, before in pairs][:MOST_SHOWN]
    return IssueVersions(tuple(versions), tuple(removed))


def show_version(
    context: Context, issue_id: int, version_id: int, principal: Principal
) -> tuple[Version, list[Difference]]:
    """What it changed. Raises NotFound."""
    require_for_issue(context, principal, "show_version", issue_id)
    with context.database.read() as session:
        try:
            version, before = version_of(session, issue_id, version_id)
        except LookupError as error:
            raise NotFound("This version is gone.") from error
    return version, differences(before.content if before else _NOTHING, version.content)


def restore_version(
    context: Context,
    issue_id: int,
    version_id: int,
    principal: Principal,
    thing: Thing | None = None,
) -> None:
    """All of the issue, or one thing of it. What it is now stays in its history."""
    require_for_issue(context, principal, "restore_version", issue_id)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        try:
            version, _ = version_of(session, issue_id, version_id)
        except LookupError as error:
            raise NotFound("This version is gone.") from error
        before = content_of(issue)
        content = version.content if thing is None else _with_old(before, version, thing)
        if content.number is not None and is_number_taken(session, issue, content.number):
            content = replace(content, number=before.number)
        put_content(issue, content, keeps_ids=True)
        action = Action.ISSUE_VERSION_RESTORED
        of = version.saved_at.isoformat(timespec="minutes")
        zone = issue.newsletter.time_zone
        mark_changed(context, session, issue, principal, action, before, of=of, zone=zone)


_NOTHING = IssueContent("", "", "", "", None, ())


def _with_old(now: IssueContent, version: Version, thing: Thing) -> IssueContent:
    old = things_of(version.content).get(thing)
    if old is None or thing not in things_of(now):
        raise NotFound(f"This {thing.kind} is not in both versions.")
    return with_thing(now, thing, old)


def _summary(version: Version, before: Version | None) -> str:
    if before is None:
        return "As it was before"
    return summary_of(differences(before.content, version.content))
