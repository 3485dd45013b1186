"""Every page of the product in a lifelike world, as pictures to look at.

    python -m benchmarks.every_page --out DIR [--only PART-OF-A-NAME …]

Goes by the url map, so no page is forgotten: a new address without an example here is an error.
"""

from __future__ import annotations

import argparse
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask, abort
from werkzeug.serving import make_server

from benchmarks.bench import a_bench, free_port
from benchmarks.lifelike import NOW, World, make_world
from benchmarks.lifelike_mail import post_mail
from benchmarks.results import guarded, tell
from benchmarks.screenshots import a_browser
from benchmarks.viewers import Page, Viewer, open_windows, show, sign_everyone_in
from newsletter.app import create_app
from newsletter.runtime.sandbox.inbox import list_messages
from newsletter.runtime.sandbox.server import SandboxServer
from newsletter.web.sandbox.inbox import VIEWS

SIZES = ((1280, 900), (390, 844))
SCHEMES = ("light", "dark")
FILES = (".css", ".csv", ".eml", ".html", ".xml")
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
        "static",
        "subscriber_files.check",
    }
)
"""Pieces of a page, and what needs a file to be uploaded. What is no HTML is left out."""
FOR_STRANGERS = frozenset(
    {
        "editor_invitations.show",
        "editor_password.forgotten",
        "editor_password.new",
        "editor_password.open_link",
        "editor_sign_in.open_link",
        "editor_sign_in.sign_in",
    }
)
"""Pages of the editors for who isn't signed in."""
ERRORS = (400, 403, 404, 409, 413, 429, 500, 503)


def main() -> int:
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with the_world() as (app, world, site), a_browser() as browser:
        pages = [one for one in every_page(app, world) if _is_wanted(one, options.only)]
        kept = sign_everyone_in(browser, site, world)
        for width, height in SIZES:
            for scheme in SCHEMES:
                view = {"width": width, "height": height}
                windows = open_windows(browser, kept, viewport=view, color_scheme=scheme)
                _take_all(windows, site, pages, options.out, f"{width}-{scheme}")
    return 0


@contextmanager
def the_world() -> Iterator[tuple[Flask, World, str]]:
    """The app, what is in it, and where it answers."""
    with (
        a_bench("sqlite", sandbox_key="of-this-walk") as bench,
        SandboxServer(bench.settings.sandbox_dir) as sandbox,
    ):
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        bench.set(sandbox_smtp_url=f"smtp://127.0.0.1:{sandbox.port}", public_url=site)
        tell("A year goes by …")
        world = make_world(bench.settings)
        post_mail(world.context)
        app = app_with_errors(world)
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield app, world, site
        finally:
            server.shutdown()
            thread.join()
            world.context.database.dispose()


def app_with_errors(world: World) -> Flask:
    """The product, and an address for each error inside and outside the editor's pages."""
    app = create_app(world.context.settings, lambda: NOW)
    for name, above in (("errors", ""), ("editor_errors", "/editor")):
        app.add_url_rule(f"{above}/errors/<int:status>", name, _fail)
    return app


def _fail(status: int) -> NoReturn:
    abort(status)


def every_page(app: Flask, world: World) -> list[Page]:
    """Each address that answers with a page, with one or several examples, and some answers."""
    examples = _examples(world)
    address = app.url_map.bind("localhost").build
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if "GET" not in (rule.methods or ()) or rule.rule.endswith(FILES):
            continue
        if rule.endpoint in NO_PAGES:
            continue
        usual = examples.get(rule.endpoint) or _usual(rule.arguments, world)
        for label, values in usual.items():
            path = address(rule.endpoint, values, append_unknown=True)
            name = f"{rule.endpoint.removeprefix('editor_')}{'-' if label else ''}{label}"
            found.append(Page(name, path, _viewer(rule.endpoint, path)))
    return [*found, *_answers(address)]


def _viewer(endpoint: str, path: str) -> Viewer:
    if endpoint in FOR_STRANGERS:
        return Viewer.READER
    if endpoint == "editor_second_step.ask":
        return Viewer.HALFWAY
    is_staff = path.startswith(("/editor", "/sandbox"))
    return Viewer.ADA if is_staff else Viewer.READER


