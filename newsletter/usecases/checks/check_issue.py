"""The checks of an issue, before it goes: what an editor should know, and what keeps it here.

No network is used: what links answered and what a spam filter said is known from earlier
(link_checks.py, ask_spam_filter.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.actions import Action
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
from newsletter.domain.preflight import (
    THE_MAIL,
    Finding,
    Override,
    Parts,
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
from newsletter.rendering.checks.content import (
    as_for_nobody,
    entries_without_link,
    fixed_words_findings,
    place_of,
)
from newsletter.rendering.checks.contrast import contrast_findings
from newsletter.rendering.checks.css import css_findings
from newsletter.rendering.checks.html import ReaderCopy, mail_findings
from newsletter.rendering.checks.size import Share, shares_of, size_findings
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.store.checks.earlier_issues import earlier_runs, known_fields
from newsletter.store.checks.link_checks import known_answers
from newsletter.store.checks.spam_opinions import known_opinion
from newsletter.store.events import record_event
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.urls import is_ours
from newsletter.usecases.checks.score_spam import ask_about
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_reader
from newsletter.usecases.issues.render_issue import (
    RenderedIssue,
    WrittenIssue,
    read_issue,
    render_issue,
)
from newsletter.usecases.permissions import require_for_issue

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
    context: Context, issue_id: int, principal: Principal, *, asks_filter: bool = False
) -> Checked:
    """`asks_filter`: a spam filter, over the network, whose opinion is kept.

    Raises NotFound, and Misconfigured for a filter that does not answer.
    """
    require_for_issue(context, principal, "check_issue", issue_id)
    if asks_filter:
        require_for_issue(context, principal, "ask_spam_filter", issue_id)
    return check_read(context, read_issue(context, issue_id), asks_filter=asks_filter)


def check_read(context: Context, written: WrittenIssue, *, asks_filter: bool = False) -> Checked:
    def memory_of(rendered: RenderedIssue) -> Memory:
        if asks_filter:
            ask_about(context, rendered)
        return remember(context, rendered)

    return check_written(context.settings, written, context.now(), memory_of)


def check_written(
    settings: Settings,
    written: WrittenIssue,
    moment: datetime,
    memory_of: Callable[[RenderedIssue], Memory],
) -> Checked:
    """What can't be rendered is a finding like any other, and the only one."""
    try:
        rendered = render_issue(settings, written, moment)
    except NewsletterError as trouble:
        return Checked((_unrenderable(trouble, written.content),))
    return _check_rendered(settings, rendered, memory_of(rendered))


def require_answered(context: Context, rendered: RenderedIssue) -> None:
    """Raises ChecksFailed for errors that no editor answers for. Of links and of a spam filter only
    what is known counts.
    """
    if rendered.written.override:
        return
    checked = _check_rendered(context.settings, rendered, remember(context, rendered))
    if checked.errors:
        raise ChecksFailed(checked)


def override_errors(context: Context, issue_id: int, reason: str, principal: Principal) -> None:
    """`principal` answers for the errors of the issue as it stands; a change of it ends that."""
    require_for_issue(context, principal, "override_errors", issue_id)
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise InvalidInput(
            "Give a reason for the override.",
            advice="We keep the reason with the issue.",
            field="reason",
        )
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in _BEFORE_SENDING or edition_of(session, issue_id):
            raise InvalidInput("This issue has already been sent.", field="reason")
        issue.override_by, issue.override_at = principal.name, now
        issue.override_reason = reason[:2000]
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_ERRORS_OVERRIDDEN,
            subject_id=issue_id,
            facts={"reason": issue.override_reason},
        )


def withdraw_override(context: Context, issue_id: int, principal: Principal) -> None:
    require_for_issue(context, principal, "withdraw_override", issue_id)
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        issue.override_by, issue.override_reason, issue.override_at = "", "", None
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_OVERRIDE_WITHDRAWN,
            subject_id=issue_id,
        )


def remember(context: Context, rendered: RenderedIssue) -> Memory:
    written, parts, now = rendered.written, rendered.parts, context.now()
    fields = [one.field for one in parts.braces if one.is_known]
    urls = [link.url for link in parts.links]
    with context.database.read() as session:
        answers = known_answers(session, asked_urls(parts, context.settings))
        return Memory(
            earlier=earlier_runs(session, written.profile.id, written.id, urls),
            fields=known_fields(session, written.profile.id, fields),
            answers={url: answer for url, answer in answers.items() if answer.counts(now)},
            opinion=known_opinion(session, written.id, written.version),
        )


def _check_rendered(settings: Settings, rendered: RenderedIssue, memory: Memory) -> Checked:
    copy = _example_copy(settings, rendered.edition)
    urls = asked_urls(rendered.parts, settings)
    return Checked(
        findings=in_order(_findings(settings, rendered, copy, memory)),
        html_bytes=rendered.edition.html_bytes,
        shares=tuple(shares_of(rendered.edition, copy.html, rendered.content)),
        unasked=sum(url not in memory.answers for url in urls),
        override=rendered.written.override,
    )


def asked_urls(parts: Parts, settings: Settings) -> list[str]:
    """The web addresses of its links and pictures, each once, but for those of our own pages."""
    urls = [link.url for link in parts.links] + [picture.url for picture in parts.pictures]
    web = (url for url in urls if is_web_address(url))
    return list(dict.fromkeys(url for url in web if not is_ours(settings.public_url, url)))


def _example_copy(settings: Settings, rendered: RenderedEdition) -> ReaderCopy:
    reader = example_reader(settings)
    html, text = preview(rendered, reader)
    return ReaderCopy(html, text, reader.unsubscribe_url, reader.preferences_url)


def _findings(
    settings: Settings, rendered: RenderedIssue, copy: ReaderCopy, memory: Memory
) -> Iterator[Finding]:
    content, profile, parts = rendered.content, rendered.profile, rendered.parts
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
    yield from size_findings(rendered.edition, copy.html, content)
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
    yield from fixed_words_findings(profile)


def _is_signed(settings: Settings) -> bool:
    """A key that can't be used is told when a process starts."""
    try:
        return bool(signers_from(settings))
    except Misconfigured:
        return False


def _unrenderable(trouble: NewsletterError, content: IssueContent) -> Finding:
    named = getattr(trouble, "field", "")
    place = place_of(content, named) if named else THE_MAIL
    return error("render", place, trouble.message, trouble.advice)
