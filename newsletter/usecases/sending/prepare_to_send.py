"""An issue made ready for sending, before any transaction: rendered once, judged and checked."""

from __future__ import annotations

from newsletter.usecases.checks.check_issue import require_answered
from newsletter.usecases.checks.score_spam import ask_spam_filter_once
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import RenderedIssue, WrittenIssue, render_to_send


def prepare_to_send(context: Context, written: WrittenIssue) -> RenderedIssue:
    """Over the network where a spam filter is set up.

    Raises InvalidInput when it can't be sent as it is, ChecksFailed for an error that no editor
    answers for.
    """
    rendered = render_to_send(context.settings, written, context.now())
    ask_spam_filter_once(context, rendered)
    require_answered(context, rendered)
    return rendered
