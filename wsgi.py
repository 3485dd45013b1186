"""The web for any WSGI server: gunicorn wsgi:app."""

from newsletter.app import create_app
from newsletter.config import load_settings
from newsletter.telemetry import configure_logging

configure_logging()
app = create_app(load_settings())
