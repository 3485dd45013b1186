"""Filters that editors keep under a name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from newsletter.domain.readers.audiences import audience_of
from newsletter.usecases.context import Context
from newsletter.usecases.issues.templates import list_templates, save_template
from newsletter.usecases.readers.saved_filters import list_filters, save_filter
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR

AT_ONCE = 8


def test_of_many_who_save_one_name_at_the_same_moment_none_fails_and_the_last_one_stays(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    issue, start = an_issue(context, newsletter), Barrier(AT_ONCE)

    def save(number: int) -> None:
        start.wait()
        wanted = audience_of([("tag", f"tag {number}")])
        save_filter(context, newsletter.slug, "Friends", wanted, ["name"], EDITOR)
        save_template(context, issue.id, "Weekly", EDITOR)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(save, range(AT_ONCE)))
    (kept,) = list_filters(context, newsletter.slug, EDITOR)
    assert (kept.name, len(kept.audience.pairs)) == ("Friends", 1)
    assert [one.name for one in list_templates(context, newsletter.slug, EDITOR)] == ["Weekly"]
