"""The audit log says who did what, and shows an owner what is about their newsletter alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from newsletter.domain.errors import InvalidInput
from newsletter.domain.staff.origins import Origin
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.store.models.staff import BY_PEOPLE, FAILED, HAS_ORIGIN
from newsletter.usecases.clicks.show_growth import export_growth
from newsletter.usecases.clicks.show_liked import export_liked
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import create_issue
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.readers.export_subscribers import export_subscribers
from newsletter.usecases.readers.list_suppressions import export_suppressions
from newsletter.usecases.staff.audit import AuditFilter, export_audit, list_audit
from newsletter.usecases.staff.failed_sign_ins import (
    MOST_AN_HOUR,
    MOST_BY_NETWORK,
    record_failed_sign_in,
)
from newsletter.usecases.staff.forget_audit import forget_audit
from newsletter.usecases.staff.invitations import invite
from newsletter.usecases.staff.sign_in import sign_in_with_password
from tests.conftest import Clock
from tests.support.builders import a_newsletter, an_editor, an_issue
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
    exported, *others = export_audit(context, ADA, AuditFilter())
    assert (exported.happened.sentence, exported.about) == (
        "Exported the audit log.",
        "the server",
    )
    assert first + rest == others
    assert (first[0].about, first[0].happened.sentence) == (
        "dan@example.org",
        "Invited dan@example.org as author.",
    )


def test_it_says_whence_and_a_failed_sign_in_counts_whoever_was_meant(context: Context) -> None:
    at_home = replace(context, origin=lambda: Origin("192.0.2.7", "Firefox on Linux"))
    an_editor(context, address="ada@example.org", name="Ada")
    for address in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(InvalidInput, match="Wrong email or password"):
            sign_in_with_password(at_home, address, "wrong")
    found = list_audit(context, ADA, AuditFilter(action="user.sign_in_failed"))
    assert [(line.about, line.happened.origin.words, line.happened.facts) for line in found] == [
        (about, "Firefox on Linux, 192.0.2.7", {"why": "wrong email or password"})
        for about in ("an unknown address", "Ada")
    ]


def fail_to_sign_in(context: Context, user_id: int | None, address: str) -> None:
    elsewhere = replace(context, origin=lambda: Origin(address))
    record_failed_sign_in(elsewhere, user_id, "wrong email or password")


def test_who_fails_elsewhere_or_from_one_network_leaves_room_for_an_account_and_the_rest_is_counted(
    context: Context, clock: Clock
) -> None:
    ada = an_editor(context, address="ada@example.org", name="Ada").id
    for number in range(MOST_AN_HOUR + 20):
        fail_to_sign_in(context, None, f"198.51.{number}.1")
    for number in range(MOST_BY_NETWORK + 3):
        fail_to_sign_in(context, ada, f"192.0.2.{number}")
    fail_to_sign_in(context, ada, "203.0.113.9")
    every = list_audit(context, ADA, AuditFilter(action="user.sign_in_failed", limit=500))
    theirs = [line.happened for line in every if line.about == "Ada"]
    assert [one.origin.address for one in theirs if one.origin.address] == [
        "203.0.113.9",
        *(f"192.0.2.{number}" for number in reversed(range(MOST_BY_NETWORK))),
    ]
    counted = "Could not sign in {} times more within an hour. These are only counted."
    assert [one.sentence for one in theirs if "more" in one.facts] == [counted.format(3)]
    others = [line.happened for line in every if line.about == "an unknown address"]
    assert len(others) == MOST_AN_HOUR + 1
    assert others[0].sentence == counted.format(20)

    clock.advance(timedelta(hours=1, seconds=1))
    fail_to_sign_in(context, ada, "192.0.2.1")
    (last,) = list_audit(context, ADA, AuditFilter(limit=1))
    assert last.happened.origin.address == "192.0.2.1"


def test_exports_are_in_it_before_their_first_byte_leaves(context: Context) -> None:
    notes = a_newsletter(context, slug="notes")
    export_subscribers(context, "notes", ADA)
    export_suppressions(context, ADA, "notes")
    export_suppressions(context, ADA)
    export_growth(context, "notes", ADA)
    export_liked(context, an_issue(context, notes).id, ADA)
    ours = Principal.editor(7, "eve", {notes.id: Role.OWNER})
    said = [
        line.happened.sentence
        for line in list_audit(context, ours, AuditFilter(action="download"), "notes")
    ]
    assert said[1:] == [
        "Downloaded the figures of the reports.",
        "Exported the suppressed addresses.",
        "Exported subscribers: all subscribers",
    ]
    assert said[0].startswith("Downloaded the clicks of the issue")


def test_addresses_are_forgotten_first_then_what_is_no_history(
    context: Context, clock: Clock
) -> None:
    notes = a_newsletter(context, slug="notes")
    ada = replace(ADA, origin=Origin("192.0.2.7", "Firefox on Linux"))
    create_issue(context, notes.id, ada)
    invite(context, "notes", "dan@example.org", Role.AUTHOR, ada)
    record_failed_sign_in(context, None, "wrong email or password")

    def kept() -> list[tuple[str, str]]:
        found = list_audit(context, ADA, AuditFilter())
        return [(line.happened.action.value, line.happened.origin.address) for line in found]

    clock.advance(context.settings.audit_address_retention + timedelta(seconds=1))
    forget_audit(context)
    assert kept() == [("user.invited", ""), ("issue.created", "")]
    clock.advance(context.settings.audit_retention)
    forget_audit(context)
    assert kept() == [("issue.created", "")]


def test_its_pages_and_its_limits_are_read_from_indexes(context: Context) -> None:
    plan = "EXPLAIN QUERY PLAN " if context.database.is_sqlite else "EXPLAIN "
    queries = {
        "ix_events_people": f"SELECT id FROM events WHERE {BY_PEOPLE} ORDER BY id DESC LIMIT 5",
        "ix_events_failed": f"SELECT at FROM events WHERE {FAILED} AND at > CURRENT_TIMESTAMP",
        "ix_events_origin": f"SELECT at FROM events WHERE {HAS_ORIGIN} AND at < CURRENT_TIMESTAMP",
    }
    with context.database.read() as session:
        if not context.database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        for index, query in queries.items():
            assert index in str(session.execute(text(plan + query)).all())
