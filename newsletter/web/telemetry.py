"""One wide event for each request: route, never path or query, since those hold tokens."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from newsletter import telemetry
from newsletter.web.bodies import GuardedRequest


class Application(Flask):
    """Flask with a wide event for each request, and no paths in its log."""

    request_class = GuardedRequest

    def full_dispatch_request(self) -> Response:
        with telemetry.wide_event("request", method=request.method, route=_route()) as event:
            g.event = event
            event.add(status=500)  # until there is a response
            response = super().full_dispatch_request()
            event.add(status=response.status_code)
            if trouble := request.environ.get("newsletter.error"):
                event.add(error_text=trouble[:500])
            return response

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        self.logger.error("Exception on %s %s", request.method, _route(), exc_info=exc_info)


def add_facts(**facts: Any) -> None:
    """Adds facts to this request's event. Never an address or a token."""
    g.event.add(**facts)


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "(none)"
