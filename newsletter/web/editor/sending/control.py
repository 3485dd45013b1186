"""While an issue goes out and afterwards: its progress, pause and cancel, copies sent again."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.store.sending.resends import Ended
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.resend import NOT_TAKEN, leave_held, resend
from newsletter.web.editor.sending.pages import open_this, report_values
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render, wakeups


def progress(issue_id: int) -> str | BaseResponse:
    """The part of the page that htmx refreshes while the issue is being sent.

    It has no buttons, so that none disappears under the pointer. If the actions change, the whole
    page is reloaded.
    """
    issue = open_this(issue_id)
    values = report_values(issue)
    if request.args.get("offers", values["offers"]) != values["offers"]:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render("editor/progress_piece.html", issue=issue, **values)


@once
def send_again(issue_id: int) -> BaseResponse:
    """Resends failed and expired copies, or the held ones."""
    kinds = (Ended.HELD,) if request.form.get("what") == "held" else NOT_TAKEN
    done = resend(context(), issue_id, kinds, current_principal())
    wakeups().issues([issue_id])
    words = f"Resending {_copies(done.total)}." if done.total else "Nothing to resend."
    if done.left_out:
        words += f" Skipped {done.left_out:,} who have since unsubscribed or been suppressed."
    flash(words, "good" if done.total else "")
    return _to_its_page(issue_id)


@once
def leave_uncertain(issue_id: int) -> BaseResponse:
    leave_held(context(), issue_id, current_principal())
    flash("They won't be resent. The report keeps them as uncertain.", "good")
    return _to_its_page(issue_id)


@once
def pause(issue_id: int) -> BaseResponse:
    pause_issue(context(), issue_id, current_principal())
    return _to_its_page(issue_id)


@once
def resume(issue_id: int) -> BaseResponse:
    resume_issue(context(), issue_id, current_principal())
    wakeups().issues([issue_id])
    return _to_its_page(issue_id)


def confirm_cancel(issue_id: int) -> str:
    return render(
        "editor/cancel.html",
        issue=open_this(issue_id),
        report=report_issue(context(), issue_id, current_principal()),
    )


@once
def cancel(issue_id: int) -> BaseResponse:
    cancel_issue(context(), issue_id, current_principal())
    flash("Cancelled. No more copies go out.", "good")
    return _to_its_page(issue_id)


def _to_its_page(issue_id: int) -> BaseResponse:
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count:,} copies"
