"""An issue that can't be written any more: its text, and the mail as it went out."""

from __future__ import annotations

from typing import Any

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.edition.views import View
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.newsletters.show_newsletters import OpenIssue
from newsletter.web.editor.issues.previews import has_other_pictures, shown_view
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.shell import context

VIEWS = {View.PHONE: "Phone", View.DESKTOP: "Desktop", View.DARK: "Dark", View.TEXT: "Text"}


def read_only(issue: OpenIssue) -> dict[str, Any]:
    """What its page shows. `mail` is None for what was cancelled before it could be a mail."""
    try:
        mail = preview_issue(context(), issue.id, current_principal())
    except InvalidInput:
        mail = None
    shown = shown_view()
    return {
        "mail": mail,
        "has_other_pictures": mail is not None and has_other_pictures(mail.html),
        "views": VIEWS,
        "view": shown.view if shown.view in VIEWS else View.PHONE,
        "with_pictures": shown.with_pictures,
    }
