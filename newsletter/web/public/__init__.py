"""Pages for readers: signup, confirmation, leaving, preferences, archive, pictures. And health."""

from newsletter.web.public import (
    archive,
    clicks,
    confirmation,
    health,
    hooks,
    leaving,
    look,
    media,
    preferences,
    signup,
    subscription_link,
)

BLUEPRINTS = (
    health.BLUEPRINT,
    signup.BLUEPRINT,
    confirmation.BLUEPRINT,
    leaving.BLUEPRINT,
    preferences.BLUEPRINT,
    subscription_link.BLUEPRINT,
    archive.BLUEPRINT,
    look.BLUEPRINT,
    media.BLUEPRINT,
    clicks.BLUEPRINT,
    hooks.BLUEPRINT,
)
