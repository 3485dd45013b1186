"""The editor's home page: a card for each newsletter, what waits, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.staff.permissions import is_allowed
from newsletter.usecases.checks.issue_readiness import newsletter_checks
from newsletter.usecases.clicks.show_growth import show_growth
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.operations.last_examinations import doctor_alarms
from newsletter.usecases.operations.standstills import standstills
from newsletter.usecases.sending.show_later import Alarm, feedback_alarms
from newsletter.web.editor.frame import Frame, add_frame
from newsletter.web.editor.sending.charts import readers_chart
from newsletter.web.editor.staff.access import current_editor, current_principal, require_editor
from newsletter.web.editor.staff.once import press_key
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint(
    "editor_home",
    __name__,
    url_prefix="/editor",
    template_folder="templates",
    static_folder="static",
)
require_editor(BLUEPRINT)
BLUEPRINT.app_context_processor(add_frame)
BLUEPRINT.add_app_template_global(press_key)

ISSUES_SHOWN = 6
"""Of each newsletter: what goes out, what is scheduled, then drafts."""


@BLUEPRINT.get("/")
def home() -> str:
    who = current_principal()
    profiles = Frame().newsletters
    alarms = feedback_alarms(context(), who) if profiles else ()
    return render(
        "editor/home.html",
        editor=current_editor(),
        standstills=standstills(context()),
        ailing=doctor_alarms(context(), who) if profiles else (),
        may_add=is_allowed(who, "create_newsletter"),
        may_examine=is_allowed(who, "last_examinations"),
        cards=[_card(profile, alarms) for profile in profiles],
    )


def _card(profile: NewsletterProfile, alarms: Iterable[Alarm]) -> dict[str, Any]:
    """What the template needs of one newsletter."""
    who = current_principal()
    growth = show_growth(context(), profile.slug, who)
    overview = show_newsletter(context(), profile.slug, who, unfinished=ISSUES_SHOWN)
    checks = newsletter_checks(overview.profile, context().settings)
    return {
        "overview": overview,
        "chart": readers_chart(growth.issues, f"readers-{profile.id}"),
        "last": growth.last,
        "alarms": [alarm for alarm in alarms if alarm.newsletter_id == profile.id],
        "missing": [check for check in checks if not check.is_met],
        "may_write": is_allowed(who, "create_issue", profile.id),
    }
