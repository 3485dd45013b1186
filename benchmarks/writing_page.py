"""The page where an issue is written, in a real browser: from a key to the mail, and a move.

The yardstick is the smallest request of the same page to the same server, asked for in turns with
what is measured. The mail beside the text is looked at every few milliseconds, so that is how
exact a keystroke is.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from benchmarks.bench import a_bench
from benchmarks.results import tell
from benchmarks.screenshots import a_browser
from newsletter.app import create_app
from newsletter.config import PROJECT_ROOT
from newsletter.domain.staff.principals import Principal
from newsletter.usecases.issues.paste_digest import create_issue_from_digest
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link

TIMES = 30
ISSUE = PROJECT_ROOT.parent / "shared" / "data" / "techshack-2019-07.txt"
"""22 entries, 2,100 words."""
SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"

_KEYS = """async (times) => {
  const frame = document.querySelector("[data-mail]");
  const found = { shown: [], yardstick: [] };
  for (let at = 0; at < times; at += 1) {
    const word = `w${at}x`;
    const begun = performance.now();
    document.execCommand("insertText", false, ` ${word}`);
    while (!frame.contentDocument.body.textContent.includes(word)) {
      await new Promise((done) => setTimeout(done, 2));
    }
    found.shown.push(performance.now() - begun);
    await new Promise((done) => setTimeout(done, 200));
    found.yardstick.push(await smallestRequest());
  }
  return found;
}"""
_MOVES = """async (times) => {
  const summary = document.querySelectorAll("details.entry > summary")[10];
  const found = { shown: [], kept: [], yardstick: [] };
  summary.focus();
  for (let at = 0; at < times; at += 1) {
    const kept = new Promise((done) => {
      const ask = window.fetch;
      window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        if (String(asked[0]).endsWith("/moves")) { window.fetch = ask; done(answer.ok); }
        return answer;
      };
    });
    const top = () => summary.getBoundingClientRect().top + window.scrollY;
    const before = top();
    const begun = performance.now();
    const key = at % 2 ? "ArrowUp" : "ArrowDown";
    summary.dispatchEvent(new KeyboardEvent("keydown", { key, altKey: true, bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => {
      if (top() === before) throw new Error("nothing moved");
      found.shown.push(performance.now() - begun);
    }));
    if (!await kept) throw new Error("a move was refused");
    found.kept.push(performance.now() - begun);
    await new Promise((done) => setTimeout(done, 250));
    found.yardstick.push(await smallestRequest());
  }
  return found;
}"""
_YARDSTICK = """window.smallestRequest = async () => {
  const begun = performance.now();
  await (await fetch("/editor/session")).json();
  return performance.now() - begun;
}"""


def measure(database: str) -> dict[str, Any]:
    """Median milliseconds: until the mail shows what was typed; until an entry is painted at its
    new place, and until the server has kept it there.
    """
    digest = ISSUE if ISSUE.is_file() else SAMPLE
    tell(f"Writing {digest.name} in a browser, in {database} …")
    with (
        a_bench(database) as bench,
        a_browser() as browser,
        _served(bench.settings, bench.context, digest) as (site, issue_id),
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        _sign_in(page, site)
        page.goto(f"{site}/editor/issues/{issue_id}")
        page.locator("[data-counted]", has_text="words").wait_for()
        page.locator("details.entry > summary").nth(1).click()
        page.locator("details.entry textarea").nth(1).click()
        page.evaluate(_YARDSTICK)
        typed, moved = (_medians(page.evaluate(script, TIMES)) for script in (_KEYS, _MOVES))
        return {
            "keystroke_ms": typed["shown"],
            "keystroke_yardstick_ms": typed["yardstick"],
            "move_shown_ms": moved["shown"],
            "move_kept_ms": moved["kept"],
            "move_yardstick_ms": moved["yardstick"],
            "entries": page.locator("details.entry").count(),
        }


def _medians(found: dict[str, list[float]]) -> dict[str, float]:
    return {name: round(statistics.median(times), 1) for name, times in found.items()}


@contextmanager
def _served(settings: Any, context: Any, digest: Path) -> Iterator[tuple[str, int]]:
    link = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, link.rpartition("/")[2])
    save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))
    principal = Principal.command_line("bench")
    (newsletter,) = show_newsletters(context, principal)
    issue_id = create_issue_from_digest(
        context, newsletter.id, digest.read_bytes(), principal
    ).issue_id
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", issue_id
    finally:
        server.shutdown()
        thread.join()
        context.database.dispose()


def _sign_in(page: Any, site: str) -> None:
    page.goto(f"{site}/editor/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hello, Ada").wait_for()
