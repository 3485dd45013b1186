"""The editor's pages, under /editor: thin doors to the use cases."""

from newsletter.web.editor import doctor, find, home
from newsletter.web.editor.issues import (
    archives,
    checks,
    composer,
    from_feed,
    issues,
    keeping,
    proofs,
    versions,
)
from newsletter.web.editor.newsletters import newsletters, sponsors, themes
from newsletter.web.editor.pictures import library
from newsletter.web.editor.readers import came_back, many, subscribers, suppressions
from newsletter.web.editor.readers import files as subscriber_files
from newsletter.web.editor.sending import calendar, deliveries, growth, later, liked, sending
from newsletter.web.editor.staff import (
    audit,
    editors,
    factors,
    invitations,
    passkeys,
    password,
    people,
    second_step,
    sign_in,
)

BLUEPRINTS = (
    sign_in.BLUEPRINT,
    second_step.BLUEPRINT,
    password.BLUEPRINT,
    passkeys.BLUEPRINT,
    factors.BLUEPRINT,
    home.BLUEPRINT,
    find.BLUEPRINT,
    editors.BLUEPRINT,
    people.BLUEPRINT,
    audit.BLUEPRINT,
    invitations.BLUEPRINT,
    doctor.BLUEPRINT,
    newsletters.BLUEPRINT,
    themes.BLUEPRINT,
    sponsors.BLUEPRINT,
    library.BLUEPRINT,
    proofs.BLUEPRINT,
    issues.BLUEPRINT,
    keeping.BLUEPRINT,
    keeping.SESSION,
    versions.BLUEPRINT,
    composer.BLUEPRINT,
    from_feed.BLUEPRINT,
    archives.BLUEPRINT,
    sending.BLUEPRINT,
    calendar.BLUEPRINT,
    liked.BLUEPRINT,
    later.BLUEPRINT,
    growth.BLUEPRINT,
    checks.BLUEPRINT,
    subscribers.BLUEPRINT,
    many.BLUEPRINT,
    subscriber_files.BLUEPRINT,
    suppressions.BLUEPRINT,
    came_back.BLUEPRINT,
    deliveries.BLUEPRINT,
)
