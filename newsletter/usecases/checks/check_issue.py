"""The checks of an issue, before it goes: what an editor should know, and what keeps it here.

No network is used: what links answered and what a spam filter said is known from earlier
(link_checks.py, ask_spam_filter.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import InvalidInput, Misconfigured, NewsletterError
from newsletter.domain.inbox_lines import inbox_findings
from newsletter.domain.issues import IssueContent, IssueState
from newsletter.domain.link_answers import LinkAnswer, answer_findings
from newsletter.domain.link_rules import (
    EarlierRun,
    braces_findings,
    entry_findings,
    heading_findings,
    html_findings,
    link_findings,
    picture_findings,
)
from newsletter.domain.newsletters import NewsletterProfile, require_sendable
from newsletter.domain.preflight import (
    THE_MAIL,
    ChecksFailed,
    Finding,
    Override,
    Parts,
    Place,
    error,
    errors_of,
    in_order,
)
from newsletter.domain.principals import Principal
from newsletter.domain.scripts import language_findings
from newsletter.domain.sender_rules import one_click_findings, sender_findings
from newsletter.domain.spam_opinions import Opinion, opinion_findings
from newsletter.domain.web_addresses import is_web_address
from newsletter.mail.dkim.signers import signers_from
from newsletter.rendering.checks.content import as_for_nobody, entries_without_link, parts_of
from newsletter.rendering.checks.contrast import contrast_findings
from newsletter.rendering.checks.css import css_findings
from newsletter.rendering.checks.html import ReaderCopy, mail_findings
from newsletter.rendering.checks.size import Share, shares_of, size_findings
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.store.checks.earlier_issues import earlier_runs, known_fields
from newsletter.store.checks.link_checks import known_answers
from newsletter.store.checks.spam_opinions import known_opinion
from newsletter.store.events import record_event
from newsletter.store.issues.editions import content_of, edition_of, issue_with_content
from newsletter.store.models import Issue
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_reader, render_content

_BEFORE_SENDING = frozenset({IssueState.DRAFT, IssueState.SCHEDULED, IssueState.PAUSED})


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known beside the issue itself; nothing, for a file that no database knows."""

    earlier: Mapping[str, EarlierRun] = field(default_factory=dict)
    fields: Mapping[str, bool] = field(default_factory=dict)
    answers: Mapping[str, LinkAnswer] = field(default_factory=dict)
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """`html_bytes` is 0 for what can't be rendered; `unasked` counts links without an answer."""

    findings: tuple[Finding, ...]
    html_bytes: int = 0
    shares: tuple[Share, ...] = ()
    unasked: int = 0
    override: Override | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return errors_of(self.findings)

    @property
    def may_go(self) -> bool:
        return not self.errors or self.override is not None


def check_issue(context: Context, issue_id: int) -> Checked:
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        content, profile = content_of(issue), profile_of(issue.newsletter)
    memory = remember(context, content, profile, issue)
    override = override_of(issue)
    return check_content(context.settings, content, profile, context.now(), memory, override)


def require_checked(context: Context, issue_id: int) -> None:
    """Before a time is fixed. Raises ChecksFailed, or InvalidInput for what can't be sent at all;
    whether the issue is in a state to be sent is asked elsewhere.
    """
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        content, profile = content_of(issue), profile_of(issue.newsletter)
    if issue.state in _BEFORE_SENDING:
        require_sendable(profile)
        rendered = render_content(context.settings, content, profile, context.now())
        require_answered(context, issue, rendered)


def require_answered(context: Context, issue: Issue, rendered: RenderedEdition) -> None:
    """Of the very edition that is about to be frozen. `issue` with its newsletter and content.

    Raises ChecksFailed for errors that no editor answers for. Of links and of a spam filter only
    what is known counts.
    """
    if override_of(issue):
        return
    content = content_of(issue)
    profile = profile_of(issue.newsletter)
    memory = remember(context, content, profile, issue)
    errors = errors_of(_findings(context.settings, content, profile, rendered, memory))
    if errors:
        raise ChecksFailed(errors)


def override_errors(context: Context, issue_id: int, reason: str, principal: Principal) -> None:
    """`principal` answers for the errors of the issue as it stands; a change of it ends that."""
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise InvalidInput(
            "Say why it may go out although a check found an error.",
            advice="The reason is kept with the issue.",
            field="reason",
        )
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in _BEFORE_SENDING or edition_of(session, issue_id):
            raise InvalidInput("This issue has gone out already.", field="reason")
        issue.override_by, issue.override_at = principal.name, now
        issue.override_reason = reason[:2000]
        record_event(
            session,
            at=now,
            actor=principal.name,
            verb="answered for the errors of",
            subject_kind="issue",
            subject_id=issue_id,
            detail={"reason": reason[:2000]},
        )


