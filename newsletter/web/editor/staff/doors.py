"""Which permission each editor's page needs. Checked before the page runs.

The use case asks again: this keeps out of the way, early and in one place, what only asks for
confirmation or shows a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import request

from newsletter.domain.staff.permissions import require, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue, require_for_newsletter

ANYONE = frozenset(
    {
        "editor_factors.add",
        "editor_factors.add_key",
        "editor_factors.app",
        "editor_factors.ask_new_key",
        "editor_factors.ask_to_confirm",
        "editor_factors.codes",
        "editor_factors.confirm",
        "editor_factors.confirm_by_passkey",
        "editor_factors.factors",
        "editor_factors.new_key",
        "editor_factors.remove",
        "editor_factors.remove_key",
        "editor_factors.take_confirmation",
        "editor_home.home",
        "editor_home.static",
    }
)
"""Endpoints for everyone who is signed in, whatever their roles."""

SERVER_DOORS: Mapping[str, str] = MappingProxyType(
    {
        "editor_audit.server": "list_audit",
        "editor_doctor.look": "examine",
        "editor_doctor.report": "last_examinations",
        "editor_editors.add": "add_editor",
        "editor_editors.change_administrator": "make_administrator",
        "editor_editors.confirm_administrator": "make_administrator",
        "editor_editors.confirm_removal": "remove_editor",
        "editor_editors.editors": "list_editors",
        "editor_editors.remove": "remove_editor",
        "editor_newsletters.create": "create_newsletter",
        "editor_newsletters.new": "create_newsletter",
    }
)
"""By endpoint, the use case of a page about the server as a whole."""

DOORS: Mapping[str, str] = MappingProxyType(
    {
        "came_back.came_back": "list_feedback",
        "came_back.message": "show_message",
        "editor_archives.archive": "list_past_issues",
        "editor_archives.check": "open_staged_archive",
        "editor_archives.choose": "stage_archive",
        "editor_archives.take": "import_archive",
        "editor_archives.upload": "stage_archive",
        "editor_audit.newsletter": "list_audit",
        "editor_calendar.calendar": "show_calendar",
        "editor_checks.checks": "check_issue",
        "editor_checks.links": "check_links",
        "editor_checks.override": "override_errors",
        "editor_checks.piece": "check_issue",
        "editor_checks.spam": "score_spam",
        "editor_checks.withdraw": "withdraw_override",
        "editor_composer.compose": "preview_typed",
        "editor_composer.composed": "preview_issue",
        "editor_deliveries.find": "find_by_address",
        "editor_deliveries.look_up": "find_by_address",
        "editor_deliveries.show": "show_deliveries",
        "editor_feeds.ask": "create_issue_from_feed",
        "editor_feeds.create": "create_issue_from_feed",
        "editor_find.find": "find_anything",
        "editor_growth.figures": "export_growth",
        "editor_growth.issues": "export_issue_results",
        "editor_growth.growth": "show_growth",
        "editor_issues.clear": "clear_unplaced",
        "editor_issues.confirm_delete": "delete_issue",
        "editor_issues.copy_pictures": "copy_issue_pictures",
        "editor_issues.create": "create_issue",
        "editor_issues.delete": "delete_issue",
        "editor_issues.edit": "open_issue",
        "editor_issues.issues": "show_newsletter",
        "editor_issues.keep_as_template": "save_template",
        "editor_issues.markdown": "save_issue",
        "editor_issues.new": "create_issue",
        "editor_issues.paste": "paste_digest",
        "editor_issues.read": "create_issue",
        "editor_issues.remove_template": "delete_template",
        "editor_issues.save": "save_issue",
        "editor_keeping.add": "add_thing",
        "editor_keeping.move": "move_thing",
        "editor_keeping.remove": "remove_thing",
        "editor_keeping.restore": "restore_thing",
        "editor_keeping.save": "save_thing",
        "editor_keeping.state": "follow_issue",
        "editor_later.decide": "decide_doubts",
        "editor_later.later": "show_later",
        "editor_liked.liked": "show_liked",
        "editor_liked.links": "export_liked",
        "editor_newsletters.save": "save_newsletter",
        "editor_newsletters.settings": "save_newsletter",
        "editor_people.change": "change_role",
        "editor_people.give_away": "hand_over",
        "editor_people.leave": "leave_newsletter",
        "editor_people.people": "list_people",
        "editor_people.require_factor": "make_factor_required",
        "editor_people.stop_requiring_factor": "make_factor_optional",
        "editor_people.remove": "remove_person",
        "editor_people.send": "invite",
        "editor_people.send_again": "resend_invitation",
        "editor_people.withdraw": "withdraw_invitation",
        "editor_pictures.add": "add_picture",
        "editor_pictures.delete": "delete_picture",
        "editor_pictures.describe": "describe_picture",
        "editor_pictures.picture": "find_picture",
        "editor_pictures.pictures": "list_pictures",
        "editor_pictures.use": "use_picture",
        "editor_proofs.page": "send_proof",
        "editor_proofs.send": "send_proof",
        "editor_sending.cancel": "cancel_issue",
        "editor_sending.choose": "choose_audience",
        "editor_sending.confirm_cancel": "cancel_issue",
        "editor_sending.confirm_send": "send_now",
        "editor_sending.count": "count_audience",
        "editor_sending.leave_uncertain": "leave_held",
        "editor_sending.pause": "pause_issue",
        "editor_sending.preview": "preview_issue",
        "editor_sending.preview_frame": "preview_issue",
        "editor_sending.progress": "report_issue",
        "editor_sending.resume": "resume_issue",
        "editor_sending.schedule": "schedule_issue",
        "editor_sending.send": "open_issue",
        "editor_sending.send_again": "resend",
        "editor_sending.start_sending": "send_now",
        "editor_sending.test": "send_test",
        "editor_sending.undo_piece": "can_undo_send",
        "editor_sending.unschedule": "unschedule_issue",
        "editor_sponsors.book": "book_sponsor",
        "editor_sponsors.cancel": "cancel_sponsor",
        "editor_sponsors.label": "set_sponsor_label",
        "editor_sponsors.page": "list_sponsors",
        "editor_themes.sample": "preview_theme",
        "editor_versions.bring_back": "restore_thing",
        "editor_versions.deleted": "list_deleted",
        "editor_versions.restore": "restore_version",
        "editor_versions.undelete": "restore_deleted",
        "editor_versions.version": "show_version",
        "editor_versions.versions": "show_versions",
        "subscriber_files.check": "open_upload",
        "subscriber_files.choose": "stage_upload",
        "subscriber_files.export": "export_subscribers",
        "subscriber_files.left_out": "open_upload",
        "subscriber_files.read": "choose_for_upload",
        "subscriber_files.take": "import_subscribers",
        "subscriber_files.upload": "stage_upload",
        "subscribers.act": "unsubscribe_subscriber",
        "subscribers.add": "add_subscriber",
        "subscribers.add_form": "add_subscriber",
        "subscribers.confirmation": "send_confirmation_again",
        "subscribers.confirm_erase": "erase_subscriber",
        "subscribers.edit": "edit_subscriber",
        "subscribers.erase": "erase_subscriber",
        "subscribers.forget_filter": "delete_filter",
        "subscribers.forget_note": "delete_note",
        "subscribers.keep_filter": "save_filter",
        "subscribers.note": "add_note",
        "subscribers.show": "show_subscriber",
        "subscribers.subscribers": "list_subscribers",
        "subscribers_many.ask": "change_many",
        "subscribers_many.do": "change_many",
        "suppressions.add": "suppress_address",
        "suppressions.export": "export_suppressions",
        "suppressions.import_list": "import_suppressions",
        "suppressions.lift": "lift_address",
        "suppressions.suppressions": "list_suppressions",
    }
)
"""By endpoint, the use case of a page about the newsletter or the issue that its address names; of
one that names none, on whichever newsletter.
"""


def require_for_page(context: Context, principal: Principal) -> None:
    """Raises Forbidden and NotFound. A page that is in no table is for administrators."""
    endpoint, about = request.endpoint or "", request.view_args or {}
    if endpoint in ANYONE:
        return
    if endpoint not in DOORS:
        require(principal, SERVER_DOORS.get(endpoint, "list_editors"))
    elif "slug" in about:
        require_for_newsletter(context, principal, DOORS[endpoint], about["slug"])
    elif "issue_id" in about:
        require_for_issue(context, principal, DOORS[endpoint], about["issue_id"])
    else:
        require_scope(principal, DOORS[endpoint])
