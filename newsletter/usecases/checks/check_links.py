"""Checks whether the links of an issue work: a few at a time, and each host one at a time.

Keeps the answers. The other checks read them and never wait for the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.config import Settings
from newsletter.domain.checks.link_answers import DEAD, UNSURE, LinkAnswer, answer_findings
from newsletter.domain.checks.preflight import Parts, errors_of
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy
from newsletter.net.links import ask_links, fetch_policy
from newsletter.rendering.checks.content import parts_of
from newsletter.store.checks.link_checks import known_answers, save_answers
from newsletter.usecases.checks.check_written import checkable_urls
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import read_issue
from newsletter.usecases.permissions import require_for_issue

PATIENCE = timedelta(seconds=25)
"""For all links of an issue together. The rest is checked next time."""


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """`left` counts the links that there was no time for. `dead` and `unsure` are of all links that
    have an answer, an earlier one too.
    """

    answered: int
    left: int
    dead: int
    unsure: int


def check_links(
    context: Context,
    issue_id: int,
    principal: Principal,
    policy: FetchPolicy | None = None,
    patience: timedelta = PATIENCE,
) -> LinkCheck:
    """Checks links without a fresh answer and keeps the results. Outside any transaction."""
    require_for_issue(context, principal, "check_links", issue_id)
    written = read_issue(context, issue_id)
    parts = parts_of(written.content, written.profile)
    urls = checkable_urls(parts, context.settings)
    with context.database.read() as session:
        known = known_answers(session, urls)
    now = context.now()
    stale = [url for url in urls if not (url in known and known[url].is_fresh(now))]
    policy = policy or fetch_policy(context.settings)
    answers = ask_links(stale, _pictures(parts), policy, now, patience)
    with context.database.write() as session:
        save_answers(session, answers)
    known |= {answer.url: answer for answer in answers}
    return LinkCheck(len(answers), len(stale) - len(answers), *_bad_links(parts, known))


def ask_links_now(
    settings: Settings, parts: Parts, now: datetime, patience: timedelta = PATIENCE
) -> dict[str, LinkAnswer]:
    """For a file outside any database. Keeps nothing."""
    urls, policy = checkable_urls(parts, settings), fetch_policy(settings)
    answers = ask_links(urls, _pictures(parts), policy, now, patience)
    return {answer.url: answer for answer in answers}


def _bad_links(parts: Parts, answers: Mapping[str, LinkAnswer]) -> tuple[int, int]:
    """How many are dead, and of how many we can't be sure: as the findings have it."""
    findings = answer_findings(parts.links, parts.pictures, answers)
    found = [one for one in findings if one.check in DEAD | UNSURE]
    dead = sum(one.check in DEAD for one in errors_of(found))
    return dead, len(found) - dead


def _pictures(parts: Parts) -> frozenset[str]:
    return frozenset(picture.url for picture in parts.pictures)
