"""Pages for readers: signup, confirmation, leaving, preferences, archive. And health."""

from newsletter.web.public import health

BLUEPRINTS = (health.BLUEPRINT,)
