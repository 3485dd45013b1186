"""Who gets an issue: chosen before it is sent, counted as it is chosen, frozen with the edition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.issues.issue import WRITABLE
from newsletter.domain.readers.audiences import (
    FOR_ISSUES,
    Audience,
    Kind,
    Precision,
    Reach,
    audience_of,
    counted_words,
    kept_audience,
)
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.issues.editions import issue_with_content
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.reach import reach_of

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownAudience:
    audience: Audience
    reach: Reach

    @property
    def words(self) -> str:
        return counted_words(self.audience, self.reach)

    def to_json(self) -> dict[str, Any]:
        return {
            "audience": self.audience.pairs,
            "subscribers": self.reach.count,
            "is_exact": self.reach.precision is Precision.EXACT,
            "sentence": self.words,
        }


def choose_audience(
    context: Context, issue_id: int, pairs: Pairs, principal: Principal
) -> ShownAudience:
    """Raises InvalidInput, whose field is the kind of a condition, and Conflict once it is sent."""
    require_for_issue(context, principal, "choose_audience", issue_id)
    audience = audience_of(pairs, FOR_ISSUES)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in WRITABLE:
            raise Conflict(
                f"This issue is {issue.state}, so its audience can't be changed.",
                advice="Check its page for the progress.",
            )
        _require_sections(issue.newsletter, audience)
        if kept_audience(issue.audience) != audience:
            issue.audience = audience.pairs
            record_event(
                session,
                at=context.now(),
                who=principal,
                action=Action.ISSUE_AUDIENCE_CHOSEN,
                subject_id=issue_id,
                facts={"audience": audience.pairs},
            )
    return _shown(context, issue_id)


def show_audience(
    context: Context, issue_id: int, principal: Principal, *, exact: bool = False
) -> ShownAudience:
    """Of a long list it is estimated, unless it must be `exact`."""
    require_for_issue(context, principal, "show_audience", issue_id)
    return _shown(context, issue_id, exact=exact)


def count_audience(
    context: Context, issue_id: int, pairs: Pairs, principal: Principal
) -> ShownAudience:
    """Of an audience that is being chosen. Raises InvalidInput."""
    require_for_issue(context, principal, "count_audience", issue_id)
    audience = audience_of(pairs, FOR_ISSUES)
    with context.database.read() as session:
        newsletter = issue_with_content(session, issue_id).newsletter
        _require_sections(newsletter, audience)
        return ShownAudience(audience, reach_of(context, session, newsletter, audience))


def _require_sections(newsletter: Newsletter, audience: Audience) -> None:
    """Everyone is interested in a section that nobody could mute, such as a misspelt one."""
    offered = {one.casefold() for one in newsletter.reader_sections.splitlines()}
    for section in audience.values(Kind.INTEREST):
        if section.casefold() not in offered:
            raise InvalidInput(
                f"Subscribers can't choose a section “{section}”.",
                advice="Add it on the newsletter's settings page.",
                field=Kind.INTEREST,
            )


def _shown(context: Context, issue_id: int, *, exact: bool = False) -> ShownAudience:
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        audience = kept_audience(issue.audience)
        reach = reach_of(context, session, issue.newsletter, audience, exact=exact)
        return ShownAudience(audience, reach)
