"""A preview of an issue as readers will get it: as it is saved, or as it is being typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from newsletter.config import Settings
from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.principals import Principal
from newsletter.rendering.edition.edition import WritingCopy, preview
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.urls import signup_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_reader, prepare_content
from newsletter.usecases.issues.render_issue import read_issue, render_plain
from newsletter.usecases.permissions import require_for_issue

UNTITLED = "Untitled"


@dataclass(frozen=True, slots=True)
class Preview:
    subject: str
    html: str
    text: str
    html_bytes: int

    @property
    def has_pictures(self) -> bool:
        return "<img" in self.html


def preview_issue(context: Context, issue_id: int, principal: Principal) -> Preview:
    """With an example reader in it. Raises InvalidInput for what can't be rendered."""
    require_for_issue(context, principal, "preview_issue", issue_id)
    rendered = render_plain(context.settings, read_issue(context, issue_id), context.now())
    edition = rendered.edition
    reader = _reader(context.settings, rendered.profile)
    html, text = preview(edition, reader)
    subject = edition.subject_line.fill(reader) or edition.subject
    return Preview(subject=subject, html=html, text=text, html_bytes=edition.html_bytes)


def preview_typed(
    context: Context,
    issue_id: int,
    edit: Callable[[IssueContent], IssueContent],
    principal: Principal,
) -> WritingCopy:
    """The saved issue as `edit` changes it, for the page where it is written: nothing is saved.

    What has no title yet is shown as untitled. Raises InvalidInput for what can't be rendered.
    """
    require_for_issue(context, principal, "preview_typed", issue_id)
    written = read_issue(context, issue_id, edit)
    content = _with_titles(written.content)
    prepared = prepare_content(context.settings, content, written.profile, context.now())
    return prepared.copy_to_write_by(_reader(context.settings, written.profile))


def _reader(settings: Settings, profile: NewsletterProfile) -> ReaderValues:
    """Whose links lead to the signup page: a preview unsubscribes nobody."""
    page_url = signup_url(settings.public_url, profile.slug)
    return replace(example_reader(settings), unsubscribe_url=page_url, preferences_url=page_url)


def _with_titles(content: IssueContent) -> IssueContent:
    sections = (
        replace(
            section,
            entries=tuple(
                entry if entry.title.strip() else replace(entry, title=UNTITLED)
                for entry in section.entries
            ),
        )
        for section in content.sections
    )
    title = content.title if content.title.strip() else UNTITLED
    return replace(content, title=title, sections=tuple(sections))
