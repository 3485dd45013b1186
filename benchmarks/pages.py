"""Pages of the editor with many subscribers, beside the same pages with a thousand; and the page
where an issue is written, in a browser.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from benchmarks import writing_page
from benchmarks.bench import DATABASES, a_bench
from benchmarks.readers import a_newsletter, add_readers, address_of, an_issue, analyse
from benchmarks.results import finish, guarded, tell
from benchmarks.sending import freeze
from benchmarks.yardsticks import cpu_name
from newsletter.app import create_app
from newsletter.domain.issues import IssueState
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link

FEW = 1_000
ISSUES = 1_000
SOON = datetime.now(UTC) + timedelta(days=3)
TIMES = 15
SLUG = "bench"
ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"


def main() -> int:
    options = _parser().parse_args()
    if options.writing:
        return finish(
            "writing", writing_page.measure(options.database), is_json=options.json, is_good=True
        )
    result = measure(options.rows, min(FEW, options.rows), options.database)
    result["writing"] = writing_page.measure(options.database)
    return finish("pages", result, is_json=options.json, is_good=True)


def measure(rows: int, few: int, database: str) -> dict[str, Any]:
    """`ratio` is that of the slowest page, by the medians."""
    before, after = (_page_times(count, database) for count in (few, rows))
    ratios = {page: round(after[page] / before[page], 2) for page in before}
    return {
        "ratio": max(ratios.values()),
        "worst_page": max(ratios, key=lambda page: ratios[page]),
        "ratios": ratios,
        "milliseconds": {page: round(seconds * 1000, 1) for page, seconds in after.items()},
        "yardstick_milliseconds": {
            page: round(seconds * 1000, 1) for page, seconds in before.items()
        },
        "rows": rows,
        "yardstick_rows": few,
        "database": database,
        "cpu": cpu_name(),
    }


def _page_times(rows: int, database: str) -> dict[str, float]:
    """Median seconds of each page, as the web answers them."""
    with a_bench(database) as bench:
        context = bench.context
        tell(f"{rows:,} readers in {database} …")
        newsletter_id = a_newsletter(context, SLUG)
        add_readers(context, newsletter_id, rows)
        going_out, draft = an_issue(context, newsletter_id), an_issue(context, newsletter_id)
        freeze(context, going_out)
        planned = _plan(context, newsletter_id)
        analyse(context)
        client = _editor(bench.settings, context)
        times = {
            name: _median(client, path)
            for name, path in {
                **_pages(rows, going_out, draft),
                "before sending to a tag": f"/editor/issues/{planned}/send",
                "calendar": f"/editor/calendar?month={SOON:%Y-%m}",
            }.items()
        }
        context.database.dispose()
        return times


def _plan(context: Context, newsletter_id: int) -> int:
    """A thousand issues that were sent, and two for a tag that clash."""
    with context.database.write() as session:
        for number in range(ISSUES):
            at = SOON - timedelta(days=number)
            session.add(_planned(newsletter_id, IssueState.SENT, at, number + 100))
    close = [an_issue(context, newsletter_id), an_issue(context, newsletter_id)]
    with context.database.write() as session:
        for issue_id in close:
            issue = session.get_one(Issue, issue_id)
            issue.state, issue.scheduled_at = IssueState.SCHEDULED, SOON
            issue.audience = [["tag", "berlin"], ["before", f"{SOON:%Y-%m-%d}"]]
    return close[0]


def _planned(newsletter_id: int, state: IssueState, at: datetime, number: int) -> Issue:
    return Issue(
        newsletter_id=newsletter_id,
        number=number,
        title=f"Issue {number}",
        state=state,
        state_at=at,
        scheduled_at=at,
        sent_at=at,
        created_at=at,
        updated_at=at,
    )


def _pages(rows: int, going_out: int, draft: int) -> dict[str, str]:
    readers = f"/editor/newsletters/{SLUG}/subscribers"
    return {
        "home": "/editor/",
        "issues": f"/editor/newsletters/{SLUG}/issues",
        "issue": f"/editor/issues/{draft}",
        "before sending": f"/editor/issues/{draft}/send",
        "progress": f"/editor/issues/{going_out}/progress",
        "readers": readers,
        "readers found": f"{readers}?q=reader{rows // 2}",
        "readers by address": f"{readers}?sort=address",
        "readers of a tag": f"{readers}?tag=early&state=active",
        "readers since a day": f"{readers}?since=2020-01-01&sort=oldest",
        "one reader": f"{readers}/{rows // 2}",
        "what readers liked": f"/editor/issues/{going_out}/liked",
        "figures": f"/editor/newsletters/{SLUG}/figures",
        "nobody found": f"{readers}?q={address_of(rows + 1)}",
    }


def _editor(settings: Any, context: Context) -> FlaskClient:
    link = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, link.rpartition("/")[2])
    save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))
    client = create_app(settings).test_client()
    page = client.get("/editor/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    fields = {"csrf_token": token[1] if token else "", "address": ADDRESS, "password": PASSWORD}
    answer = client.post("/editor/sign-in", data=fields)
    if answer.status_code != 303:
        raise RuntimeError(f"signing in was answered {answer.status_code}")
    return client


def _median(client: FlaskClient, path: str) -> float:
    seconds = []
    for _ in range(TIMES):
        started_s = time.monotonic()
        answer = client.get(path)
        seconds.append(time.monotonic() - started_s)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered {answer.status_code}")
    return statistics.median(seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--writing", action="store_true", help="the page of an issue alone")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
