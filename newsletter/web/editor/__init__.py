"""The editor's pages, under /editor: thin doors to the use cases."""

from newsletter.web.editor import (
    checks,
    deliveries,
    editors,
    home,
    issues,
    newsletters,
    proofs,
    sending,
    sign_in,
    subscriber_files,
    subscribers,
    themes,
)

BLUEPRINTS = (
    sign_in.BLUEPRINT,
    home.BLUEPRINT,
    editors.BLUEPRINT,
    newsletters.BLUEPRINT,
    themes.BLUEPRINT,
    proofs.BLUEPRINT,
    issues.BLUEPRINT,
    sending.BLUEPRINT,
    checks.BLUEPRINT,
    subscribers.BLUEPRINT,
    subscriber_files.BLUEPRINT,
    deliveries.BLUEPRINT,
)
