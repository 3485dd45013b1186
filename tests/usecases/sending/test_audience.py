"""An issue reaches the subscribers it was meant for, and the report says whom that was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.readers.audiences import EVERYONE
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Delivery, Newsletter, Subscriber
from newsletter.store.readers import audience_paths
from newsletter.store.sending.contradictions import add_missing
from newsletter.usecases import reach
from newsletter.usecases.context import Context
from newsletter.usecases.reach import readers_of_edition
from newsletter.usecases.readers.change_many import Chosen, ManyChange, What, change_many
from newsletter.usecases.readers.change_preferences import choose_sections
from newsletter.usecases.sending.audience import choose_audience, count_audience, show_audience
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import send_now, unschedule_issue
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR

BERLIN = [("tag", "berlin")]


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    made = a_newsletter(context, time_zone="Europe/Berlin")
    a_subscriber(context, made, address="ann@x.example", tags=["berlin"])
    a_subscriber(context, made, address="bo@x.example", tags=["oslo"], attributes={"city": "Oslo"})
    return made


@pytest.fixture
def issue_id(context: Context, newsletter: Newsletter) -> int:
    return an_issue(context, newsletter).id


def send(context: Context, issue_id: int) -> list[str]:
    send_now(context, issue_id, EDITOR)
    start_issue(context, issue_id)
    return readers_of(context, issue_id)


def readers_of(context: Context, issue_id: int) -> list[str]:
    with context.database.read() as session:
        edition = edition_of(session, issue_id)
        assert edition is not None
        rows = session.scalars(
            select(Subscriber.address)
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .where(Delivery.edition_id == edition.id)
            .order_by(Subscriber.address)
        )
        return [str(address).partition("@")[0] for address in rows]


def test_the_ledger_has_the_readers_of_the_audience_and_the_report_says_whom(
    context: Context, newsletter: Newsletter, issue_id: int
) -> None:
    shown = choose_audience(context, issue_id, BERLIN, EDITOR)
    assert shown.words == "1 subscriber with the tag “berlin”"
    a_subscriber(context, newsletter, address="cid@x.example", tags=["Berlin"])
    assert send(context, issue_id) == ["ann", "cid"], "drawn when it is frozen"
    report = report_issue(context, issue_id, EDITOR)
    assert report.audience == "subscribers with the tag “berlin”"
    assert report.active_at_freeze == 2
    assert "Chose who gets it: subscribers with the tag “berlin”." in [
        one.sentence for one in report.history
    ]
    with pytest.raises(Conflict, match="is sending"):
        choose_audience(context, issue_id, [], EDITOR)


def test_an_attribute_chooses_and_without_conditions_everyone_gets_it_again(
    context: Context, issue_id: int
) -> None:
    oslo = choose_audience(context, issue_id, [("attribute", "city=oslo")], EDITOR)
    assert oslo.reach.count == 1
    assert choose_audience(context, issue_id, [], EDITOR).audience == EVERYONE
    assert send(context, issue_id) == ["ann", "bo"]


def test_an_issue_about_a_section_goes_to_those_who_did_not_mute_it(
    context: Context, newsletter: Newsletter, issue_id: int
) -> None:
    jobs = [("interest", "jobs")]
    with pytest.raises(InvalidInput, match="can't choose a section “jobs”"):
        choose_audience(context, issue_id, jobs, EDITOR)
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).reader_sections = "Links\nJobs"
    cid = a_subscriber(context, newsletter, address="cid@x.example", tags=["vip"])
    token = context.signer.sign_preferences(cid.id)
    assert choose_sections(context, token, ["Links"]).muted == ("Jobs",)
    assert count_audience(context, issue_id, jobs, EDITOR).reach.count == 2
    shown = choose_audience(context, issue_id, jobs, EDITOR)
    assert shown.words == "2 subscribers interested in “jobs”"
    assert send(context, issue_id) == ["ann", "bo"]
    everyone = an_issue(context, newsletter).id
    assert send(context, everyone) == ["ann", "bo", "cid"], "a whole issue reaches them"


def test_who_had_an_issue_that_day_gets_no_second_one(
    context: Context, newsletter: Newsletter, issue_id: int
) -> None:
    choose_audience(context, issue_id, BERLIN, EDITOR)
    assert send(context, issue_id) == ["ann"]
    with context.database.write() as session:
        for line in session.scalars(select(Delivery)):
            line.state = "accepted"
    second = an_issue(context, newsletter).id
    shown = choose_audience(context, second, [("not_mailed_today", "yes")], EDITOR)
    assert shown.words == "1 subscriber who got no other issue that day"
    tomorrow = replace(context, now=lambda: context.now() + timedelta(days=1))
    assert show_audience(tomorrow, second, EDITOR).reach.count == 2
    assert send(context, second) == ["bo"]


def test_nothing_is_sent_when_nobody_is_meant_or_another_audience_was_chosen_meanwhile(
    context: Context, issue_id: int
) -> None:
    choose_audience(context, issue_id, [("tag", "paris")], EDITOR)
    with pytest.raises(Conflict, match="no active subscribers with the tag “paris”"):
        send_now(context, issue_id, EDITOR)
    with pytest.raises(Conflict, match="another audience"):
        send_now(context, issue_id, EDITOR, EVERYONE)
    with pytest.raises(InvalidInput):
        choose_audience(context, issue_id, [("since", "soon")], EDITOR)


def test_an_audience_that_has_nobody_left_at_its_hour_pauses_the_issue_and_says_so(
    context: Context, newsletter: Newsletter, issue_id: int
) -> None:
    choose_audience(context, issue_id, BERLIN, EDITOR)
    send_now(context, issue_id, EDITOR)
    untag = ManyChange(What.UNTAG, "berlin")
    list(change_many(context, newsletter.slug, Chosen(), untag, EDITOR))
    assert start_issue(context, issue_id) == 0
    report = report_issue(context, issue_id, EDITOR)
    assert (report.state, report.started_at) == ("paused", None)
    assert "no active subscribers with the tag “berlin”. Choose a wider" in report.state_reason
    unschedule_issue(context, issue_id, EDITOR)
    choose_audience(context, issue_id, [], EDITOR)
    assert send(context, issue_id) == ["ann", "bo"]


def test_a_repaired_ledger_gets_nobody_outside_the_audience(
    context: Context, issue_id: int
) -> None:
    choose_audience(context, issue_id, BERLIN, EDITOR)
    send(context, issue_id)
    with context.database.write() as session:
        edition = edition_of(session, issue_id)
        assert edition is not None
        session.delete(session.scalars(select(Delivery)).one())
        session.flush()
        readers = readers_of_edition(session, edition)
        assert add_missing(session, edition, readers, context.now(), 100) == 1
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1
    assert readers_of(context, issue_id) == ["ann"]


def test_a_long_list_is_sampled_and_the_sentence_says_so(
    context: Context, newsletter: Newsletter, issue_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "SAMPLE", 1)
    assert count_audience(context, issue_id, BERLIN, EDITOR).reach.count == 1  # so few are counted
    monkeypatch.setattr(audience_paths, "FEW", 0)
    shown = count_audience(context, issue_id, BERLIN, EDITOR)
    assert shown.words == "fewer than 100 subscribers with the tag “berlin”"
    choose_audience(context, issue_id, BERLIN, EDITOR)
    assert show_audience(context, issue_id, EDITOR, exact=True).reach.count == 1
