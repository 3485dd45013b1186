"""/healthz: the process lives. /readyz: it could do its work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from newsletter.usecases.operations.check_readiness import readiness
from newsletter.web.shell import context

BLUEPRINT = Blueprint("health", __name__)


@BLUEPRINT.get("/healthz")
def alive() -> dict[str, str]:
    return {"status": "alive"}


@BLUEPRINT.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    reasons = readiness(context())
    if reasons:
        return {"status": "not ready", "reasons": reasons}, 503
    return {"status": "ready"}, 200


@BLUEPRINT.after_request
def forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
