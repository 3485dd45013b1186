"""The editor's home page: current issues and what to do next."""

from __future__ import annotations

from flask import Blueprint

from newsletter.domain.issues import IssueState
from newsletter.usecases.checks.issue_readiness import newsletter_checks
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.operations.last_examinations import doctor_alarms
from newsletter.usecases.operations.standstills import standstills
from newsletter.usecases.sending.show_later import feedback_alarms
from newsletter.web.editor.frame import Frame, add_frame
from newsletter.web.editor.staff.access import current_editor, current_principal, require_editor
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


@BLUEPRINT.get("/")
def home() -> str:
    profiles = Frame().newsletters
    overviews = [
        show_newsletter(context(), profile.slug, current_principal()) for profile in profiles
    ]
    return render(
        "editor/home.html",
        editor=current_editor(),
        standstills=standstills(context()),
        ailing=doctor_alarms(context(), current_principal()) if profiles else (),
        alarms=feedback_alarms(context(), current_principal()) if profiles else (),
        newsletters=[
            {
                "overview": overview,
                "missing": [
                    check
                    for check in newsletter_checks(overview.profile, context().settings)
                    if not check.is_met
                ],
                "going_out": overview.in_state(IssueState.SENDING, IssueState.PAUSED),
                "scheduled": overview.in_state(IssueState.SCHEDULED),
                "drafts": overview.in_state(IssueState.DRAFT),
                "sent": overview.in_state(IssueState.SENT),
            }
            for overview in overviews
        ],
    )
