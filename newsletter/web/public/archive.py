"""The public archive of sent issues."""

from __future__ import annotations

from flask import Blueprint, Response, request

from newsletter.usecases.archive.read_archive import list_archive, read_edition
from newsletter.web.public.feed import atom_feed
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("public_archive", __name__, template_folder="templates")

HIGHEST_NUMBER = 2**31 - 1
EDITION_POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Emails have inline styles and pictures from anywhere, and no scripts."""


@BLUEPRINT.get("/n/<slug>/archive")
def issues(slug: str) -> Response:
    before = request.args.get("before", type=int)
    archive = list_archive(context(), slug, before and max(0, min(before, HIGHEST_NUMBER)))
    page = render("public/archive.html", profile=archive.profile, archive=archive)
    return Response(page, headers={"Cache-Control": "public, max-age=60"})


@BLUEPRINT.get("/n/<slug>/feed.xml")
def feed(slug: str) -> Response:
    found = atom_feed(list_archive(context(), slug), context().settings.public_url)
    response = Response(found, content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=600"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@BLUEPRINT.get(f"/n/<slug>/archive/<int(max={HIGHEST_NUMBER}):number>")
def edition(slug: str, number: int) -> Response:
    """The edition is frozen, but the URL belongs to the number: caches keep it for an hour."""
    found = read_edition(context(), slug, number)
    response = Response(found.html)
    response.headers["Content-Security-Policy"] = EDITION_POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.set_etag(found.version)
    if found.sent_at:
        response.last_modified = found.sent_at
    return response.make_conditional(request)  # type: ignore[return-value]
