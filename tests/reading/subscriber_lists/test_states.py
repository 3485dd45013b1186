"""Columns that say who is subscribed: understood, or asked for before anything is imported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import LeftOut
from newsletter.reading.subscriber_lists.sheets import UnclearStates
from tests.support.lists import choices, judged, rows

A, P, U = ListedAs.ACTIVE, ListedAs.PENDING, ListedAs.UNSUBSCRIBED
BOUNCED, COMPLAINED, BLOCKED = ListedAs.BOUNCED, ListedAs.COMPLAINED, ListedAs.BLOCKLISTED


@pytest.mark.parametrize(
    ("heading", "cell", "listed_as"),
    [
        ("status", "subscribed", A),
        ("Status", "Unsubscribed", U),
        ("Email Status", "hard-bounced", BOUNCED),
        ("Email Marketing Status", "cleaned", BOUNCED),
        ("Subscription status", "marked as spam", COMPLAINED),
        ("status", "unconfirmed", P),
        ("status", "blacklisted", BLOCKED),
        ("status", "", A),
        ("state", "cancelled", U),
        ("subscribed", "false", U),
        ("subscribed", "Yes", A),
        ("is_subscribed", "0", U),
        ("Subscribed to newsletter", "no", U),
        ("opt_in", "FALSE", U),
        ("Opted In", "nein", U),
        ("Accepts Email Marketing", "no", U),
        ("newsletter", "no", U),
        ("newsletter", "The Weekly", A),
        ("active", "0", U),
        ("unsubscribed", "true", U),
        ("unsubscribed", "false", A),
        ("unsubscribed", "2021-05-06 07:08:09", U),
        ("unsubscribed_at", "2021-05-06", U),
        ("unsubscribed_at", "in spring", U),
        ("unsubscribed_at", "", A),
        ("unsubscribed_at", "0000-00-00 00:00:00", A),
        ("unsubscribe date", "06.05.2021", U),
        ("Opted out", "1", U),
        ("email_disabled", "true", U),
        ("deleted_at", "2021-05-06", U),
        ("confirmed", "0", P),
        ("Confirmed", "1", A),
        ("verified", "no", P),
        ("blacklisted", "1", BLOCKED),
        ("EMAIL_BLACKLISTED", "true", BLOCKED),
        ("suppressed", "yes", BLOCKED),
        ("bounced", "true", BOUNCED),
        ("bounced_at", "2021-05-06", BOUNCED),
        ("complained", "1", COMPLAINED),
        ("spam complaint", "2021-05-06", COMPLAINED),
        ("unsubscribe reason", "It is spam", COMPLAINED),
        ("unsubscribe reason", "Too many mails", U),
        ("unsubscribe reason", "", A),
        ("bounce count", "3", A),
        ("spam score", "0.1", A),
        ("marital status", "single", A),
        ("subscription source", "shop", A),
        ("lead status", "subscribed", A),
    ],
)
def test_a_state_is_read_however_it_is_written(
    heading: str, cell: str, listed_as: ListedAs
) -> None:
    data = f'email,{heading}\na@x.org,"{cell}"\n'
    assert [row.listed_as for row in rows(data)] == [listed_as]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("status", "VIP"),
        ("status", "inactive"),
        ("Subscriber type", "gold"),
        ("Email permission status", "Express"),
        ("subscribed", "sometimes"),
        ("unsubscribed", "perhaps"),
        ("confirmed", "?"),
        ("State", "dormant"),
    ],
)
def test_a_state_that_is_not_understood_stops_the_list_with_the_question_what_it_means(
    heading: str, cell: str
) -> None:
    data = f"email,{heading}\na@x.org,{cell}\nb@x.org,{cell}\nc@x.org,\n"
    with pytest.raises(UnclearStates, match="What does it mean") as asked:
        rows(data)
    assert asked.value.values == ((heading, cell, 2),)


def test_the_question_is_asked_of_the_last_row_as_of_the_first() -> None:
    data = "email,status\n" + "".join(f"r{n}@x.org,active\n" for n in range(2000))
    with pytest.raises(UnclearStates, match="“lapsed” in 1 row"):
        rows(data + "last@x.org,lapsed\n")


def test_an_answer_holds_for_the_word_however_it_is_written() -> None:
    data = "email,status\na@x.org,VIP\nb@x.org,vip \nc@x.org,Old_Member\nd@x.org,skip\n"
    answers = choices(status=("vip=active", "old member=unsubscribed", "skip=left-out"))
    found = judged(data, answers)
    assert [getattr(row, "listed_as", None) for row in found] == [A, A, U, None]
    assert isinstance(found[3], LeftOut)
    assert "chose to leave out" in found[3].reason


def test_an_answer_counts_more_than_what_we_take_a_word_for() -> None:
    data = "email,status\na@x.org,paid\n"
    assert rows(data, choices(status=("paid=unsubscribed",)))[0].listed_as is U


def test_of_two_columns_the_graver_one_counts() -> None:
    data = (
        "email,confirmed,blacklisted,unsubscribed_at\n"
        "a@x.org,1,0,\nb@x.org,0,0,\nc@x.org,1,1,\nd@x.org,1,0,2021-05-06\ne@x.org,0,1,2021-05-06\n"
    )
    assert [row.listed_as for row in rows(data)] == [A, P, BLOCKED, U, BLOCKED]


def test_who_agreed_again_after_leaving_is_back() -> None:
    data = (
        "email,subscribed_at,unsubscribed_at\n"
        "a@x.org,2022-01-01,2021-05-06\nb@x.org,2020-01-01,2021-05-06\nc@x.org,,2021-05-06\n"
    )
    assert [row.listed_as for row in rows(data)] == [A, U, U]


@pytest.mark.parametrize(
    "name",
    [
        "unsubscribed_members_export.csv",
        "nonsubscribed_email_audience_export.csv",
        "Cleaned.csv",
        "bounces-2024.csv",
        "suppression list.csv",
        "my_blocklist.csv",
        "opt-outs.csv",
        "complaints.csv",
    ],
)
def test_a_file_that_is_named_after_those_who_left_is_asked_about(name: str) -> None:
    data = "email\na@x.org\n"
    with pytest.raises(UnclearStates, match="no column says who is subscribed"):
        rows(data, name=name)
    assert rows(data, choices(everyone="unsubscribed"), name)[0].listed_as is U
    assert rows(data, choices(everyone="active"), name)[0].listed_as is A


def test_what_everyone_is_gives_way_to_what_a_row_says() -> None:
    data = "email,status\na@x.org,\nb@x.org,bounced\n"
    found = rows(data, choices(everyone="pending"))
    assert [row.listed_as for row in found] == [P, BOUNCED]


def test_who_is_gone_is_kept_as_such_whatever_is_wrong_with_the_row() -> None:
    data = (
        "email,name,attributes,consent_at,status\n"
        "a@x.org,A\0da,{broken,never,unsubscribed\nb@x.org,Bo,{broken,,active\n"
    )
    first, second = judged(data)
    assert getattr(first, "listed_as", None) is U
    assert isinstance(second, LeftOut)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2019-03-31", datetime(2019, 3, 31, tzinfo=UTC)),
        ("2019-03-31 09:15", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("2019-03-31T09:15:00Z", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("2019-03-31T09:15:00.000+02:00", datetime(2019, 3, 31, 7, 15, tzinfo=UTC)),
        ("2019-03-31 09:15:00 UTC", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("2019-03-31 09:15:00+00", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("2019-03-31 09:15:00 +0200", datetime(2019, 3, 31, 7, 15, tzinfo=UTC)),
        ("31.03.2019 09:15", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("Mar 31, 2019", datetime(2019, 3, 31, tzinfo=UTC)),
        ("31 March 2019", datetime(2019, 3, 31, tzinfo=UTC)),
        ("1554023700", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
        ("1554023700000", datetime(2019, 3, 31, 9, 15, tzinfo=UTC)),
    ],
)
def test_times_of_consent_are_read_as_services_write_them(cell: str, moment: datetime) -> None:
    (row,) = rows(f'email,created_at\na@x.org,"{cell}"\n')
    assert row.consent_at == moment


@pytest.mark.parametrize("cell", ["03/04/2019", "4", "soon", "20190331093"])
def test_what_could_be_two_days_is_no_time_of_consent(cell: str) -> None:
    (row,) = judged(f"email,consent_at\na@x.org,{cell}\n")
    assert isinstance(row, LeftOut)
    assert "is not a date" in row.reason
