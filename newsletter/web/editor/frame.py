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

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.staff.permissions import PERMISSIONS, is_allowed
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.shell import context


@dataclass(frozen=True, slots=True)
class Room:
    """A place in the sidebar. `key` is what its pages set as `tab`, `use_case` what they do."""

    key: str
    label: str
    icon: str
    endpoint: str
    use_case: str

    def url(self, profile: NewsletterProfile | None = None) -> str:
        return url_for(self.endpoint, slug=profile.slug) if profile else url_for(self.endpoint)


ROOMS = (
    Room("issues", "Issues", "pen", "editor_issues.issues", "open_issue"),
    Room("subscribers", "Subscribers", "people", "subscribers.subscribers", "list_subscribers"),
    Room("archive", "Archive", "archive", "editor_archives.archive", "list_past_issues"),
    Room("pictures", "Pictures", "picture", "editor_pictures.pictures", "list_pictures"),
    Room("growth", "Reports", "chart", "editor_growth.growth", "show_growth"),
    Room("came_back", "What came back", "back", "came_back.came_back", "list_feedback"),
    Room("people", "People", "people", "editor_people.people", "list_people"),
    Room("settings", "Settings", "gear", "editor_newsletters.settings", "save_newsletter"),
)
"""Of each newsletter. The phone's bar has room for the first three. The link inbox will be a line
here, once it has a page.
"""

OPEN_ROOMS = (
    Room("home", "Home", "home", "editor_home.home", "show_newsletters"),
    Room("calendar", "Calendar", "calendar", "editor_calendar.calendar", "show_calendar"),
)
"""For every editor: they show what one may see."""

SERVER_ROOMS = (
    Room("editors", "Editors", "key", "editor_editors.editors", "list_editors"),
    Room("doctor", "Doctor", "pulse", "editor_doctor.report", "last_examinations"),
)


class Frame:
    """Asks the database only for what the page shows."""

    def rooms_of(self, profile: NewsletterProfile) -> list[Room]:
        """Those that the editor may enter."""
        who = current_principal()
        return [room for room in ROOMS if is_allowed(who, room.use_case, profile.id)]

    @property
    def server_rooms(self) -> list[Room]:
        who = current_principal()
        return [*OPEN_ROOMS, *(room for room in SERVER_ROOMS if is_allowed(who, room.use_case))]

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
        above += [(room.label, room.url()) for room in self.server_rooms if room.key == tab]
        if issue and tab == "issues":
            above.append((issue.shown_title, url_for("editor_issues.edit", issue_id=issue.id)))
        above += [(label, url) for label, url in further]
        return [(label, url) for label, url in above if url != request.path]


def add_frame() -> dict[str, Frame]:
    """A context processor: `frame` in each template."""
    return {"frame": Frame()}
