"""What an issue still needs before it can be sent."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.config import Settings
from newsletter.domain.checks.preflight import said
from newsletter.domain.errors import Misconfigured
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.audiences import Audience, Reach, counted_words, kept_audience
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.rendering.edition.edition import HTML_BUDGET_BYTES
from newsletter.store.issues.editions import issue_with_content
from newsletter.usecases.checks.check_issue import check_read
from newsletter.usecases.checks.check_written import Checked
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import read_issue
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.reach import reach_of


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list of what an issue needs. `page` says where to fix it."""

    text: str
    is_met: bool
    page: str
    """newsletter, issue or operator."""
    is_needed: bool = True
    """Whether it blocks sending. The others are advice."""
    field: str = ""
    """The form field on that page."""


@dataclass(frozen=True, slots=True)
class Readiness:
    checks: tuple[Check, ...]
    audience: Audience
    reach: Reach
    trouble: str
    """Why it can't be rendered although every check is met. "" if it can."""
    checked: Checked
    """The findings on its content, and whether it can be sent."""

    @property
    def readers(self) -> int:
        return self.reach.count

    @property
    def audience_words(self) -> str:
        return counted_words(self.audience, self.reach)

    @property
    def is_complete(self) -> bool:
        return not self.trouble and all(c.is_met or not c.is_needed for c in self.checks)

    @property
    def is_ready(self) -> bool:
        return self.is_complete and self.checked.may_go


def check_readiness(
    context: Context,
    issue_id: int,
    principal: Principal,
    checked: Checked | None = None,
    *,
    exact: bool = False,
) -> Readiness:
    """`checked`, where the issue was checked a moment ago. `exact` counts all of a long list."""
    require_for_issue(context, principal, "check_readiness", issue_id)
    written = read_issue(context, issue_id)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        audience = kept_audience(issue.audience)
        reach = reach_of(context, session, issue.newsletter, audience, exact=exact)
    checks = [
        *newsletter_checks(written.profile, context.settings),
        *_content_checks(written.content),
    ]
    trouble = ""
    if all(check.is_met for check in checks):
        checked = checked or check_read(context, written)
        trouble = next((said(one) for one in checked.findings if one.check == "render"), "")
        if checked.html_bytes:
            checks.append(_size_check(checked.html_bytes))
    return Readiness(tuple(checks), audience, reach, trouble, checked or Checked(()))


def newsletter_checks(profile: NewsletterProfile, settings: Settings) -> list[Check]:
    return [
        Check("Sender’s name", bool(profile.sender_name), "newsletter", field="sender_name"),
        Check(
            "Sender’s address",
            bool(profile.sender_address),
            "newsletter",
            field="sender_address",
        ),
        Check(
            "Postal address, required by law in many countries",
            bool(profile.postal_address.strip()),
            "newsletter",
            field="postal_address",
        ),
        _relay_check(settings),
    ]


def _relay_check(settings: Settings) -> Check:
    try:
        relay_from(settings)
    except Misconfigured as error:
        return Check(f"Mail relay: {error}", False, "operator")
    kind = "SMTP sandbox, which keeps all mail here" if settings.is_sandboxed else "Mail relay"
    return Check(kind, True, "operator")


def _content_checks(content: IssueContent) -> list[Check]:
    return [
        Check("Title", bool(content.title), "issue", field="title"),
        Check("Subject line", bool(content.subject), "issue", field="subject"),
        Check("At least one entry", bool(content.entries), "issue"),
    ]


def _size_check(html_bytes: int) -> Check:
    size, most = html_bytes / 1000, HTML_BUDGET_BYTES / 1000
    return Check(
        f"Size that every email program shows in full: {size:.0f} of {most:.0f} kB",
        html_bytes <= HTML_BUDGET_BYTES,
        "issue",
        is_needed=False,
    )
