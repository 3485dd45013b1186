"""Tests and proofs: an issue before it goes out, to an editor or to a colleague.

Its links lead to pages that change nothing.
"""

from __future__ import annotations

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.outbox import OutboxKind
from newsletter.rendering.edition.edition import Note
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.templates.words import language_of
from newsletter.store.models import OutboxMessage
from newsletter.store.staff import user_by_id
from newsletter.urls import signup_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.edition_messages import edition_messages
from newsletter.usecases.issues.render_issue import RenderedIssue, read_issue, render_draft
from newsletter.usecases.outbox.mail import Mail, envelope_to, message_id_of

_PREFIXES = {OutboxKind.TEST: "[Test] ", OutboxKind.PROOF: "[Proof] "}


def compose_test(context: Context, row: OutboxMessage) -> Mail:
    """The issue as it is now, to an address or to the editor who asked.

    Raises NotFound once the editor is gone.
    """
    if address := row.payload.get("address"):
        return _compose(context, row, _render(context, row), address)
    with context.database.read() as session:
        editor = user_by_id(session, row.user_id or 0)
    return _compose(context, row, _render(context, row), editor.address, editor.name)


def compose_proof(context: Context, row: OutboxMessage) -> Mail:
    """The same to a colleague, who need not be an editor, under a note."""
    return _compose(context, row, _render(context, row), row.payload["address"])


def _render(context: Context, row: OutboxMessage) -> RenderedIssue:
    written = read_issue(context, row.payload["issue_id"])
    note = _note(row, written.profile) if row.kind == OutboxKind.PROOF else None
    return render_draft(context.settings, written, row.created_at, note)


def _note(row: OutboxMessage, profile: NewsletterProfile) -> Note:
    heading = language_of(profile.language).say("proof_heading")
    sender, lines = row.payload["from"], row.payload["note"].splitlines()
    return Note(f"{heading} · {sender}", tuple(line for line in lines if line.strip()))


def _compose(
    context: Context, row: OutboxMessage, rendered: RenderedIssue, address: str, name: str = ""
) -> Mail:
    settings, profile = context.settings, rendered.profile
    messages = edition_messages(
        settings,
        rendered.edition,
        profile,
        date=row.created_at,
        campaign=row.kind,
        subject_prefix=_PREFIXES[OutboxKind(row.kind)],
    )
    page_url = signup_url(settings.public_url, profile.slug)
    reader = ReaderValues(
        address=address, name=name, unsubscribe_url=page_url, preferences_url=page_url
    )
    message = messages.copy(reader, message_id_of(row, profile), page_url)
    return Mail(envelope_to(settings, row, profile, address), message)
