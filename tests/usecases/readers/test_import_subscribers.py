"""Lists of subscribers that come in as CSV files."""

from __future__ import annotations

import gc
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.domain.errors import InvalidInput, NotFound
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.consent import (
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import Row
from newsletter.store.models import Consent, Event, Subscriber, Subscription, Suppression
from newsletter.store.readers.staged_rows import StagedRows
from newsletter.store.readers.subscriptions import (
    find_subscriber,
    find_subscription,
    record_consent,
)
from newsletter.usecases.context import Context
from newsletter.usecases.readers import import_subscribers as importing
from newsletter.usecases.readers.export_subscribers import export_subscribers
from newsletter.usecases.readers.import_subscribers import (
    ImportReport,
    check_import,
    import_subscribers,
)
from newsletter.usecases.readers.take_rows import Source
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import EDITOR, by

SHEET = Source("The sign-up sheet of the June meeting", "june.csv")
ADA = by("ada@example.org")


def take(context: Context, slug: str, text: str | bytes, **options: Any) -> ImportReport:
    data = text.encode() if isinstance(text, str) else text
    return import_subscribers(context, slug, io.BytesIO(data), SHEET, ADA, **options)


def subscription(context: Context, newsletter: Any, address: str) -> Subscription | None:
    with context.database.read() as session:
        subscriber = find_subscriber(session, address)
        return subscriber and find_subscription(session, newsletter.id, subscriber.id)


def reader(context: Context, address: str) -> Subscriber | None:
    with context.database.read() as session:
        return find_subscriber(session, address)


def everything(context: Context) -> list[Any]:
    """All that an import could change, to hold two moments against each other."""
    with context.database.read() as session:
        return [
            session.execute(select(table.__table__).order_by(table.id)).all()
            for table in (Subscriber, Subscription, Consent, Suppression, Event)
        ]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.updated, report.unchanged, report.left_out


def test_rows_become_active_readers_with_evidence_of_their_consent(context: Context) -> None:
    newsletter = a_newsletter(context)
    report = take(
        context,
        newsletter.slug,
        'address,name,attributes,tags\nbo@example.org,Bo,"{""city"": ""Oslo""}",early;paper\n',
    )
    assert counts(report) == (1, 0, 0, 0)
    found = subscription(context, newsletter, "bo@example.org")
    assert found is not None
    assert (found.name, found.attributes) == ("Bo", {"city": "Oslo"})
    assert (found.state, found.tags) == (SubscriptionState.ACTIVE, ["early", "paper"])
    with context.database.read() as session:
        evidence = session.scalars(select(Consent)).one()
    assert evidence.kind == ConsentKind.IMPORTED
    assert evidence.how == "The sign-up sheet of the June meeting (june.csv, line 2)"
    assert (evidence.actor, evidence.at) == ("ada@example.org", context.now())


def test_a_second_run_changes_nothing(context: Context) -> None:
    newsletter = a_newsletter(context)
    text = 'email,name,tags,attributes\na@x.org,A,t,"{""n"": 1}"\nb@x.org,B,,\nbad,,,\n'
    take(context, newsletter.slug, text)
    before = everything(context)
    assert counts(take(context, newsletter.slug, text)) == (0, 0, 2, 1)
    assert everything(context) == before


def test_a_file_brings_names_attributes_and_tags_up_to_date_and_takes_none_away(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(
        context, newsletter, address="a@x.org", name="Old", attributes={"n": 1}, tags=["Early"]
    )
    report = take(
        context,
        newsletter.slug,
        'address,name,attributes,tags\nA@X.org,New,"{""m"": 2}",early;late\n',
    )
    assert counts(report) == (0, 1, 0, 0)
    subscriber, found = reader(context, "a@x.org"), subscription(context, newsletter, "a@x.org")
    assert subscriber is not None
    assert found is not None
    assert (subscriber.address, found.name) == ("a@x.org", "New")
    assert found.attributes == {"n": 1, "m": 2}
    assert found.tags == ["Early", "late"]
    assert counts(take(context, newsletter.slug, "address,name\na@x.org,\n")) == (0, 0, 1, 0)


def test_nobody_who_left_comes_back(context: Context) -> None:
    newsletter = a_newsletter(context)
    for state in (SubscriptionState.UNSUBSCRIBED, SubscriptionState.SUPPRESSED):
        a_subscriber(context, newsletter, address=f"{state}@x.org", state=state)
    suppress(context, "gone@x.org", SuppressionReason.HARD_BOUNCE)
    text = "address,name\nUnsubscribed@x.org,U\nsuppressed@x.org,S\nGone@X.org,G\n"
    before = everything(context)
    report = take(context, newsletter.slug, text)
    assert counts(report) == (0, 0, 0, 3)
    assert everything(context) == before
    reasons = {row.line: row.reason for row in report.shown}
    assert reasons[2] == "unsubscribed on 22 November 2026; imports do not resubscribe people"
    assert "suppressed" in reasons[3]
    assert "hard bounce" in reasons[4]


def test_who_left_and_was_then_typed_into_the_form_by_somebody_stays_out(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    pending = a_subscriber(context, newsletter, address="p@x.org", state=SubscriptionState.PENDING)
    with context.database.write() as session:
        record_consent(session, pending.id, ConsentKind.WITHDRAWN, at=context.now())
    report = take(context, newsletter.slug, "address\np@x.org\n")
    assert counts(report) == (0, 0, 0, 1)
    found = subscription(context, newsletter, "p@x.org")
    assert found is not None
    assert found.state == SubscriptionState.PENDING


def test_who_asked_and_never_confirmed_is_taken_in_on_the_editors_word(context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, address="p@x.org", state=SubscriptionState.PENDING)
    assert counts(take(context, newsletter.slug, "address\np@x.org\n")) == (0, 1, 0, 0)
    found = subscription(context, newsletter, "p@x.org")
    assert found is not None
    assert found.state == SubscriptionState.ACTIVE


def test_a_reader_of_another_newsletter_joins_this_one(context: Context) -> None:
    first, second = a_newsletter(context), a_newsletter(context)
    a_subscriber(context, first, address="a@x.org", state=SubscriptionState.UNSUBSCRIBED)
    report = take(context, second.slug, "address,name,tags\na@x.org,Ann,x\n")
    assert counts(report) == (1, 0, 0, 0)
    joined, other = (
        subscription(context, second, "a@x.org"),
        subscription(context, first, "a@x.org"),
    )
    assert joined is not None
    assert other is not None
    assert (joined.state, joined.tags) == (SubscriptionState.ACTIVE, ["x"])
    assert other.state == SubscriptionState.UNSUBSCRIBED


# In SQLite a chunk is judged and written while nobody else can write.
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_who_comes_in_by_another_way_while_a_chunk_is_judged_is_not_doubled(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsletter, other = a_newsletter(context), a_newsletter(context, slug="other")
    judged = StagedRows.suppressed

    def somebody_signs_up(staged: StagedRows) -> dict[str, str]:
        monkeypatch.setattr(StagedRows, "suppressed", judged)
        a_subscriber(context, newsletter, address="both@example.org")
        a_subscriber(context, other, address="elsewhere@example.org")
        return judged(staged)

    monkeypatch.setattr(StagedRows, "suppressed", somebody_signs_up)
    text = "address\nboth@example.org\nelsewhere@example.org\nnew@example.org\n"
    assert counts(take(context, newsletter.slug, text)) == (2, 0, 1, 0)
    with context.database.read() as session:
        told = session.scalars(select(Consent.how).where(Consent.actor == ADA.name)).all()
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 3
        assert session.scalar(select(func.count()).select_from(Subscription)) == 4
    assert sorted(how.rpartition(", ")[2] for how in told) == ["line 3)", "line 4)"]


def test_a_backslash_arrives_as_it_is(context: Context) -> None:
    newsletter = a_newsletter(context)
    row = 'bo@example.org,"B\\N\\t o","{""path"": ""C:\\\\tmp""}",a\\b\n'
    take(context, newsletter.slug, f"address,name,attributes,tags\n{row}")
    found = subscription(context, newsletter, "bo@example.org")
    assert found is not None
    assert (found.name, found.tags) == (r"B\N\t o", [r"a\b"])
    assert found.attributes == {"path": r"C:\tmp"}


def test_the_time_of_the_original_consent_is_kept(context: Context) -> None:
    newsletter = a_newsletter(context)
    text = (
        "address,consent_at\na@x.org,2019-03-31T09:15:00+02:00\n"
        "b@x.org,2031-01-01\nc@x.org,lately\n"
    )
    report = take(context, newsletter.slug, text)
    assert counts(report) == (1, 0, 0, 2)
    with context.database.read() as session:
        evidence = session.scalars(select(Consent)).one()
    assert evidence.at == datetime(2019, 3, 31, 7, 15, tzinfo=UTC)
    assert "in the future" in report.shown[0].reason
    assert "is not a date" in report.shown[1].reason


def test_every_row_left_out_is_told_with_its_line_and_why(context: Context) -> None:
    newsletter = a_newsletter(context)
    text = (
        "address,name,attributes\n"
        "fine@x.org,Fine,\n"
        "FINE@X.org,Again,\n"
        "no address at all,,\n"
        ",Nobody,\n"
        "json@x.org,J,{city: Oslo}\n"
        "list@x.org,L,[1]\n"
        "nul@x.org,N\0,\n"
        "ok@x.org,O,\n"
        f'deep@x.org,D,"{{""a"": {"[" * 900}{"]" * 900}}}"\n'
    )
    told: list[tuple[int, str]] = []
    report = take(
        context,
        newsletter.slug,
        text,
        on_left_out=lambda row: told.append((row.line, row.reason)),
    )
    assert counts(report) == (2, 0, 0, 7)
    assert [line for line, _ in told] == [3, 4, 5, 6, 7, 8, 10]
    reasons = [reason for _, reason in told]
    assert reasons[0] == "the same address as line 2"
    assert "not an email address" in reasons[1]
    assert reasons[2] == "there is no address"
    assert reasons[3] == "the attributes are not valid JSON"
    assert reasons[4] == "the attributes are not a JSON object"
    assert "control characters" in reasons[5]
    assert reasons[6] == "the attributes are nested more than 20 deep"


def test_a_check_says_what_an_import_will_do_and_does_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 2)
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, address="a@x.org", name="Old")
    a_subscriber(context, newsletter, address="b@x.org", state=SubscriptionState.UNSUBSCRIBED)
    text = b"address,name\na@x.org,New\nb@x.org,B\nc@x.org,C\nd@x.org,D\nC@x.org,twice\n"
    before = everything(context)
    checked = check_import(context, newsletter.slug, io.BytesIO(text), ADA)
    assert everything(context) == before
    assert counts(checked) == (2, 1, 0, 2)
    assert take(context, newsletter.slug, text) == checked


def test_an_import_cut_off_in_the_middle_leaves_whole_chunks_and_a_second_run_completes_it(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 10)
    newsletter = a_newsletter(context)
    text = "address\n" + "".join(f"reader{n}@x.org\n" for n in range(35))

    def stop(_read: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(context, newsletter.slug, text, on_progress=stop)
    with context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Subscription)) == 10
        assert session.scalar(select(func.count()).select_from(Consent)) == 10
    assert counts(take(context, newsletter.slug, text)) == (25, 0, 10, 0)


def test_an_import_without_a_source_of_consent_is_refused(context: Context) -> None:
    newsletter = a_newsletter(context)
    with pytest.raises(InvalidInput, match="how these people agreed"):
        import_subscribers(
            context, newsletter.slug, io.BytesIO(b"address\na@x.org\n"), Source("  "), ADA
        )


def test_a_newsletter_that_is_not_there_is_not_found(context: Context) -> None:
    with pytest.raises(NotFound):
        take(context, "nowhere", "address\na@x.org\n")


def test_bytes_that_are_no_text_anywhere_in_the_file_stop_it_before_anything_is_done(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 1)
    newsletter = a_newsletter(context)
    with pytest.raises(InvalidInput, match="Line 4 has bytes that are no UTF-8"):
        take(context, newsletter.slug, b"address,name\na@x.org,A\nb@x.org,B\nc@x.org,Andr\xe9\n")
    assert reader(context, "a@x.org") is None


def test_an_export_comes_back_as_it_was_hostile_cells_included(context: Context) -> None:
    newsletter, other = a_newsletter(context), a_newsletter(context)
    names = ['=HYPERLINK("http://x","y")', "+1", "-1", "@me", "'=1", "''@x", "<b>B</b>", 'a "q", b']
    for number, name in enumerate(names):
        a_subscriber(
            context,
            newsletter,
            address=f"r{number}@x.org",
            name=name,
            attributes={"n": number, "text": "=1;\n"},
            tags=["=tag", "plain"],
        )
    a_subscriber(context, newsletter, address="=formula@x.org")
    a_subscriber(context, newsletter, address="left@x.org", state=SubscriptionState.UNSUBSCRIBED)
    text = "".join(export_subscribers(context, newsletter.slug, EDITOR))
    assert text.startswith("address,name,attributes,tags,state,created_at\r\n")
    assert not [line for line in text.splitlines() if line[:1] in "=+-@"]
    report = take(context, other.slug, text)
    assert counts(report) == (10, 0, 0, 0)
    assert report.new_as == {ListedAs.ACTIVE: 9, ListedAs.UNSUBSCRIBED: 1}
    for number, name in enumerate(names):
        joined = subscription(context, other, f"r{number}@x.org")
        assert joined is not None
        assert joined.name == name
        assert joined.tags == ["=tag", "plain"]
    assert counts(take(context, newsletter.slug, text)) == (0, 0, 10, 0)


def test_fifty_thousand_rows_pass_through_a_flat_memory(context: Context) -> None:
    newsletter = a_newsletter(context)
    rows_held: list[int] = []

    def count_rows(_read: int) -> None:
        rows_held.append(sum(isinstance(thing, Row) for thing in gc.get_objects()))

    data = b"address,name,tags\n" + b"".join(
        b"reader%d@example.org,Reader %d,imported\n" % (n, n) for n in range(50_000)
    )
    report = take(context, newsletter.slug, data, on_progress=count_rows)
    assert counts(report) == (50_000, 0, 0, 0)
    assert len(rows_held) == 50_000 / importing.ROWS_IN_A_CHUNK
    assert max(rows_held) <= importing.ROWS_IN_A_CHUNK
    with context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Subscription)) == 50_000


def suppress(context: Context, address: str, reason: SuppressionReason) -> None:
    key = context.settings.address_hash_key.encode()
    with context.database.write() as session:
        session.add(
            Suppression(
                address_hash=hashed_address(address, key).current,
                reason=reason,
                source=SuppressionSource.EDITOR,
                at=context.now(),
            )
        )