def _answers(address: Callable[..., str]) -> list[Page]:
    """What is seen only after a button, or by someone else than who runs the server."""
    eva, nobody = Viewer.EVA, Viewer.READER
    factors, sign_in = address("editor_factors.factors"), address("editor_sign_in.sign_in")
    forgotten = address("editor_password.forgotten")
    asking = {"Email address": "x@example.org"}
    people = address("editor_people.people", {"slug": "harbour-notes"})
    signup = address("public_signup.form", {"slug": "harbour-notes"})
    wrong = {"Email address": "ada@example.org", "Password": "guessed"}
    return [
        Page("factors.factors-set-up", factors, eva),
        Page("factors.codes", factors, eva, pressed="Make new codes"),
        Page("people.people-no-access", people, eva),
        Page("home.home-author", address("editor_home.home"), eva),
        Page("sign_in.sign_in-refused", sign_in, nobody, wrong, "Sign in"),
        Page("sign_in.link-sent", sign_in, nobody, wrong, "Email me a sign-in link"),
        Page(
            "password.sent",
            forgotten,
            nobody,
            asking,
            "Email me a link",
        ),
        Page(
            "public_signup.sent",
            signup,
            nobody,
            {"Your email address": "new@example.org"},
            "Sign up",
        ),
        Page(
            "public_signup.refused",
            signup,
            nobody,
            {"Your email address": "new@localhost"},
            "Sign up",
        ),
    ]


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
        "message_id": list_messages(world.context.settings.sandbox_dir)[0].id,
    }
    return {"": {name: known[name] for name in arguments}}


def _examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    signer, sent = world.context.signer, world.issues["sent"]
    issues = {name: {"issue_id": issue_id} for name, issue_id in world.issues.items()}
    both = {"": {"slug": "harbour-notes"}, "empty": {"slug": "tidelines"}}
    errors = {str(status): {"status": status} for status in ERRORS}
    return {
        "errors": errors,
        "editor_errors": errors,
        "sandbox.message": _mails(world),
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
        "public_archive.edition": {"": {"slug": "harbour-notes", "number": 2}},
        "public_signup.form": both,
        "public_confirmation.page": {
            "": {"token": signer.sign_confirmation(*world.waiting)},
            "lost": {"token": "x"},
        },
        "public_preferences.page": {
            "": {"token": signer.sign_preferences(world.reading)},
            "left": {"token": signer.sign_preferences(1)},
        },
        "public_leaving.page": {
            "": {"token": signer.sign_unsubscribe(world.reading, 1)},
            "left": {"token": signer.sign_unsubscribe(1, 1)},
            "lost": {"token": "x"},
        },
        "editor_invitations.show": {"": {"token": world.invitation}, "lost": {"token": "x"}},
        "editor_sign_in.open_link": {"lost": {"token": "x"}},
    }


def _is_wanted(page: Page, only: Sequence[str]) -> bool:
    return not only or any(part in page.name for part in only)


def _mails(world: World) -> dict[str, dict[str, Any]]:
    """The newest mail, in each view of the sandbox."""
    newest = list_messages(world.context.settings.sandbox_dir)[0].id
    return {view: {"message_id": newest, "view": view} for view in VIEWS}


def _take_all(
    windows: Mapping[Viewer, Any], site: str, pages: Sequence[Page], out: Path, view: str
) -> None:
    for one in pages:
        tab = windows[one.viewer].new_page()
        answer = show(tab, site, one)
        if "text/html" not in answer.headers["content-type"]:
            tab.close()
            continue
        tab.wait_for_load_state("load")
        wide = tab.evaluate("document.documentElement.scrollWidth > innerWidth")
        tell(f"{answer.status} {one.name} {view}{' TOO WIDE' if wide else ''}")
        name = re.sub(r"[^a-z0-9-]+", "_", one.name)
        tab.screenshot(path=out / f"{name}-{view}.png", full_page=True)
        tab.close()
    for window in windows.values():
        window.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=())
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
