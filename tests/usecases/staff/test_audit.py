"""The audit log says who did what, and shows an owner what is about their newsletter alone."""

from __future__ import annotations

from newsletter.domain.principals import Principal
from newsletter.domain.roles import Role
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import create_issue
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.staff.audit import AuditFilter, export_audit, list_audit
from newsletter.usecases.staff.invitations import invite
from tests.support.builders import a_newsletter
from tests.support.principals import by

ADA, BEN = by("ada@example.org"), by("ben@example.org")


def test_it_is_filtered_by_newsletter_person_and_action_and_goes_on_page_by_page(
    context: Context,
) -> None:
    notes, other = (a_newsletter(context, slug=slug) for slug in ("notes", "other"))
    create_issue(context, notes.id, ADA)
    create_issue(context, other.id, BEN)
    add_subscriber(context, "notes", NewSubscriber("cy@example.org", "at a fair"), BEN)
    invite(context, "notes", "dan@example.org", Role.AUTHOR, ADA)

    owner = Principal.editor(7, "eve", {notes.id: Role.OWNER})
    ours = [
        (line.happened.who, line.happened.action.value)
        for line in list_audit(context, owner, AuditFilter(), "notes")
    ]
    assert ours == [
        ("ada@example.org", "user.invited"),
        ("ben@example.org", "subscriber.added"),
        ("ada@example.org", "issue.created"),
    ]
    by_ben = list_audit(context, ADA, AuditFilter(who="ben@example.org", action="issue"))
    assert [line.happened.action.value for line in by_ben] == ["issue.created"]
    first = list_audit(context, ADA, AuditFilter(limit=1))
    rest = list_audit(context, ADA, AuditFilter(before=first[0].id))
    assert first + rest == list(export_audit(context, ADA, AuditFilter()))
