"""An editor settles a piece of a pasted digest that had no place: it becomes an entry, or part of a
comment or an introduction, or it is dropped.
"""

from __future__ import annotations

import re
from dataclasses import replace

from newsletter.domain.actions import Action
from newsletter.domain.bare_addresses import bare_address
from newsletter.domain.checks.left_out import LeftOut, Place, with_comment, with_entry, with_intro
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.issues.issue import EntryContent, IssueContent
from newsletter.domain.issues.issue_checks import LONGEST_LINE, problems_of
from newsletter.domain.staff.principals import Principal
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.store.issues.editions import content_of, issue_with_content, left_out_of
from newsletter.store.issues.issues import put_content
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import mark_changed, require_writable
from newsletter.usecases.permissions import require_for_issue

_ADDRESS = re.compile(r"https?://[^\s<>\"`|\\^{}\[\]]+", re.IGNORECASE)


def settle_left_out(
    context: Context, issue_id: int, piece: int, place: Place, principal: Principal
) -> LeftOut:
    """`piece` is its place in the list, from 0. Returns the piece.

    Raises Conflict if it is gone, and InvalidInput for what the issue has no room for.
    """
    require_for_issue(context, principal, "settle_left_out", issue_id)
    with context.database.read() as session:
        known = dict(enumerate(left_out_of(issue_with_content(session, issue_id))))
    settled = known.get(piece, LeftOut(0, ""))
    entry = entry_of_text(settled.text) if place is Place.ENTRY else None
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        pieces, before = list(left_out_of(issue)), content_of(issue)
        if pieces[piece : piece + 1] != [settled]:
            raise Conflict("This piece of text was settled meanwhile.")
        if place in (Place.DROP, Place.RESTORE):
            pieces[piece] = replace(settled, is_dropped=place is Place.DROP)
        else:
            content = _placed(before, settled, place, entry)
            put_content(issue, _checked(content, context))
            del pieces[piece]
        issue.unplaced = [one.to_json() for one in pieces]
        action = Action.ISSUE_LEFTOVER_SETTLED
        mark_changed(context, session, issue, principal, action, before, place=place.value)
    return settled


def _placed(
    content: IssueContent, piece: LeftOut, place: Place, entry: EntryContent | None
) -> IssueContent:
    if entry is not None:
        return with_entry(content, piece, entry)
    return with_comment(content, piece) if place is Place.COMMENT else with_intro(content, piece)


def entry_of_text(text: str) -> EntryContent:
    """As a digest would be read that is nothing else; else its first line is the title."""
    read = parse_digest(text)
    content = issue_content(read)
    if len(content.entries) == 1 and not content.intro and not read.unplaced:
        return content.entries[0]
    first = " ".join(text.split("\n", 1)[0].split())
    found = _ADDRESS.search(text)
    title = first if len(first) <= LONGEST_LINE else f"{first[: LONGEST_LINE - 1]}…"
    return EntryContent(title, bare_address(found[0]) if found else "", (), text)


def _checked(content: IssueContent, context: Context) -> IssueContent:
    problems = problems_of(content, context.now().date())
    if problems:
        raise InvalidInput(next(iter(problems.values())), advice="The piece stays where it is.")
    return content
