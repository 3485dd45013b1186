"""/healthz: the process lives. /readyz: it could do its work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from newsletter.usecases.operations.standstills import standstills
from newsletter.web.shell import context

BLUEPRINT = Blueprint("health", __name__)


@BLUEPRINT.get("/healthz")
def alive() -> dict[str, str]:
    return {"status": "alive"}


@BLUEPRINT.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """A relay in trouble is reported, but pages work without it: no load balancer has to act."""
    found = standstills(context())
    reasons = {one.part: one.reason for one in found if one.is_ours}
    elsewhere = {one.part: one.reason for one in found if not one.is_ours}
    answer = {"standstills": elsewhere} if elsewhere else {}
    if reasons:
        return {"status": "not ready", "reasons": reasons, **answer}, 503
    return {"status": "ready", **answer}, 200


@BLUEPRINT.after_request
def forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
