"""An issue as readers get it: as it is saved, as it is being typed, or as it went out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape as escaped

from newsletter.config import Settings
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.staff.principals import Principal
from newsletter.rendering.edition.edition import RenderedEdition, WritingCopy, preview
from newsletter.rendering.parts.personal import Escape, ReaderValues
from newsletter.store.clicks.links import targets_of_issue
from newsletter.store.issues.editions import edition_of
from newsletter.urls import click_url, signup_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_reader, prepare_content
from newsletter.usecases.issues.render_issue import read_issue, render_plain
from newsletter.usecases.permissions import require_for_issue

UNTITLED = "Untitled"
_NOBODYS = "preview"
_ANY_TOKEN, _NUMBER = r"[\w.~-]+", r"(\d{1,6})\b"


@dataclass(frozen=True, slots=True)
class Preview:
    subject: str
    html: str
    text: str
    html_bytes: int


def preview_issue(context: Context, issue_id: int, principal: Principal) -> Preview:
    """With an example reader in it; as it went out, once it is frozen. Raises InvalidInput for what
    can't be rendered.
    """
    require_for_issue(context, principal, "preview_issue", issue_id)
    written = read_issue(context, issue_id)
    reader = _reader(context.settings, written.profile)
    if written.has_edition:
        return _as_it_went_out(context, issue_id, reader)
    edition = render_plain(context.settings, written, context.now()).edition
    return _preview(edition, *preview(edition, reader), reader)


def _as_it_went_out(context: Context, issue_id: int, reader: ReaderValues) -> Preview:
    """Its links lead where the editor's do: a look at it is no click."""
    with context.database.read() as session:
        frozen = edition_of(session, issue_id)
        _, targets = targets_of_issue(session, issue_id) or (0, ())
    if frozen is None:
        raise NotFound("This issue has no edition.")
    edition = RenderedEdition.from_json(frozen.content)
    html, text = preview(edition, replace(reader, click_token=_NOBODYS))
    site = re.escape(context.settings.public_url)
    counted = re.compile(click_url(site, _ANY_TOKEN, 0).removesuffix("0") + _NUMBER)
    html = counted.sub(lambda link: _target(link, targets, Escape.HTML), html)
    text = counted.sub(lambda link: _target(link, targets, Escape.PLAIN), text)
    return _preview(edition, html, text, reader)


def _target(link: re.Match[str], targets: Sequence[str], escape: Escape) -> str:
    number = int(link[1])
    if not 1 <= number <= len(targets):
        return link[0]
    return escaped(targets[number - 1]) if escape is Escape.HTML else targets[number - 1]


def _preview(edition: RenderedEdition, html: str, text: str, reader: ReaderValues) -> Preview:
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
