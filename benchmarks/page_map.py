"""What is asked of each page that can be read, by endpoint: editors' pages and the public ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from flask import Flask

from benchmarks.long_list import COMMON, MIDDLE, OLD, RARE, SECTION, SLUG, LongList
from newsletter.signing import Signer

_ORDERS = ("newest", "oldest", "address", "address-down")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `says` tells it from others of the same page."""

    endpoint: str
    about: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    is_guess: bool = False
    """There may be no such page."""

    @property
    def name(self) -> str:
        return f"{self.endpoint} {self.says}".strip()


NOT_ASKED: Mapping[str, str] = {
    "came_back.message": "needs the message itself, which is no larger with a long list",
    "editor_archives.check": "needs an upload",
    "editor_checks.piece": "waits for links of others",
    "editor_editors.confirm_administrator": "needs a second editor",
    "editor_editors.confirm_removal": "needs a second editor",
    "editor_home.static": "a file",
    "editor_invitations.show": "needs an invitation",
    "editor_pictures.picture": "needs the file of a picture",
    "editor_sending.confirm_cancel": "needs an issue that is going out",
    "editor_sign_in.open_link": "needs a new link each time",
    "editor_versions.version": "needs a version",
    "public_media.picture": "a file",
    "sandbox.frame": "the sandbox is for trying out",
    "sandbox.inbox": "the sandbox is for trying out",
    "sandbox.message": "the sandbox is for trying out",
    "sandbox.source": "the sandbox is for trying out",
    "static": "a file",
    "subscriber_files.check": "needs an upload",
    "subscriber_files.left_out": "needs an upload",
}
"""Endpoints, and why."""


def every_ask(app: Flask, long_list: LongList, signer: Signer, now: datetime) -> list[Ask]:
    """Of each endpoint that can be read. One that is not here is asked about a draft, a subscriber,
    or whatever is number 1.
    """
    asks = [*_subscribers(long_list, now), *_issues(long_list), *_others(now)]
    asks += _public(long_list, signer)
    known = {ask.endpoint for ask in asks} | set(NOT_ASKED)
    usual = {"slug": SLUG, "issue_id": long_list.issues, "subscriber_id": long_list.rows // 2}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in known:
            about = {name: usual.get(name, 1) for name in rule.arguments}
            asks.append(Ask(rule.endpoint, about, is_guess=not rule.arguments <= set(usual)))
    return asks


def _subscribers(long_list: LongList, now: datetime) -> Iterator[Ask]:
    page, about = "subscribers.subscribers", {"slug": SLUG}
    middle = long_list.rows // 2
    half = f"{now - timedelta(days=547):%Y-%m-%d}"
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "common tag": {"tag": COMMON},
        "middle tag": {"tag": MIDDLE},
        "rare tag": {"tag": RARE},
        "old tag": {"tag": OLD},
        "two tags": {"tag": [MIDDLE, RARE]},
        "no such tag": {"tag": "nobody"},
        "without a tag": {"no_tag": COMMON},
        "interested": {"interest": SECTION},
        "common source": {"source": "import"},
        "rare source": {"source": "editor"},
        "common attribute": {"attribute": "city=Berlin"},
        "rare attribute": {"attribute": "plan=patron"},
        "any value": {"attribute": "plan"},
        "common state": {"state": "active"},
        "rare state": {"state": "paused"},
        "came back": {"feedback": "bounced"},
        "complained": {"feedback": "complaint"},
        "since": {"since": half},
        "before": {"before": half},
        "not mailed": {"not_mailed_since": half, "state": "active"},
        "common and rare": {"tag": COMMON, "attribute": "plan=patron", "state": "active"},
    }
    for (says, query), order in product(filters.items(), _ORDERS):
        yield Ask(page, about, {**query, "sort": order}, f"{says}, {order}")
    for order in _ORDERS:
        yield Ask(page, about, {"sort": order, "older": middle}, f"page in the middle, {order}")
    yield Ask(page, about, {"newer": 50, "sort": "newest"}, "last page")
    yield Ask(page, about, {"tag": COMMON, "older": middle}, "common tag, page in the middle")
    yield Ask(page, about, {"q": f"reader{middle}@mail{middle % 500}.example.org"}, "whole address")
    yield Ask(page, about, {"q": "nobody@nowhere.example"}, "no such address")
    yield Ask(page, about, {"q": f"reader{middle}"}, "part of an address")
    yield Ask(page, about, {"q": "bigmail"}, "part of many addresses")
    yield Ask(page, about, {"q": "zzzz"}, "part of no address")
    yield Ask("subscriber_files.export", about, {}, "all")
    yield Ask("subscriber_files.export", about, {"tag": RARE}, "rare tag")
    yield Ask("subscriber_files.choose", about)
    yield Ask("subscribers.add_form", about)
    for endpoint in ("subscribers.show", "subscribers.confirm_erase"):
        yield Ask(endpoint, {**about, "subscriber_id": middle})
    yield Ask("suppressions.suppressions", about)
    yield Ask("suppressions.suppressions", about, {"q": f"reader{middle}"}, "search")
    yield Ask("suppressions.export", about)
    yield Ask("came_back.came_back", about)
    yield Ask("editor_deliveries.look_up")
    yield Ask("editor_deliveries.show", {"subscriber_id": middle})


