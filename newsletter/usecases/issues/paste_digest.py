"""A pasted digest becomes the content of an issue; what had no place in it is kept beside it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.checks.left_out import LeftOut, amount_of
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import WHAT_AN_ENTRY_IS, Digest
from newsletter.domain.issues.issue import IssueContent, SectionContent
from newsletter.domain.issues.issue_checks import problems_of
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import is_number_taken, newsletter_of_issue, put_content
from newsletter.store.models import Newsletter
from newsletter.store.newsletters import newsletter_by_id, newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import begin_issue, mark_changed, require_writable
from newsletter.usecases.permissions import require_for_issue, require_for_newsletter

MOST_DROPPED = 500
"""So many are kept to be shown."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of a paste, for the editor who made it."""

    issue_id: int
    sections: int
    entries: int
    without_link: int
    unplaced: int
    left_out: str = ""
    """Such as: 1 link and 12 words. Empty for none."""
    findings: tuple[str, ...] = ()
    """What it says that the issue can't hold, each told in sentences."""


def paste_digest(  # noqa: PLR0913  what, by whom, and how
    context: Context,
    issue_id: int,
    text: str | bytes,
    principal: Principal,
    *,
    append: bool = False,
    file_name: str = "",
) -> Pasted:
    """Replaces the issue's content, or adds to it. Raises InvalidInput, Conflict, NotFound.

    The name of the file that the text is from may say what the text doesn't: number, date, title.
    """
    require_for_issue(context, principal, "paste_digest", issue_id)
    with context.database.read() as session:
        base_url = newsletter_by_id(session, newsletter_of_issue(session, issue_id)).base_url
    digest = read_digest(context, text, file_name, base_url)
    given = issue_content(digest)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        before = content_of(issue)
        made = _appended(before, given) if append else _replaced(before, given)
        content = _checked(made, context.now().date())
        if content.number is not None and is_number_taken(session, issue, content.number):
            raise InvalidInput(
                f"The digest has number {content.number}, but another issue already has it.",
                advice="Change or remove the number in the digest and paste it again.",
                field="digest",
            )
        put_content(issue, content)
        session.flush()
        kept = (issue.unplaced, issue.dropped) if append else ([], [])
        issue.unplaced = [*kept[0], *_left_out(digest, given, content, content_of(issue))]
        issue.dropped = [*kept[1], *_dropped(digest)]
        issue.other_keys = {**digest.other_keys, **(issue.other_keys if append else {})}
        action = Action.ISSUE_DIGEST_APPENDED if append else Action.ISSUE_DIGEST_PASTED
        mark_changed(context, session, issue, principal, action, before, entries=len(given.entries))
        return _pasted(issue_id, digest)


def create_issue_from_digest(
    context: Context,
    newsletter_id: int,
    text: str | bytes,
    principal: Principal,
    *,
    file_name: str = "",
) -> Pasted:
    """A new issue in one step; none is left behind when the digest can't be read.

    A number that another issue has is not taken over: the next free one is given. What has no title
    is called by the newsletter's name and the number.
    """
    require(principal, "create_issue_from_digest", newsletter_id)
    with context.database.read() as session:
        base_url = newsletter_by_id(session, newsletter_id).base_url
    digest = read_digest(context, text, file_name, base_url)
    given = issue_content(digest)
    with context.database.write() as session:
        issue = begin_issue(context, session, newsletter_id, principal)
        before = content_of(issue)
        content = _checked(_replaced(before, given), context.now().date())
        if content.number is not None and is_number_taken(session, issue, content.number):
            content = replace(content, number=issue.number)
        if not content.title:
            title = f"{session.get_one(Newsletter, newsletter_id).name} #{content.number}"
            content = replace(content, title=title, subject=content.subject or title)
        put_content(issue, content)
        session.flush()
        issue.unplaced = _left_out(digest, given, content, content_of(issue))
        issue.dropped = _dropped(digest)
        issue.other_keys = digest.other_keys
        action, entries = Action.ISSUE_DIGEST_PASTED, len(content.entries)
        mark_changed(context, session, issue, principal, action, before, entries=entries)
        return _pasted(issue.id, digest)


