"""The web's composition root: settings in, a Flask application out. Opens no connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from newsletter.config import Settings, require_shared
from newsletter.domain.sentences import as_sentence
from newsletter.rendering.templates.compiled import CompiledTemplates
from newsletter.runtime.arrivals import LARGEST_REQUEST_BYTES
from newsletter.spool.clicks import ClickBuffer
from newsletter.spool.presence import Presence
from newsletter.spool.presses import Presses
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import open_context
from newsletter.web import editor, public, sandbox, security
from newsletter.web.bodies import MOST_FIELDS
from newsletter.web.editor.issues.keeping import limit_keeping
from newsletter.web.editor.staff.limits import limit_sign_in
from newsletter.web.errors import handle_errors
from newsletter.web.isolation import isolated
from newsletter.web.public.clicks import ClickDoor
from newsletter.web.public.look import page_look
from newsletter.web.scripts import LeanScripts
from newsletter.web.shell import EXTENSION, RowNumber, Shell, long_date, version_static_files
from newsletter.web.telemetry import Application

STATIC_MAX_AGE_S = 365 * 86_400


def create_app(settings: Settings, now: Callable[[], datetime] | None = None) -> Flask:
    """`now` is the clock, for tests. Raises Misconfigured if secrets are missing."""
    require_shared(settings)
    web = Path(__file__).parent / "web"
    app = Application(
        "newsletter", root_path=str(web), static_folder="static", template_folder="templates"
    )
    app.jinja_options = {"bytecode_cache": CompiledTemplates(web, "pages")}
    app.config.update(_configuration(settings))
    context = replace(open_context(settings, now), origin=security.request_origin)
    limiter = security.make_limiter(settings)
    clicks = ClickBuffer(settings.redis_url)
    app.wsgi_app = ClickDoor(app.wsgi_app, context, clicks)  # type: ignore[method-assign]
    app.extensions[EXTENSION] = Shell(
        context=context,
        wakeups=Wakeups(open_broker(settings)),
        limiter=limiter,
        clicks=clicks,
        presence=Presence(settings.redis_url),
        presses=Presses(settings.redis_url),
    )
    security.guard(app, settings)
    limiter.init_app(app)
    app.url_map.converters["int"] = RowNumber
    handle_errors(app)
    version_static_files(app)
    app.add_template_filter(long_date, "long_date")
    app.add_template_filter(as_sentence, "sentence")
    app.add_template_filter(isolated, "isolated")
    app.add_template_filter(page_look, "page_look")
    limit_keeping(limiter)
    for blueprint in (*public.BLUEPRINTS, *editor.BLUEPRINTS, *sandbox.BLUEPRINTS):
        app.register_blueprint(blueprint)
    security.limit_sign_up(app, limiter, settings)
    security.limit_hooks(app, limiter, settings)
    security.limit_changes(app, limiter)
    limit_sign_in(app, limiter, settings)
    _serve_static_files(app, settings)
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    *older, newest = settings.secret_keys
    is_https = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": newest,
        "SECRET_KEY_FALLBACKS": older,
        # The prefix binds it to this very host: a neighbour's subdomain can't set it.
        "SESSION_COOKIE_NAME": f"{'__Host-' if is_https else ''}newsletter_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": is_https,
        "PERMANENT_SESSION_LIFETIME": settings.session_lifetime,
        # A refreshed cookie on a page that caches may keep would hand one editor's session to all.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST_BYTES,
        "MAX_FORM_PARTS": MOST_FIELDS,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session; the signup form has its own age
    }


def _serve_static_files(app: Flask, settings: Settings) -> None:
    """In front of Flask, cached for ever: their addresses carry a version. Scripts are not."""
    protection = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        **security.strict_transport(settings),
    }

    def protect(headers: Headers, _path: str, _url: str) -> None:
        for name, value in protection.items():
            headers[name] = value

    files = WhiteNoise(
        app.wsgi_app,
        max_age=STATIC_MAX_AGE_S,
        allow_all_origins=False,
        add_headers_function=protect,
    )
    scripts = LeanScripts(files, protection)
    files.add_files(str(app.static_folder), prefix="static/")
    for blueprint in app.blueprints.values():
        if blueprint.static_folder:
            prefix = f"{blueprint.url_prefix or ''}{blueprint.static_url_path or '/static'}"
            for server in (files, scripts):
                server.add_files(blueprint.static_folder, prefix=prefix.strip("/") + "/")
    app.wsgi_app = scripts  # type: ignore[method-assign]
