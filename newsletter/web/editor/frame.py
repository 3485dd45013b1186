"""What stands around every editor's page: the rooms of a newsletter and of the server, and where
the page is among them.

The template editor/layout.html draws it. A page says which newsletter it is about (`profile`), in
which room it is (`tab`), and what lies between the room and itself (`crumbs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.permissions import PERMISSIONS
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.editor.staff.doors import may_open
from newsletter.web.shell import context


@dataclass(frozen=True, slots=True)
class Room:
    """A place in the sidebar. `key` is what its pages set as `tab`."""

    key: str
    label: str
    icon: str
    endpoint: str

    def url(self, profile: NewsletterProfile | None = None) -> str:
        return url_for(self.endpoint, slug=profile.slug) if profile else url_for(self.endpoint)


ROOMS = (
    Room("issues", "Issues", "pen", "editor_issues.issues"),
    Room("subscribers", "Subscribers", "people", "subscribers.subscribers"),
    Room("pictures", "Pictures", "picture", "editor_pictures.pictures"),
    Room("growth", "Reports", "chart", "editor_growth.growth"),
    Room("people", "People", "people", "editor_people.people"),
    Room("settings", "Settings", "gear", "editor_newsletters.settings"),
)
"""Of each newsletter. The phone's bar has room for the first three."""

SERVER_ROOMS = (
    Room("home", "Home", "home", "editor_home.home"),
    Room("editors", "Editors", "key", "editor_editors.editors"),
    Room("doctor", "Doctor", "pulse", "editor_doctor.report"),
)


class Frame:
    """Asks the database only for what the page shows."""

    def rooms(self, profile: NewsletterProfile) -> list[Room]:
        who = current_principal()
        return [room for room in ROOMS if may_open(who, room.endpoint, profile.id)]

    @property
    def server_rooms(self) -> list[Room]:
        return [one for one in SERVER_ROOMS if may_open(current_principal(), one.endpoint)]

    @property
    def newsletters(self) -> list[NewsletterProfile]:
        """All that the editor may act on."""
        if "frame_newsletters" not in g:
            who = current_principal()
            has_any = who.holds_somewhere(PERMISSIONS["show_newsletters"])
            g.frame_newsletters = show_newsletters(context(), who) if has_any else []
        found: list[NewsletterProfile] = g.frame_newsletters
        return found

    def newsletter(self, profile: NewsletterProfile | None) -> NewsletterProfile | None:
        """The one that the page is about, or the only one that there is."""
        if profile:
            return profile
        return self.newsletters[0] if len(self.newsletters) == 1 else None

    def crumbs(
        self, profile: NewsletterProfile | None, tab: str, issue: Any, further: Sequence[Any]
    ) -> list[tuple[str, str]]:
        """(label, address) of the pages above this one, from the room down."""
        above = [(room.label, room.url(profile)) for room in ROOMS if profile and room.key == tab]
        if issue and tab == "issues":
            above.append((issue.shown_title, url_for("editor_issues.edit", issue_id=issue.id)))
        above += [(label, url) for label, url in further]
        return [(label, url) for label, url in above if url != request.path]


def add_frame() -> dict[str, Frame]:
    """A context processor: `frame` in each template."""
    return {"frame": Frame()}
