"""Where a link in a mail leads, and who followed it. Writes nothing: the door notes the click."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.domain.errors import NotFound
from newsletter.signing import InvalidToken
from newsletter.store.clicks.links import targets_of_issue
from newsletter.usecases.context import Context
from newsletter.usecases.link_targets import Targets


@dataclass(frozen=True, slots=True)
class Followed:
    """`subscriber_id` is 0 where the link is the same in all copies."""

    url: str
    edition_id: int
    number: int
    subscriber_id: int


def follow_link(context: Context, token: str, number: int) -> Followed:
    """Only to a link that is stored with the edition. Raises NotFound for any other."""
    try:
        issue_id, subscriber_id = context.signer.read_click(token)
    except InvalidToken as error:
        raise _unknown() from error
    edition_id, urls = _targets(context, issue_id) or (0, ())
    if not 1 <= number <= len(urls):
        raise _unknown()
    return Followed(urls[number - 1], edition_id, number, subscriber_id)


def _targets(context: Context, issue_id: int) -> Targets | None:
    def read() -> Targets | None:
        with context.database.read() as session:
            return targets_of_issue(session, issue_id)

    return context.link_targets.of_issue(issue_id, read)


def _unknown() -> NotFound:
    return NotFound(
        "This link leads nowhere.",
        advice="It may have been cut in two on its way. Find the issue in the archive instead.",
    )
