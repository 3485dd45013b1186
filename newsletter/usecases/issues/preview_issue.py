"""A preview of an issue as readers will get it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.domain.principals import Principal
from newsletter.rendering.edition.edition import preview
from newsletter.urls import signup_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_reader
from newsletter.usecases.issues.render_issue import read_issue, render_plain
from newsletter.usecases.permissions import require_for_issue


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
    page_url = signup_url(context.settings.public_url, rendered.profile.slug)
    reader = replace(
        example_reader(context.settings), unsubscribe_url=page_url, preferences_url=page_url
    )
    html, text = preview(edition, reader)
    subject = edition.subject_line.fill(reader) or edition.subject
    return Preview(subject=subject, html=html, text=text, html_bytes=edition.html_bytes)
