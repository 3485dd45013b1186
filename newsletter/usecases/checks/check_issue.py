"""The checks of an issue before it is sent: what an editor should know, and what blocks it.

What its links answered is known from earlier (check_links.py), and so is what a spam filter said,
unless the caller wants the filter asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from newsletter.domain.checks.preflight import InLibrary, Picture
from newsletter.domain.errors import InvalidInput
from newsletter.domain.pictures import media_names
from newsletter.domain.staff.principals import Principal
from newsletter.store.checks.earlier_issues import earlier_runs, known_fields
from newsletter.store.checks.link_checks import known_answers
from newsletter.store.checks.spam_opinions import known_opinion
from newsletter.store.pictures import picture_by_name
from newsletter.usecases.checks.check_written import (
    Checked,
    CheckFacts,
    check_rendered,
    check_written,
    checkable_urls,
)
from newsletter.usecases.checks.score_spam import score_rendered
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import (
    RenderedIssue,
    WrittenIssue,
    read_issue,
)
from newsletter.usecases.operations.last_examinations import known_ailments
from newsletter.usecases.permissions import require_for_issue


class ChecksFailed(InvalidInput):
    """Errors were found, and no editor has overridden them. `findings` holds only the errors."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.findings = checked.errors
        first, *others = self.findings
        more = f" ({len(others)} more)" if others else ""
        super().__init__(
            f"The checks found an error{more}. {first.place.label}: {first.message}",
            advice="Fix it, or give a reason for an override on the checks page.",
            field="checks",
        )


def check_issue(
    context: Context, issue_id: int, principal: Principal, *, scores_spam: bool = False
) -> Checked:
    """With `scores_spam`, asks the spam filter over the network and keeps its opinion.

    Raises NotFound, and Misconfigured when the filter does not answer.
    """
    require_for_issue(context, principal, "check_issue", issue_id)
    if scores_spam:
        require_for_issue(context, principal, "score_spam", issue_id)
    return check_read(context, read_issue(context, issue_id), scores_spam=scores_spam)


def check_read(context: Context, written: WrittenIssue, *, scores_spam: bool = False) -> Checked:
    def facts_of(rendered: RenderedIssue) -> CheckFacts:
        if scores_spam:
            score_rendered(context, rendered)
        return load_facts(context, rendered)

    return check_written(context.settings, written, context.now(), facts_of)


def require_no_errors(context: Context, rendered: RenderedIssue) -> None:
    """Raises ChecksFailed for errors that no editor has overridden.

    Asks nothing: a link or a spam filter counts when its answer is known.
    """
    if rendered.written.override:
        return
    checked = check_rendered(context.settings, rendered, load_facts(context, rendered))
    if checked.errors:
        raise ChecksFailed(checked)


def load_facts(context: Context, rendered: RenderedIssue) -> CheckFacts:
    written, parts, now = rendered.written, rendered.parts, context.now()
    fields = [one.field for one in parts.braces if one.is_known]
    urls = [link.url for link in parts.links]
    with context.database.read() as session:
        answers = known_answers(session, checkable_urls(parts, context.settings))
        return CheckFacts(
            earlier=earlier_runs(session, written.profile.id, written.id, urls),
            fields=known_fields(session, written.profile.id, fields),
            answers={url: answer for url, answer in answers.items() if answer.counts(now)},
            opinion=known_opinion(session, written.id, written.version),
            sender=known_ailments(session, written.profile.slug),
            pictures=_in_library(session, written.profile.id, parts.pictures),
        )


def _in_library(
    session: Session, newsletter_id: int, pictures: Sequence[Picture]
) -> dict[str, InLibrary]:
    """Those of its own library alone."""
    found = {
        one.url: picture_by_name(session, newsletter_id, name)
        for one in pictures
        for name in media_names(one.url)
    }
    return {url: InLibrary(row.alt, row.file_name) for url, row in found.items() if row}
