"""All checks of one issue or digest, over what it was rendered to: no database, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.checks.blanks import blank_findings
from newsletter.domain.checks.inbox_lines import inbox_findings
from newsletter.domain.checks.left_out import left_out_findings
from newsletter.domain.checks.link_answers import LinkAnswer, answer_findings
from newsletter.domain.checks.link_rules import (
    EarlierRun,
    braces_findings,
    entry_findings,
    heading_findings,
    html_findings,
    link_findings,
    picture_findings,
)
from newsletter.domain.checks.preflight import (
    THE_MAIL,
    Finding,
    InLibrary,
    Override,
    Parts,
    error,
    errors_of,
    in_order,
)
from newsletter.domain.checks.scripts import language_findings
from newsletter.domain.checks.sender_rules import (
    Ailments,
    ailment_findings,
    one_click_findings,
    sender_findings,
)
from newsletter.domain.checks.spam_opinions import Opinion, opinion_findings
from newsletter.domain.errors import Misconfigured, NewsletterError
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.web_addresses import is_web_address
from newsletter.mail.dkim.signers import signers_from
from newsletter.rendering.checks.content import (
    entries_without_link,
    fixed_words_findings,
    place_of,
    with_fallbacks,
)
from newsletter.rendering.checks.contrast import contrast_findings
from newsletter.rendering.checks.css import css_findings
from newsletter.rendering.checks.html import ReaderCopy, mail_findings
from newsletter.rendering.checks.size import Share, shares_of, size_findings
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.urls import is_ours
from newsletter.usecases.issues.render_content import example_reader
from newsletter.usecases.issues.render_issue import (
    RenderedIssue,
    WrittenIssue,
    render_issue,
)


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the checks know besides the issue. Empty for a file outside any database."""

    earlier: Mapping[str, EarlierRun] = field(default_factory=dict)
    fields: Mapping[str, bool] = field(default_factory=dict)
    answers: Mapping[str, LinkAnswer] = field(default_factory=dict)
    opinion: Opinion | None = None
    sender: Ailments | None = None
    pictures: Mapping[str, InLibrary] = field(default_factory=dict)
    """Those of the library, by address."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`html_bytes` is 0 if it can't be rendered. `unchecked` counts links without an answer."""

    findings: tuple[Finding, ...]
    html_bytes: int = 0
    shares: tuple[Share, ...] = ()
    unchecked: int = 0
    override: Override | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return errors_of(self.findings)

    @property
    def may_go(self) -> bool:
        return not self.errors or self.override is not None


def check_written(
    settings: Settings,
    written: WrittenIssue,
    moment: datetime,
    facts_of: Callable[[RenderedIssue], CheckFacts],
) -> Checked:
    """If the issue can't be rendered, that is the only finding."""
    try:
        rendered = render_issue(settings, written, moment)
    except NewsletterError as trouble:
        return Checked((_unrenderable(trouble, written.content),))
    return check_rendered(settings, rendered, facts_of(rendered))


def check_rendered(settings: Settings, rendered: RenderedIssue, facts: CheckFacts) -> Checked:
    copy = _example_copy(settings, rendered.edition)
    urls = checkable_urls(rendered.parts, settings)
    return Checked(
        findings=in_order(_findings(settings, rendered, copy, facts)),
        html_bytes=rendered.edition.html_bytes,
        shares=tuple(shares_of(rendered.edition, rendered.content)),
        unchecked=sum(url not in facts.answers for url in urls),
        override=rendered.written.override,
    )


def checkable_urls(parts: Parts, settings: Settings) -> list[str]:
    """The web addresses of links and pictures, each once, without those of our own pages."""
    urls = [link.url for link in parts.links] + [picture.url for picture in parts.pictures]
    web = (url for url in urls if is_web_address(url))
    return list(dict.fromkeys(url for url in web if not is_ours(settings.public_url, url)))


def _example_copy(settings: Settings, rendered: RenderedEdition) -> ReaderCopy:
    reader = example_reader(settings)
    html, text = preview(rendered, reader)
    return ReaderCopy(html, text, reader.unsubscribe_url, reader.preferences_url)


def _findings(
    settings: Settings, rendered: RenderedIssue, copy: ReaderCopy, facts: CheckFacts
) -> Iterator[Finding]:
    content, profile, parts = rendered.content, rendered.profile, rendered.parts
    yield from sender_findings(
        profile,
        is_signed=_is_signed(settings),
        dkim_domain=settings.dkim_domain,
        is_sandboxed=not settings.smtp_url,
    )
    yield from ailment_findings(facts.sender)
    yield from one_click_findings(settings.public_url, is_sandboxed=not settings.smtp_url)
    yield from inbox_findings(
        with_fallbacks(content.subject), with_fallbacks(content.preheader), content.title
    )
    yield from language_findings(content, profile.language)
    yield from size_findings(rendered.edition, content)
    yield from left_out_findings(rendered.written.left_out, content)
    yield from blank_findings(rendered.written.blanks)
    yield from mail_findings(copy, profile)
    yield from contrast_findings(copy.html)
    yield from css_findings(copy.html)
    yield from braces_findings(parts.braces, facts.fields)
    yield from heading_findings(parts.headings)
    yield from html_findings(parts.html)
    yield from entry_findings(entries_without_link(content), len(content.entries))
    yield from link_findings(parts.links, facts.earlier)
    yield from picture_findings(parts.pictures, facts.pictures)
    yield from answer_findings(parts.links, parts.pictures, facts.answers)
    yield from opinion_findings(facts.opinion)
    yield from fixed_words_findings(profile)


def _is_signed(settings: Settings) -> bool:
    """An unusable key is reported when a process starts."""
    try:
        return bool(signers_from(settings))
    except Misconfigured:
        return False


def _unrenderable(trouble: NewsletterError, content: IssueContent) -> Finding:
    named = getattr(trouble, "field", "")
    place = place_of(content, named) if named else THE_MAIL
    return error("render", place, trouble.message, trouble.advice)
