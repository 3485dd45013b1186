"""An issue is made ready to send before the transaction begins: rendered once, then checked."""

from __future__ import annotations

from newsletter.usecases.checks.check_issue import require_answered
from newsletter.usecases.checks.score_spam import ask_spam_filter_once
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import RenderedIssue, WrittenIssue, render_to_send


def prepare_to_send(context: Context, written: WrittenIssue) -> RenderedIssue:
    """Asks the spam filter over the network if there is one.

    Raises InvalidInput when the issue can't be sent as it is, ChecksFailed for errors that no
    editor has overridden.
    """
    rendered = render_to_send(context.settings, written, context.now())
    ask_spam_filter_once(context, rendered)
    require_answered(context, rendered)
    return rendered
