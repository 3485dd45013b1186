"""Pictures that an issue shows from other sites are copied into the library, and shown from it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from newsletter.config import Settings
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_texts import texts_of
from newsletter.domain.issues.issue_things import ThingGone, things_of
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import newsletter_of_issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.keep_things import save_thing
from newsletter.usecases.issues.write_issue import require_writable
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.pictures.adopt_pictures import adopt_pictures
from newsletter.usecases.pictures.fetch_pictures import PictureFetcher, picture_policy

PATIENCE = timedelta(seconds=20)
"""An editor waits for it. What is left is copied the next time."""


@dataclass(frozen=True, slots=True)
class CopiedPictures:
    """`troubles` say of each that stays where it is why."""

    count: int
    troubles: tuple[str, ...]


def pictures_elsewhere(settings: Settings, content: IssueContent) -> int:
    """How many pictures it shows that are on other sites."""
    return len(PictureFetcher(settings, picture_policy(settings)).elsewhere(content))


def copy_issue_pictures(
    context: Context, issue_id: int, principal: Principal, *, policy: FetchPolicy | None = None
) -> CopiedPictures:
    """Nothing else of its text changes. Raises NotFound and Conflict."""
    require_for_issue(context, principal, "copy_issue_pictures", issue_id)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        require_writable(issue)
        wanted = content_of(issue)
        newsletter_id = newsletter_of_issue(session, issue_id)
    fetcher = PictureFetcher(context.settings, policy or picture_policy(context.settings), PATIENCE)
    for _ in fetcher.fetch([wanted]):
        pass
    _save(context, issue_id, wanted, fetcher.with_ours(wanted), principal)
    for _ in adopt_pictures(context, newsletter_id, fetcher.origins, principal):
        pass
    return CopiedPictures(len(fetcher.origins), tuple(fetcher.troubles.values()))


def _save(
    context: Context, issue_id: int, before: IssueContent, after: IssueContent, who: Principal
) -> None:
    """As an editor's typing is: a text that somebody else has changed meanwhile stays theirs."""
    changed = things_of(after)
    for thing, was in things_of(before).items():
        base, texts = texts_of(was), texts_of(changed[thing])
        names = [name for name in texts if texts[name] != base[name]]
        if names:
            new = {name: texts[name] for name in names}
            with suppress(ThingGone):
                save_thing(context, issue_id, thing, new, base, who)