def read_pasted(context: Context, slug: str, text: str | bytes, principal: Principal) -> Digest:
    """What a text would become, to look at. Nothing is kept. Raises as `read_digest` does."""
    require_for_newsletter(context, principal, "read_pasted", slug)
    with context.database.read() as session:
        base_url = newsletter_by_slug(session, slug).base_url
    return read_digest(context, text, base_url=base_url)


def read_digest(
    context: Context, text: str | bytes, file_name: str = "", base_url: str = ""
) -> Digest:
    """Raises InvalidInput for what is empty, binary, too large or without a single entry."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    decoded = decode_digest(data, context.settings.max_digest_bytes)
    digest = parse_digest(
        decoded, file_name=file_name, base_url=base_url, today=context.now().date()
    )
    if not digest.entries:
        raise InvalidInput(
            "We found no entries in this text.",
            advice=WHAT_AN_ENTRY_IS,
            field="digest",
        )
    return digest


def _left_out(
    digest: Digest, given: IssueContent, content: IssueContent, stored: IssueContent
) -> list[dict[str, Any]]:
    """Each piece behind the entry that it stood behind. `content` has the entries of `given` in it,
    `stored` is `content` with ids.
    """
    ids = {id(entry): row.id for entry, row in zip(content.entries, stored.entries, strict=True)}
    lines = [
        (found.line, ids[id(entry)])
        for found, entry in zip(digest.entries, given.entries, strict=True)
    ]
    lines.sort(key=lambda one: one[0])
    pieces = []
    for piece in digest.unplaced:
        above = bisect_right(lines, piece.line, key=lambda one: one[0])
        after = lines[above - 1][1] if above else None
        pieces.append(LeftOut(piece.line, piece.text, after).to_json())
    return pieces


def _dropped(digest: Digest) -> list[dict[str, Any]]:
    return [piece.to_json() for piece in digest.dropped[:MOST_DROPPED]]


def _pasted(issue_id: int, digest: Digest) -> Pasted:
    return Pasted(
        issue_id=issue_id,
        sections=len(digest.sections),
        entries=len(digest.entries),
        without_link=sum(not entry.url for entry in digest.entries),
        unplaced=len(digest.unplaced),
        left_out=amount_of(digest.unplaced) if digest.unplaced else "",
        findings=tuple(piece.why for piece in digest.dropped if piece.why),
    )


def _replaced(before: IssueContent, given: IssueContent) -> IssueContent:
    """The paste says what the issue is; what it is silent on stays."""
    title = given.title or before.title
    return replace(
        given,
        title=title,
        subject=given.subject or title or before.subject,
        preheader=given.preheader or before.preheader,
        number=before.number if given.number is None else given.number,
        issued_on=given.issued_on or before.issued_on,
        author=given.author or before.author,
    )


def _appended(before: IssueContent, given: IssueContent) -> IssueContent:
    """What is there stays; sections of the same title grow, others come behind."""
    sections = {section.title: section for section in before.sections}
    for section in given.sections:
        known = sections.get(section.title, SectionContent(section.title, ()))
        intro = "\n\n".join(filter(None, [known.intro, section.intro]))
        entries = known.entries + section.entries
        sections[section.title] = replace(known, entries=entries, intro=intro)
    intros = [intro for intro in (before.intro, given.intro) if intro.strip()]
    return replace(
        before,
        title=before.title or given.title,
        subject=before.subject or given.subject or given.title,
        preheader=before.preheader or given.preheader,
        intro="\n\n".join(intros),
        sections=tuple(sections.values()),
        issued_on=before.issued_on or given.issued_on,
        author=before.author or given.author,
    )


def _checked(content: IssueContent, today: date) -> IssueContent:
    problems = problems_of(content, today)
    if problems:
        raise InvalidInput(
            f"We can't use this digest: {next(iter(problems.values()))}",
            advice="Nothing was changed. Fix the digest and paste it again.",
            field="digest",
        )
    return content
