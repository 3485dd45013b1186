"""What each use case needs of who is asking. One table, and one way to ask it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from newsletter.domain.errors import Forbidden, NotFound, SecondFactorRequired
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import ROLE_SCOPES, Role
from newsletter.domain.staff.scopes import Scope

PERMISSIONS: Mapping[str, Scope] = MappingProxyType(
    {
        # issues
        "check_issue": Scope.ISSUES_READ,
        "check_readiness": Scope.ISSUES_READ,
        "list_past_issues": Scope.ISSUES_READ,
        "open_issue": Scope.ISSUES_READ,
        "preview_issue": Scope.ISSUES_READ,
        "preview_typed": Scope.ISSUES_READ,
        "report_issue": Scope.ISSUES_READ,
        "doctor_alarms": Scope.ISSUES_READ,
        "feedback_alarms": Scope.ISSUES_READ,
        "show_later": Scope.SUBSCRIBERS_READ,
        "show_liked": Scope.ISSUES_READ,
        "export_liked": Scope.ISSUES_READ,
        "score_spam": Scope.ISSUES_WRITE,
        "check_links": Scope.ISSUES_WRITE,
        "clear_unplaced": Scope.ISSUES_WRITE,
        "create_issue": Scope.ISSUES_WRITE,
        "create_issue_from_digest": Scope.ISSUES_WRITE,
        "create_issue_from_feed": Scope.ISSUES_WRITE,
        "create_issue_from_template": Scope.ISSUES_WRITE,
        "create_issue_like": Scope.ISSUES_WRITE,
        "create_issue_like_last": Scope.ISSUES_WRITE,
        "list_templates": Scope.ISSUES_READ,
        "read_pasted": Scope.ISSUES_WRITE,
        "save_template": Scope.ISSUES_WRITE,
        "delete_template": Scope.ISSUES_WRITE,
        "list_sponsors": Scope.ISSUES_READ,
        "book_sponsor": Scope.ISSUES_WRITE,
        "cancel_sponsor": Scope.ISSUES_WRITE,
        "set_sponsor_label": Scope.ISSUES_WRITE,
        "delete_issue": Scope.ISSUES_WRITE,
        "import_archive": Scope.ISSUES_SEND,
        "stage_archive": Scope.ISSUES_SEND,
        "open_staged_archive": Scope.ISSUES_SEND,
        "delete_staged_archive": Scope.ISSUES_SEND,
        "paste_digest": Scope.ISSUES_WRITE,
        "follow_issue": Scope.ISSUES_READ,
        "add_thing": Scope.ISSUES_WRITE,
        "move_thing": Scope.ISSUES_WRITE,
        "remove_thing": Scope.ISSUES_WRITE,
        "restore_thing": Scope.ISSUES_WRITE,
        "save_thing": Scope.ISSUES_WRITE,
        "show_versions": Scope.ISSUES_READ,
        "show_version": Scope.ISSUES_READ,
        "list_deleted": Scope.ISSUES_READ,
        "show_deleted": Scope.ISSUES_READ,
        "restore_deleted": Scope.ISSUES_WRITE,
        "restore_draft": Scope.ISSUES_WRITE,
        "restore_version": Scope.ISSUES_WRITE,
        "save_issue": Scope.ISSUES_WRITE,
        "save_valid_fields": Scope.ISSUES_WRITE,
        "settle_left_out": Scope.ISSUES_WRITE,
        "send_proof": Scope.ISSUES_WRITE,
        "send_test": Scope.ISSUES_WRITE,
        # pictures
        "find_picture": Scope.ISSUES_READ,
        "list_pictures": Scope.ISSUES_READ,
        "add_picture": Scope.ISSUES_WRITE,
        "copy_picture": Scope.ISSUES_WRITE,
        "copy_issue_pictures": Scope.ISSUES_WRITE,
        "delete_picture": Scope.ISSUES_WRITE,
        "restore_picture": Scope.ISSUES_WRITE,
        "describe_picture": Scope.ISSUES_WRITE,
        # sending
        "can_undo_send": Scope.ISSUES_READ,
        "clashes_with": Scope.ISSUES_READ,
        "show_calendar": Scope.ISSUES_READ,
        "count_audience": Scope.ISSUES_READ,
        "show_audience": Scope.ISSUES_READ,
        "cancel_issue": Scope.ISSUES_SEND,
        "choose_audience": Scope.ISSUES_SEND,
        "leave_held": Scope.ISSUES_SEND,
        "override_errors": Scope.ISSUES_SEND,
        "pause_issue": Scope.ISSUES_SEND,
        "resend": Scope.ISSUES_SEND,
        "resume_issue": Scope.ISSUES_SEND,
        "schedule_issue": Scope.ISSUES_SEND,
        "send_now": Scope.ISSUES_SEND,
        "unschedule_issue": Scope.ISSUES_SEND,
        "withdraw_override": Scope.ISSUES_SEND,
        # newsletters
        "find_anything": Scope.NEWSLETTERS_READ,
        "find_newsletter": Scope.NEWSLETTERS_READ,
        "show_growth": Scope.NEWSLETTERS_READ,
        "list_issue_results": Scope.NEWSLETTERS_READ,
        "export_issue_results": Scope.NEWSLETTERS_READ,
        "export_growth": Scope.NEWSLETTERS_READ,
        "preview_theme": Scope.NEWSLETTERS_READ,
        "show_newsletter": Scope.NEWSLETTERS_READ,
        "show_newsletters": Scope.NEWSLETTERS_READ,
        "change_settings": Scope.NEWSLETTERS_WRITE,
        "create_newsletter": Scope.NEWSLETTERS_WRITE,
        "save_newsletter": Scope.NEWSLETTERS_WRITE,
        "save_valid_settings": Scope.NEWSLETTERS_WRITE,
        "set_clicks": Scope.NEWSLETTERS_WRITE,
        "use_picture": Scope.NEWSLETTERS_WRITE,
        # readers
        "export_subscribers": Scope.SUBSCRIBERS_EXPORT,
        "doubts_about": Scope.SUBSCRIBERS_READ,
        "list_doubts": Scope.SUBSCRIBERS_READ,
        "export_suppressions": Scope.SUBSCRIBERS_EXPORT,
        "find_address": Scope.SUBSCRIBERS_READ,
        "find_by_address": Scope.SUBSCRIBERS_READ,
        "list_feedback": Scope.SUBSCRIBERS_READ,
        "list_subscribers": Scope.SUBSCRIBERS_READ,
        "list_filters": Scope.SUBSCRIBERS_READ,
        "list_suppressions": Scope.SUBSCRIBERS_READ,
        "show_deliveries": Scope.SUBSCRIBERS_READ,
        "show_message": Scope.SUBSCRIBERS_READ,
        "show_subscriber": Scope.SUBSCRIBERS_READ,
        "subscriber_id_of": Scope.SUBSCRIBERS_READ,
        "add_note": Scope.SUBSCRIBERS_WRITE,
        "change_many": Scope.SUBSCRIBERS_WRITE,
        "delete_filter": Scope.SUBSCRIBERS_WRITE,
        "delete_note": Scope.SUBSCRIBERS_WRITE,
        "save_filter": Scope.SUBSCRIBERS_WRITE,
        "send_confirmation_again": Scope.SUBSCRIBERS_WRITE,
        "add_subscriber": Scope.SUBSCRIBERS_WRITE,
        "check_import": Scope.SUBSCRIBERS_WRITE,
        "choose_for_upload": Scope.SUBSCRIBERS_WRITE,
        "delete_upload": Scope.SUBSCRIBERS_WRITE,
        "edit_subscriber": Scope.SUBSCRIBERS_WRITE,
        "erase_subscriber": Scope.SUBSCRIBERS_WRITE,
        "import_subscribers": Scope.SUBSCRIBERS_WRITE,
        "decide_doubts": Scope.SUBSCRIBERS_WRITE,
        "import_suppressions": Scope.SUBSCRIBERS_WRITE,
        "stage_upload": Scope.SUBSCRIBERS_WRITE,
        "lift_address": Scope.SUBSCRIBERS_WRITE,
        "lift_suppression": Scope.SUBSCRIBERS_WRITE,
        "open_upload": Scope.SUBSCRIBERS_WRITE,
        "preview_list": Scope.SUBSCRIBERS_WRITE,
        "suppress_address": Scope.SUBSCRIBERS_WRITE,
        "suppress_subscriber": Scope.SUBSCRIBERS_WRITE,
        "unsubscribe_subscriber": Scope.SUBSCRIBERS_WRITE,
        # staff and operations
        "list_audit": Scope.AUDIT_READ,
        "export_audit": Scope.AUDIT_READ,
        "list_people": Scope.STAFF_READ,
        "leave_newsletter": Scope.STAFF_READ,
        "invite": Scope.STAFF_WRITE,
        "resend_invitation": Scope.STAFF_WRITE,
        "withdraw_invitation": Scope.STAFF_WRITE,
        "change_role": Scope.STAFF_WRITE,
        "hand_over": Scope.STAFF_WRITE,
        "remove_person": Scope.STAFF_WRITE,
        "make_factor_required": Scope.STAFF_WRITE,
        "make_factor_optional": Scope.STAFF_WRITE,
        "list_editors": Scope.STAFF_READ,
        "add_editor": Scope.STAFF_WRITE,
        "remove_editor": Scope.STAFF_WRITE,
        "make_administrator": Scope.STAFF_WRITE,
        "dismiss_administrator": Scope.STAFF_WRITE,
        "make_sign_in_link": Scope.STAFF_WRITE,
        "reset_second_factor": Scope.STAFF_WRITE,
        "sender_domains": Scope.OPERATIONS_READ,
        "examine": Scope.OPERATIONS_READ,
        "last_examinations": Scope.OPERATIONS_READ,
        "relay_status": Scope.OPERATIONS_READ,
        "resume_relay": Scope.OPERATIONS_WRITE,
        "back_up": Scope.OPERATIONS_WRITE,
        "restore_database": Scope.OPERATIONS_WRITE,
        "restore_files": Scope.OPERATIONS_WRITE,
    }
)
"""By the name of the use case."""


def require(principal: Principal, use_case: str, newsletter_id: int | None = None) -> None:
    """Raises Forbidden, or NotFound for a newsletter that they have no role in: they must not
    learn that it exists. Without `newsletter_id` it concerns the server as a whole.
    """
    require_scope(principal, use_case)
    if not is_allowed(principal, use_case, newsletter_id):
        if newsletter_id in principal.closed:
            raise _lacks_factor(use_case)
        if newsletter_id is not None and not principal.sees(newsletter_id):
            raise NotFound("This newsletter does not exist.")
        raise _refusal(use_case, everywhere=newsletter_id is None)


def require_scope(principal: Principal, use_case: str) -> None:
    """On whichever newsletter. Raises Forbidden."""
    if not principal.holds_somewhere(PERMISSIONS[use_case]):
        raise _lacks_factor(use_case) if principal.closed else _refusal(use_case)


def is_allowed(principal: Principal, use_case: str, newsletter_id: int | None = None) -> bool:
    """What `require` asks, for pages that show only what one may do."""
    return principal.holds(PERMISSIONS[use_case], newsletter_id)


def _lacks_factor(use_case: str) -> SecondFactorRequired:
    return SecondFactorRequired(
        "This newsletter requires a second factor.",
        advice="Set one up on your account page, then come back.",
        use_case=use_case,
    )


def _refusal(use_case: str, *, everywhere: bool = False) -> Forbidden:
    scope = PERMISSIONS[use_case]
    if everywhere or scope not in ROLE_SCOPES[Role.OWNER]:
        return Forbidden(
            "This concerns all newsletters, so it is for administrators.",
            advice="Ask one of them.",
            use_case=use_case,
        )
    least = next(role for role in Role if scope in ROLE_SCOPES[role])
    return Forbidden(
        f"You need to be {least.with_article} of the newsletter to do this.",
        advice="Ask an owner for that role.",
        use_case=use_case,
    )
