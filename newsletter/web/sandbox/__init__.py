"""The inbox of the SMTP sandbox, for people at this machine only."""

from newsletter.web.sandbox import inbox

BLUEPRINTS = (inbox.BLUEPRINT,)
