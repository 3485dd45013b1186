"""The inbox of the SMTP sandbox, for people at this machine who have its key."""

from newsletter.web.sandbox import inbox

BLUEPRINTS = (inbox.BLUEPRINT,)
