"""Finds a page, a newsletter, an issue or a subscriber, and the common things to do: as a page, and
as JSON for the command palette. What it offers are addresses; the buttons are on the pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from flask import Blueprint, jsonify, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.staff.permissions import is_allowed
from newsletter.usecases.newsletters.find_anything import FoundIssue, find_anything
from newsletter.web.editor.frame import Frame
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.errors import wants_json
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_find", __name__, url_prefix="/editor/find")
require_editor(BLUEPRINT)

_IN_A_NEWSLETTER = (
    ("New issue", "create_issue", "editor_issues.new", ""),
    ("Paste a digest", "create_issue_from_digest", "editor_issues.new", "digest"),
    ("New issue from a feed", "create_issue_from_feed", "editor_feeds.ask", ""),
    ("Add a subscriber", "add_subscriber", "subscribers.add_form", ""),
    ("Import subscribers", "import_subscribers", "subscriber_files.choose", ""),
    ("Import past issues", "import_archive", "editor_archives.choose", ""),
    ("Suppressed addresses", "list_suppressions", "suppressions.suppressions", ""),
    ("Export subscribers", "export_subscribers", "subscribers.subscribers", ""),
    ("Sponsors", "list_sponsors", "editor_sponsors.page", ""),
    ("Recently deleted issues", "show_deleted", "editor_versions.deleted", ""),
    ("Invite someone", "invite", "editor_people.people", "invite"),
    ("Audit log", "list_audit", "editor_audit.newsletter", ""),
    ("Colours and logo", "save_newsletter", "editor_newsletters.settings", "theme"),
)
"""Words, the use case that it needs, its page and the place on it."""

_ON_THE_SERVER = (
    ("New newsletter", "create_newsletter", "editor_newsletters.new"),
    ("Look up deliveries", "show_deliveries", "editor_deliveries.look_up"),
    ("Audit log of the server", "list_audit", "editor_audit.server"),
)

_OF_AN_ISSUE = (
    ("Edit", "save_issue", "editor_issues.edit", ("draft", "scheduled")),
    ("Read", "open_issue", "editor_issues.edit", ("imported",)),
    ("Preview", "preview_issue", "editor_sending.preview", ("draft", "scheduled")),
    ("Send a test of", "send_test", "editor_sending.preview", ("draft", "scheduled")),
    ("Send or schedule", "send_now", "editor_sending.send", ("draft", "scheduled")),
    ("Pause or cancel", "pause_issue", "editor_sending.progress", ("sending",)),
    ("Resume or cancel", "resume_issue", "editor_sending.progress", ("paused",)),
    (
        "Report of",
        "report_issue",
        "editor_sending.progress",
        ("sending", "paused", "sent", "cancelled"),
    ),
)
"""Words, the use case that it needs, its page, and the states in which there is something to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """`about` says which newsletter it belongs to, or what it is."""

    label: str
    about: str
    url: str


@BLUEPRINT.get("")
def find() -> str | Response:
    text = request.args.get("q", "").strip()
    found = [*_matches(text)] if text else []
    if wants_json():
        return jsonify(items=[asdict(one) for one in (found if text else _places())])
    places = [one for one in _places() if all(w in _words(one) for w in text.lower().split())]
    return render("editor/find.html", text=text, found=found, places=places)


def _words(item: Item) -> str:
    return f"{item.label} {item.about}".lower()


def _matches(text: str) -> Iterator[Item]:
    """Issues, with what can be done with them, and subscribers."""
    found = find_anything(context(), text, current_principal())
    for one in found.subscribers:
        url = url_for("subscribers.show", slug=one.slug, subscriber_id=one.id)
        yield Item(one.address, one.newsletter, url)
    for issue in found.issues:
        yield from _of_issue(issue)


def _of_issue(issue: FoundIssue) -> Iterator[Item]:
    """The issue itself; of one that is going out, also how to stop it."""
    number = f"#{issue.number} " if issue.number else ""
    who = current_principal()
    for words, use_case, endpoint, states in _OF_AN_ISSUE:
        if issue.state in states and is_allowed(who, use_case, issue.newsletter_id):
            label = f"{words} {number}{issue.title}"
            about = f"{issue.newsletter}, {IssueState(issue.state).value}"
            yield Item(label, about, url_for(endpoint, issue_id=issue.id))


def _places() -> list[Item]:
    """Of the newsletter that one is in first; then the others, then the server."""
    frame, who = Frame(), current_principal()
    here = request.args.get("at", "")
    newsletters = sorted(frame.newsletters, key=lambda one: one.slug != here)
    items = [item for one in newsletters for item in _of_newsletter(frame, one)]
    items += [Item(room.label, "Server", room.url()) for room in frame.server_rooms]
    items += [
        Item(label, "Server", url_for(endpoint))
        for label, use_case, endpoint in _ON_THE_SERVER
        if is_allowed(who, use_case)
    ]
    account = url_for("editor_sign_in.account")
    sessions = url_for("editor_sign_in.account", _anchor="sessions")
    return [*items, Item("Your account", "You", account), Item("Your sessions", "You", sessions)]


def _of_newsletter(frame: Frame, profile: NewsletterProfile) -> Iterator[Item]:
    for label, use_case, endpoint, anchor in _IN_A_NEWSLETTER:
        if is_allowed(current_principal(), use_case, profile.id):
            url = url_for(endpoint, slug=profile.slug, _anchor=anchor or None)
            yield Item(label, profile.name, url)
    for room in frame.rooms_of(profile):
        yield Item(room.label, profile.name, room.url(profile))
    yield Item("Signup page", profile.name, url_for("public_signup.form", slug=profile.slug))
    issues = url_for("editor_issues.issues", slug=profile.slug)
    yield Item(f"Switch to {profile.name}", "Newsletter", issues)
