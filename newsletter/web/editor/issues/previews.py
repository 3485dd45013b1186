"""Previews of an email: which view is shown, and what its frame may load."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from newsletter.rendering.edition.views import View, as_seen, has_pictures
from newsletter.usecases.issues.preview_issue import Preview
from newsletter.web.shell import context

ALL_PICTURES = "https: http: data:"

VIEWS = {
    View.BOTH: "Phone and desktop",
    View.DESKTOP: "Desktop",
    View.PHONE: "Phone",
    View.DARK: "Dark",
    View.PICTURES_OFF: "Pictures off",
    View.TEXT: "Plain text",
    View.UNSTYLED: "Without styles",
}
_EXPLAINED = {
    View.DARK: "As shown by email programs that follow the reader’s dark mode.",
    View.PICTURES_OFF: "As many email programs show it at first, with text in place of pictures.",
    View.TEXT: "The plain-text part, for readers who prefer it, some watches and spam filters.",
    View.UNSTYLED: "As Gmail shows it in accounts of other providers, without style sheets.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The chosen view, as the preview page describes it."""

    view: View
    with_pictures: bool

    @property
    def explanation(self) -> str:
        return _EXPLAINED.get(self.view, "")

    @property
    def frames(self) -> list[tuple[str, str, int]]:
        """(class, title, width) of each frame."""
        phone = ("phone", "The email on a phone", 375)
        desktop = ("desktop", "The email on a desktop computer", 680)
        if self.view is View.BOTH:
            return [phone, desktop]
        if self.view is View.PHONE:
            return [phone]
        return [("desktop", f"The email: {VIEWS[self.view].lower()}", 680)]

    @property
    def framed(self) -> str:
        """The view that the frames show."""
        return View.DESKTOP if self.view in (View.BOTH, View.PHONE) else self.view


def shown_view() -> Shown:
    """The view named in the address. The first one if it is missing or unknown."""
    try:
        view = View(request.args.get("view", ""))
    except ValueError:
        view = View.BOTH
    return Shown(view, request.args.get("pictures") == "on" and view is not View.PICTURES_OFF)


def our_pictures() -> str:
    """How the addresses of the pictures begin that this service serves itself."""
    return f"{context().settings.public_url}/media/"


def has_other_pictures(html: str) -> bool:
    """From sites that would learn of the look."""
    return has_pictures(html, except_ours=our_pictures())


def frame(preview: Preview) -> Response:
    """The email for a frame that nobody reaches into."""
    shown = shown_view()
    ours = "" if shown.view is View.PICTURES_OFF else our_pictures()
    html = as_seen(preview.html, shown.view, with_pictures=shown.with_pictures, ours=ours)
    seen = f"'self' {ours}" if ours and has_pictures(html, except_ours="") else "'none'"
    return framed(html, pictures=ALL_PICTURES if shown.with_pictures else seen)


def framed(html: str, *, pictures: str, is_ours_to_change: bool = False) -> Response:
    """It may load styles and the pictures of these sites, and nothing else; nothing in it can run.
    With `is_ours_to_change` the page around it may change it.
    """
    reach = "allow-same-origin " if is_ours_to_change else ""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        f"sandbox {reach}allow-popups allow-popups-to-escape-sandbox"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
