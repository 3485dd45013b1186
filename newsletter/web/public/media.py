"""Pictures that we keep: addressed by their content, so that caches may keep them for ever."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import MEDIA_TYPES, read_kept_picture
from newsletter.web.shell import context

BLUEPRINT = Blueprint("public_media", __name__)


@BLUEPRINT.get("/media/<name>")
def picture(name: str) -> Response:
    """Mail programs and the sandboxed pages of the archive are other origins."""
    try:
        data = read_kept_picture(media_store(context().settings), name)
    except OSError:
        return Response(status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"})
    if data is None:
        abort(404)
    stem, _, extension = name.partition(".")
    response = Response(data, mimetype=MEDIA_TYPES[extension])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(stem)
    return response.make_conditional(request)  # type: ignore[return-value]
