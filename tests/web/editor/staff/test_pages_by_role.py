"""Pages offer what a role may do: no link, form or button on them is refused when it is used."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.domain.readers.audiences import EVERYONE
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.staff.permissions import is_allowed
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.issues.templates import save_template
from newsletter.usecases.newsletters.sponsors import book_sponsor
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from newsletter.usecases.readers.notes import add_note
from newsletter.usecases.readers.saved_filters import save_filter
from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber
from newsletter.usecases.staff.invitations import invite
from newsletter.web.editor.staff.doors import DOORS, SERVER_DOORS
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.ledgers import a_sent_issue
from tests.support.pictures import drawn
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, signed_in

AT = "http://localhost"
ALIKE = {
    "editor_checks.checks",
    "editor_deliveries.show",
    "editor_liked.liked",
    "editor_liked.links",
    "editor_proofs.page",
    "editor_sending.confirm_send",
    "editor_sending.preview",
    "editor_versions.versions",
    "subscribers.confirm_erase",
}
"""They offer the same whichever issue or subscriber it is: one of each is opened."""
_GOING_OUT = {
    IssueState.SENT: ("failed-1", "held-1"),
    IssueState.PAUSED: ("held-2",),
    IssueState.SENDING: (),
}


class Offered(HTMLParser):
    """What a page offers: (method, address) of its links, forms and buttons."""

    def __init__(self, page_url: str) -> None:
        super().__init__()
        self.page_url = page_url
        self.found: set[tuple[str, str]] = set()
        self._method = "GET"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._method = values.get("method", "get").upper()
            self._offer(self._method, values.get("action", ""))
        elif "formaction" in values:
            self._offer(values.get("formmethod", self._method).upper(), values["formaction"])
        elif tag == "a" and "href" in values:
            self._offer("GET", values["href"])

    def _offer(self, method: str, address: str) -> None:
        url = urlsplit(urljoin(AT + self.page_url, address))
        is_ours = url.netloc == urlsplit(AT).netloc and url.path.startswith("/editor")
        if is_ours and method != "DIALOG":
            self.found.add((method, url.path))


@pytest.fixture
def notes(context: Context) -> Newsletter:
    """A newsletter with something of everything."""
    notes = a_newsletter(context, slug="notes")
    draft = an_issue(context, notes)
    an_issue(context, notes, state=IssueState.SCHEDULED, scheduled_at=context.now())
    for state, readers_of_it in _GOING_OUT.items():
        sent = a_sent_issue(context, *readers_of_it, newsletter=notes)
        with context.database.write() as session:
            session.merge(sent.issue()).state = state
    an_issue(context, notes, state=IssueState.IMPORTED, number=90)
    readers = {one: a_subscriber(context, notes, state=one) for one in SubscriptionState}
    save_template(context, draft.id, "Usual", EDITOR)
    booked = Sponsor("Acme", "", "", date(2030, 1, 7), date(2030, 1, 7))
    book_sponsor(context, "notes", booked, EDITOR)
    add_picture(context, "notes", NewPicture(drawn()), EDITOR)
    active = readers[SubscriptionState.ACTIVE].subscriber_id
    add_note(context, "notes", active, "Likes bread.", EDITOR)
    save_filter(context, "notes", "All", EVERYONE, (), EDITOR)
    paused = readers[SubscriptionState.PAUSED].subscriber_id
    suppress_subscriber(context, "notes", paused, "a letter", EDITOR, only_here=True)
    invite(context, "notes", "cy@example.org", Role.AUTHOR, EDITOR)
    an_editor(context, password_hash="chosen")
    return notes


def test_a_role_is_offered_nothing_that_would_be_refused(
    app: Flask, context: Context, notes: Newsletter
) -> None:
    urls = app.url_map.bind("localhost")
    for role in Role:
        person = signed_in(app, context, {notes.id: role})
        principal = Principal.editor(1, "ben", {notes.id: role})
        seen, alike = ["/editor/"], set[str]()
        refused = list[tuple[str, str, str]]()
        for page in seen:
            for method, address in sorted(offered_on(page, person)):
                endpoint = endpoint_of(urls, method, address)
                if not is_open(endpoint, principal, notes.id):
                    refused.append((page, method, address))
                elif method == "GET" and address not in seen and endpoint not in alike:
                    seen.append(address)
                    alike |= {endpoint} & ALIKE
        assert (role, refused) == (role, [])
        assert len(seen) > 20


def offered_on(page: str, person: Person) -> set[tuple[str, str]]:
    """Nothing on a file, and where the page leads elsewhere."""
    answer = person.client.get(page)
    assert answer.status_code != 403, page
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return set()
    reader = Offered(page)
    reader.feed(answer.text)
    return reader.found


def endpoint_of(urls: MapAdapter, method: str, address: str) -> str:
    """ "" for what is no page."""
    try:
        endpoint: str = urls.match(address, method)[0]
    except HTTPException:
        return ""
    return endpoint


def is_open(endpoint: str, principal: Principal, newsletter_id: int) -> bool:
    if endpoint in SERVER_DOORS:
        return is_allowed(principal, SERVER_DOORS[endpoint])
    allowed = endpoint not in DOORS or is_allowed(principal, DOORS[endpoint], newsletter_id)
    return bool(endpoint) and allowed