def withdraw_override(context: Context, issue_id: int, principal: Principal) -> None:
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        issue.override_by, issue.override_reason, issue.override_at = "", "", None
        record_event(
            session,
            at=now,
            actor=principal.name,
            verb="no longer answers for the errors of",
            subject_kind="issue",
            subject_id=issue_id,
        )


def override_of(issue: Issue) -> Override | None:
    """None when the issue was changed since."""
    if issue.override_at is None or issue.override_at < issue.updated_at:
        return None
    return Override(issue.override_by, issue.override_reason, issue.override_at.isoformat())


def remember(
    context: Context,
    content: IssueContent,
    profile: NewsletterProfile,
    issue: Issue | None = None,
) -> Memory:
    """Without `issue`, of what is no issue yet."""
    parts = _parts(content, profile)
    if parts is None:
        return Memory()
    urls = asked_urls(parts, context.settings)
    now = context.now()
    with context.database.read() as session:
        answers = known_answers(session, urls)
        return Memory(
            earlier=earlier_runs(
                session, profile.id, issue.id if issue else 0, [link.url for link in parts.links]
            ),
            fields=known_fields(
                session, profile.id, [one.field for one in parts.braces if one.is_known]
            ),
            answers={url: answer for url, answer in answers.items() if answer.counts(now)},
            opinion=known_opinion(session, issue.id, issue.version) if issue else None,
        )


def check_content(  # noqa: PLR0913, PLR0917  what is checked, and what is known beside it
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    moment: datetime,
    memory: Memory,
    override: Override | None = None,
) -> Checked:
    try:
        rendered = render_content(settings, content, profile, moment)
    except NewsletterError as trouble:
        return Checked((_unrenderable(trouble),), override=None)
    html = example_copy(settings, rendered).html
    parts = _parts(content, profile)
    urls = asked_urls(parts, settings) if parts else []
    return Checked(
        findings=in_order(_findings(settings, content, profile, rendered, memory)),
        html_bytes=rendered.html_bytes,
        shares=tuple(shares_of(rendered, html, content)),
        unasked=sum(url not in memory.answers for url in urls),
        override=override,
    )


def asked_urls(parts: Parts, settings: Settings) -> list[str]:
    """The web addresses of its links and pictures, each once, but for those of our own pages."""
    own = f"{settings.public_url}/"
    urls = [link.url for link in parts.links] + [picture.url for picture in parts.pictures]
    web = (url for url in urls if is_web_address(url))
    return list(dict.fromkeys(url for url in web if not url.startswith(own) or own == "/"))


def example_copy(settings: Settings, rendered: RenderedEdition) -> ReaderCopy:
    reader = example_reader(settings)
    html, text = preview(rendered, reader)
    return ReaderCopy(html, text, reader.unsubscribe_url, reader.preferences_url)


def _findings(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    rendered: RenderedEdition,
    memory: Memory,
) -> Iterator[Finding]:
    copy = example_copy(settings, rendered)
    parts = parts_of(content, profile)
    yield from sender_findings(
        profile,
        is_signed=_is_signed(settings),
        dkim_domain=settings.dkim_domain,
        is_sandboxed=not settings.smtp_url,
    )
    yield from one_click_findings(settings.public_url, is_sandboxed=not settings.smtp_url)
    yield from inbox_findings(
        as_for_nobody(content.subject), as_for_nobody(content.preheader), content.title
    )
    yield from language_findings(content, profile.language)
    yield from size_findings(rendered, copy.html, content)
    yield from mail_findings(copy, profile)
    yield from contrast_findings(copy.html)
    yield from css_findings(copy.html)
    yield from braces_findings(parts.braces, memory.fields)
    yield from heading_findings(parts.headings)
    yield from html_findings(parts.html)
    yield from entry_findings(entries_without_link(content), len(content.entries))
    yield from link_findings(parts.links, memory.earlier)
    yield from picture_findings(parts.pictures)
    yield from answer_findings(parts.links, parts.pictures, memory.answers)
    yield from opinion_findings(memory.opinion)


def _is_signed(settings: Settings) -> bool:
    """A key that can't be used is told when a process starts."""
    try:
        return bool(signers_from(settings))
    except Misconfigured:
        return False


def _parts(content: IssueContent, profile: NewsletterProfile) -> Parts | None:
    try:
        return parts_of(content, profile)
    except InvalidInput:
        return None


def _unrenderable(trouble: NewsletterError) -> Finding:
    named = getattr(trouble, "field", "")
    place = Place(named.replace("_", " ").capitalize(), named) if named else THE_MAIL
    return error("render", place, trouble.message, trouble.advice)
