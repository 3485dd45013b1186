"""An issue is read once and rendered once. Checks, spam filter and sending share the result.

Rendering is slow, so it never happens in a transaction. The transaction that relies on the result
calls `is_current` to find out whether the issue has changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from newsletter.config import Settings
from newsletter.domain.checks.blanks import Blank, blanks_in
from newsletter.domain.checks.left_out import Piece
from newsletter.domain.checks.preflight import Override, Parts
from newsletter.domain.clicks.counted_links import ClickCounting, parse_parameters
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import IssueContent, IssueState, without_blanks
from newsletter.domain.newsletters.newsletter import (
    NewsletterProfile,
    require_sendable,
    require_sender,
)
from newsletter.domain.newsletters.sponsors import with_sponsors
from newsletter.rendering.checks.content import parts_of
from newsletter.rendering.edition.counted_links import LinkRules
from newsletter.rendering.edition.edition import Note, RenderedEdition
from newsletter.signing import Signer
from newsletter.store.issues.editions import (
    content_of,
    edition_of,
    issue_with_content,
    left_out_of,
    override_of,
)
from newsletter.store.models import Issue
from newsletter.store.newsletters import profile_of
from newsletter.store.sponsors import sponsors_in
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import prepare_content


@dataclass(frozen=True, slots=True)
class WrittenIssue:
    """What rendering and checking depend on; `id` is 0 for a digest in a file. `content` is what is
    mailed: what is still blank is named in `blanks`.
    """

    content: IssueContent
    profile: NewsletterProfile
    id: int = 0
    version: int = 0
    state: IssueState = IssueState.DRAFT
    has_edition: bool = False
    override: Override | None = None
    left_out: tuple[Piece, ...] = ()
    """What was pasted and has no place, until it is settled."""
    blanks: tuple[Blank, ...] = ()

    def is_current(self, issue: Issue) -> bool:
        """Whether `issue`, loaded with its newsletter, is unchanged. Its state is not compared."""
        return (
            issue.version == self.version
            and issue.number == self.content.number
            and profile_of(issue.newsletter) == self.profile
            and override_of(issue) == self.override
        )


@dataclass(frozen=True)
class RenderedIssue:
    written: WrittenIssue
    moment: datetime
    edition: RenderedEdition

    @property
    def content(self) -> IssueContent:
        return self.written.content

    @property
    def profile(self) -> NewsletterProfile:
        return self.written.profile

    @cached_property
    def parts(self) -> Parts:
        return parts_of(self.content, self.profile)


def read_issue(
    context: Context, issue_id: int, edit: Callable[[IssueContent], IssueContent] | None = None
) -> WrittenIssue:
    """With the sponsors of its day in it. `edit` changes what is saved of it, to look at.

    Raises NotFound.
    """
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        has_edition = edition_of(session, issue_id) is not None
        sponsors = sponsors_in(session, issue, context.now())
    typed = edit(content_of(issue)) if edit else content_of(issue)
    return WrittenIssue(
        content=with_sponsors(without_blanks(typed), sponsors),
        profile=profile_of(issue.newsletter),
        id=issue.id,
        version=issue.version,
        state=IssueState(issue.state),
        has_edition=has_edition,
        override=override_of(issue),
        left_out=tuple(piece for piece in left_out_of(issue) if not piece.is_dropped),
        blanks=tuple(blanks_in(typed)),
    )


def render_issue(settings: Settings, written: WrittenIssue, moment: datetime) -> RenderedIssue:
    """As it would be sent at `moment`. Raises InvalidInput for what can't be rendered."""
    rules = _link_rules(settings, written)
    prepared = prepare_content(settings, written.content, written.profile, moment, link_rules=rules)
    return RenderedIssue(written, moment, prepared.edition())


def render_plain(
    settings: Settings, written: WrittenIssue, moment: datetime, note: Note | None = None
) -> RenderedIssue:
    """To look at: its links lead where the editor's do, and nothing is counted.

    What was sent elsewhere shows its own date or none, whenever it is looked at.
    """
    shown = None if written.state is IssueState.IMPORTED else moment
    prepared = prepare_content(settings, written.content, written.profile, shown, note)
    return RenderedIssue(written, moment, prepared.edition())


def render_draft(
    settings: Settings, written: WrittenIssue, moment: datetime, note: Note | None = None
) -> RenderedIssue:
    """For a test or a proof: it needs a sender, but may lack what only subscribers must get."""
    _require_ours(written)
    require_sender(written.profile)
    return render_plain(settings, written, moment, note)


def render_to_send(settings: Settings, written: WrittenIssue, moment: datetime) -> RenderedIssue:
    """Raises InvalidInput also when its newsletter can't send yet."""
    _require_ours(written)
    require_sendable(written.profile)
    return render_issue(settings, written, moment)


def _require_ours(written: WrittenIssue) -> None:
    """Whatever is mailed of an issue is rendered here first: of an imported one, nothing is."""
    if written.state is IssueState.IMPORTED:
        raise Conflict(
            "This issue was sent elsewhere and imported, so it is never mailed.",
            advice="Write a new issue instead.",
        )


def _link_rules(settings: Settings, written: WrittenIssue) -> LinkRules | None:
    """None for a digest in a file, or without keys to sign: nothing can be counted."""
    if not (written.id and settings.public_url and settings.secret_keys):
        return None
    counting = written.profile.clicks
    in_sum = counting is ClickCounting.SUM
    return LinkRules(
        counting=counting,
        token=Signer(settings.secret_keys).sign_click(written.id) if in_sum else "",
        public_url=settings.public_url,
        parameters=parse_parameters(written.profile.link_parameters),
        number=written.content.number,
    )
