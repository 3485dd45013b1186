"""Every page of the product in a lifelike world, as pictures to look at.

    python -m benchmarks.every_page --out DIR [--only PART-OF-A-NAME …]

Goes by the url map, so no page is forgotten: a new address without an example here is an error.
"""

from __future__ import annotations

import argparse
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from benchmarks.bench import a_bench
from benchmarks.lifelike import ADDRESS, NOW, PASSWORD, World, make_world
from benchmarks.results import guarded, tell
from benchmarks.screenshots import a_browser
from newsletter.app import create_app

_SANDBOX = "smtp://127.0.0.1:1025"
SIZES = ((1280, 900), (390, 844))
SCHEMES = ("light", "dark")
FILES = (".csv", ".eml", ".html")
NO_PAGES = frozenset(
    {
        "editor_checks.piece",
        "editor_composer.composed",
        "editor_find.find",
        "editor_home.static",
        "editor_sending.progress",
        "editor_sending.undo_piece",
        "editor_themes.sample",
        "public_clicks.follow",
        "public_media.picture",
        "editor_archives.check",
        "sandbox.frame",
        "sandbox.inbox",
        "sandbox.message",
        "static",
        "subscriber_files.check",
    }
)
"""Pieces of a page, and what needs a file to be uploaded or a mail. What is no HTML is left out."""


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is the endpoint's, and which of its kind."""

    name: str
    path: str
    is_public: bool


def main() -> int:
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with the_world() as (app, world, site), a_browser() as browser:
        pages = [one for one in every_page(app, world) if _is_wanted(one, options.only)]
        for width, height in SIZES:
            for scheme in SCHEMES:
                _take_all(browser, site, pages, options.out, (width, height, scheme))
    return 0


@contextmanager
def the_world() -> Iterator[tuple[Flask, World, str]]:
    """The app, what is in it, and where it answers."""
    with a_bench("sqlite", sandbox_smtp_url=_SANDBOX) as bench:
        tell("A year goes by …")
        world = make_world(bench.settings)
        app = create_app(bench.settings, lambda: NOW)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield app, world, f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            world.context.database.dispose()


def every_page(app: Flask, world: World) -> list[Page]:
    """Each address that answers with a page, with one or several examples."""
    examples = _examples(world)
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if "GET" not in (rule.methods or ()) or rule.rule.endswith(FILES):
            continue
        if rule.endpoint in NO_PAGES:
            continue
        usual = examples.get(rule.endpoint) or _usual(rule.arguments, world)
        for label, values in usual.items():
            adapter = app.url_map.bind("localhost")
            path = adapter.build(rule.endpoint, values, append_unknown=True)
            name = f"{rule.endpoint.removeprefix('editor_')}{'-' if label else ''}{label}"
            found.append(Page(name, path, not path.startswith("/editor")))
    return found


def _usual(arguments: set[str], world: World) -> Mapping[str, Mapping[str, Any]]:
    """An address with these parts, as the lifelike world has them. KeyError for a new part.

    A link of a mail without an example is one that is not valid.
    """
    known = {
        "token": "lost",
        "slug": "harbour-notes",
        "issue_id": world.issues["draft"],
        "subscriber_id": world.readers["first"],
        "user_id": world.editors["Ben"],
        "inbound_id": world.inbound,
        "picture_id": world.pictures[0],
    }
    return {"": {name: known[name] for name in arguments}}


def _examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    signer, sent = world.context.signer, world.issues["sent"]
    issues = {name: {"issue_id": issue_id} for name, issue_id in world.issues.items()}
    both = {"": {"slug": "harbour-notes"}, "empty": {"slug": "tidelines"}}
    return {
        "editor_issues.edit": {n: issues[n] for n in ("draft", "short", "scheduled", "sent")},
        "editor_sending.send": {n: issues[n] for n in ("draft", "scheduled", "sending", "paused")},
        "editor_sending.confirm_cancel": {"": issues["paused"]},
        "editor_sending.confirm_send": {"": issues["draft"]},
        "editor_later.later": {"": {"issue_id": sent, "what": "soft"}},
        "editor_liked.liked": {"": issues["sent"]},
        "editor_versions.version": {
            "": {"issue_id": world.issues["draft"], "version_id": world.version}
        },
        "editor_audit.newsletter": both,
        "editor_archives.archive": both,
        "editor_growth.growth": both,
        "editor_issues.issues": both,
        "editor_issues.new": both,
        "editor_people.people": both,
        "editor_pictures.pictures": both,
        "editor_sponsors.page": both,
        "editor_versions.deleted": both,
        "came_back.came_back": both,
        "subscribers.subscribers": both
        | {"filtered": {"slug": "harbour-notes", "tag": "berlin", "state": "active"}},
        "suppressions.suppressions": both,
        "public_archive.issues": both,
        "public_archive.edition": {"": {"slug": "harbour-notes", "number": 3}},
        "public_signup.form": both,
        "public_confirmation.page": {
            "": {"token": signer.sign_confirmation(*world.waiting)},
            "lost": {"token": "x"},
        },
        "public_preferences.page": {"": {"token": signer.sign_preferences(1)}},
        "public_leaving.page": {
            "": {"token": signer.sign_unsubscribe(1, 1)},
            "lost": {"token": "x"},
        },
        "editor_invitations.show": {"": {"token": world.invitation}, "lost": {"token": "x"}},
        "editor_sign_in.open_link": {"lost": {"token": "x"}},
    }


def _is_wanted(page: Page, only: Sequence[str]) -> bool:
    return not only or any(part in page.name for part in only)


def _take_all(
    browser: Any, site: str, pages: Sequence[Page], out: Path, view: tuple[int, int, str]
) -> None:
    width, height, scheme = view
    size = {"width": width, "height": height}
    inside = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    outside = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    sign_in(inside.new_page(), site)
    for one in pages:
        tab = (outside if one.is_public else inside).new_page()
        answer = tab.goto(site + one.path)
        if "text/html" not in answer.headers["content-type"]:
            tab.close()
            continue
        tab.wait_for_load_state("load")
        wide = tab.evaluate("document.documentElement.scrollWidth")
        tell(f"{answer.status} {one.name} {width} {scheme}{' TOO WIDE' if wide > width else ''}")
        name = re.sub(r"[^a-z0-9-]+", "_", one.name)
        tab.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=True)
        tab.close()
    inside.close()
    outside.close()


def sign_in(page: Any, site: str) -> None:
    page.goto(f"{site}/editor/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hello, Ada").wait_for()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=())
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