def _issues(long_list: LongList) -> Iterator[Ask]:
    sent, planned = {"issue_id": long_list.last_sent}, {"issue_id": long_list.planned}
    draft, imported = {"issue_id": long_list.issues}, {"issue_id": 2}
    about = {"slug": SLUG}
    yield Ask("editor_issues.issues", about)
    yield Ask("editor_issues.new", about)
    yield Ask("editor_feeds.ask", about)
    yield Ask("editor_versions.deleted", about)
    for endpoint in (
        "editor_issues.edit",
        "editor_issues.confirm_delete",
        "editor_checks.checks",
        "editor_composer.composed",
        "editor_keeping.state",
        "editor_proofs.page",
        "editor_sending.preview",
        "editor_sending.preview_frame",
        "editor_sending.send",
        "editor_sending.confirm_send",
        "editor_sending.undo_piece",
        "editor_versions.versions",
    ):
        yield Ask(endpoint, draft)
    yield Ask("editor_sending.preview", imported, {}, "imported")
    yield Ask("editor_sending.send", planned, {}, "for a tag")
    yield Ask("editor_sending.progress", planned, {}, "planned")
    yield Ask("editor_sending.progress", sent, {}, "sent to all")
    yield Ask("editor_sending.progress", {"issue_id": long_list.last_sent - 5}, {}, "sent to some")
    yield Ask("editor_sending.preview", sent, {}, "sent")
    yield Ask("editor_liked.liked", sent)
    yield Ask("editor_liked.links", sent)
    for kind in ("hard", "soft", "complaint", "answer"):
        yield Ask("editor_later.later", sent, {"what": kind}, kind)


def _others(now: datetime) -> Iterator[Ask]:
    about = {"slug": SLUG}
    yield Ask("editor_home.home")
    yield Ask("editor_calendar.calendar", {}, {"month": f"{now:%Y-%m}"}, "this month")
    yield Ask("editor_calendar.calendar", {}, {"month": f"{now - timedelta(90):%Y-%m}"}, "long ago")
    yield Ask("editor_find.find")
    yield Ask("editor_find.find", {}, {"q": "issue"}, "issue")
    yield Ask("editor_find.find", {}, {"q": "Issue 7"}, "one issue")
    yield Ask("editor_find.find", {}, {"q": "reader5@bigmail.example.org"}, "subscriber")
    for endpoint in ("editor_audit.server", "editor_audit.newsletter"):
        place = {} if endpoint.endswith("server") else about
        yield Ask(endpoint, place)
        yield Ask(endpoint, place, {"who": "Nobody"}, "by nobody")
        yield Ask(endpoint, place, {"action": "issue"}, "about issues")
        yield Ask(endpoint, place, {"action": "picture"}, "about pictures")
    yield Ask("editor_archives.archive", about)
    yield Ask("editor_archives.archive", about, {"q": "zzzz"}, "search for nothing")
    yield Ask("editor_archives.archive", about, {"before": 60}, "last page")
    for endpoint in (
        "editor_archives.choose",
        "editor_growth.growth",
        "editor_growth.figures",
        "editor_newsletters.settings",
        "editor_people.people",
        "editor_pictures.pictures",
        "editor_sponsors.page",
        "editor_themes.sample",
    ):
        yield Ask(endpoint, about)
    for endpoint in (
        "editor_doctor.report",
        "editor_editors.editors",
        "editor_newsletters.new",
        "editor_session.session",
        "editor_session.signed_in",
        "editor_sign_in.account",
        "editor_sign_in.sign_in",
    ):
        yield Ask(endpoint)


def _public(long_list: LongList, signer: Signer) -> Iterator[Ask]:
    about, someone = {"slug": SLUG}, long_list.rows // 2
    yield Ask("health.alive")
    yield Ask("health.ready")
    yield Ask("public_signup.front")
    yield Ask("public_signup.form", about)
    yield Ask("public_subscription_link.form", about)
    yield Ask("public_archive.issues", about)
    yield Ask("public_archive.edition", {**about, "number": long_list.last_sent}, {}, "sent here")
    yield Ask("public_archive.edition", {**about, "number": 2}, {}, "imported")
    yield Ask("public_confirmation.page", {"token": signer.sign_confirmation(someone)})
    yield Ask("public_preferences.page", {"token": signer.sign_preferences(someone)})
    token = signer.sign_unsubscribe(someone, long_list.last_sent)
    yield Ask("public_leaving.page", {"token": token})
    click = signer.sign_click(long_list.last_sent, someone)
    yield Ask("public_clicks.follow", {"token": click, "number": 1})
