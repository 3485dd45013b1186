"""Checks that a newsletter's logo is a picture when its address is saved."""

from __future__ import annotations

from datetime import timedelta

from newsletter.domain.checks.link_answers import answer_findings
from newsletter.domain.checks.preflight import Picture, Place, errors_of
from newsletter.net.fetch import FetchPolicy
from newsletter.net.links import ask_links, fetch_policy
from newsletter.store.checks.link_checks import save_answers
from newsletter.usecases.context import Context

PATIENCE = timedelta(seconds=6)
"""An editor is waiting. Slower servers are left to the checks of an issue."""


def check_logo(context: Context, url: str, policy: FetchPolicy | None = None) -> str:
    """Why it can't be a logo. "" if it can, or if its server can't be reached."""
    policy = policy or fetch_policy(context.settings)
    answers = ask_links([url], frozenset({url}), policy, context.now(), PATIENCE)
    with context.database.write() as session:
        save_answers(session, answers)
    logo = Picture(url=url, alt="", place=Place("Logo"))
    found = answer_findings((), [logo], {answer.url: answer for answer in answers})
    return " ".join(f"{one.message} {one.advice}" for one in errors_of(found))
