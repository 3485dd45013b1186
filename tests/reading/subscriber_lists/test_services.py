"""The exports of other services: known by their headings, each state of theirs becomes ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.domain.readers.listed_as import ListedAs
from tests.support.lists import choices, rows, service

MAILCHIMP = (
    "Email Address,First Name,Last Name,Company,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,"
    "CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,{last},LEID,EUID,NOTES,TAGS"
)
MAILCHIMP_ROW = (
    "{email},Ada,Lovelace,Engines Ltd,2,2019-03-01 10:00:00,203.0.113.4,2019-03-01 10:05:00,"
    '203.0.113.5,51.5,-0.1,0,1,Europe/London,GB,LND,{last},123,abc123,,"""vip"",""weekly"""'
)
UNSUB = "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER"
CLEAN = "CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID"


def mailchimp(last_headings: str, *last_cells: str) -> str:
    lines = [MAILCHIMP.format(last=last_headings)]
    lines += [
        MAILCHIMP_ROW.format(email=f"r{n}@example.org", last=cells)
        for n, cells in enumerate(last_cells)
    ]
    return "\n".join(lines) + "\n"


def states(data: str) -> list[ListedAs]:
    return [row.listed_as for row in rows(data)]


def test_mailchimps_subscribed_come_with_name_tags_and_the_proof_of_consent() -> None:
    data = mailchimp("LAST_CHANGED", "2020-01-01 00:00:00")
    (row,) = rows(data)
    assert service(data) == "Mailchimp, subscribed"
    assert (row.listed_as, row.name, row.tags) == (
        ListedAs.ACTIVE,
        "Ada Lovelace",
        ["vip", "weekly"],
    )
    assert row.consent_at == datetime(2019, 3, 1, 10, 5, tzinfo=UTC)
    assert row.client_address == "203.0.113.5"
    assert row.attributes == {"Company": "Engines Ltd"}


def test_mailchimps_time_of_opting_in_stands_in_for_a_confirmation() -> None:
    data = mailchimp("LAST_CHANGED", "2020-01-01 00:00:00").replace("2019-03-01 10:05:00", "")
    assert rows(data)[0].consent_at == datetime(2019, 3, 1, 10, tzinfo=UTC)


def test_mailchimps_unsubscribed_are_unsubscribed_and_complaints_are_complaints() -> None:
    data = mailchimp(
        UNSUB,
        "2021-05-06 07:08:09,June,99,N/A (Unsubscribed by an admin),",
        "2021-05-06 07:08:09,June,99,I no longer want these,",
        "2021-05-06 07:08:09,June,99,SPAM,",
        ",June,99,Reported as abuse,",
        ",,,,",
    )
    assert service(data) == "Mailchimp, unsubscribed"
    assert states(data) == [
        ListedAs.UNSUBSCRIBED,
        ListedAs.UNSUBSCRIBED,
        ListedAs.COMPLAINED,
        ListedAs.COMPLAINED,
        ListedAs.UNSUBSCRIBED,
    ]
    first = rows(data)[0]
    assert first.left_at == datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert first.attributes["UNSUB_REASON"] == "N/A (Unsubscribed by an admin)"


def test_mailchimps_cleaned_have_bounced() -> None:
    data = mailchimp(CLEAN, "2021-05-06 07:08:09,June,99", ",,")
    assert service(data) == "Mailchimp, cleaned"
    assert states(data) == [ListedAs.BOUNCED, ListedAs.BOUNCED]


def table(headings: str, *people: dict[str, str]) -> str:
    """A list with these cells, and all others empty."""
    lines = [headings]
    for number, cells in enumerate(people):
        known = {"email": f"r{number}@example.org", "Email": f"r{number}@example.org"} | cells
        lines.append(",".join(f'"{known.get(name, "")}"' for name in headings.split(",")))
    return "\n".join(lines) + "\n"


SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
    "email,active_subscription,expiry,email_disabled,prefer_digests,created_at",
)
GHOST_BEGINS = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at"
)
GHOST = (
    f"{GHOST_BEGINS},deleted_at,labels,tiers,gift_id",
    f"{GHOST_BEGINS},deleted_at,labels,products",
)
BUTTONDOWN = (
    "id,secondary_id,email,notes,subscriber_type,referrer_url,utm_source,utm_medium,utm_campaign,"
    "creation_date,ip_address,subscription_date,unsubscription_date,tags,metadata"
)
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
CURATED = (
    "Email Address,Subscribed at,UTM Source,UTM Medium,UTM Term,UTM Content,UTM Campaign,"
    "UTM Last Path,UTM Referrer"
)
KEILA = "Email,First name,Last name,Data,Status,External ID"


@pytest.mark.parametrize("headings", SUBSTACK)
def test_substacks_email_disabled_is_unsubscribed_and_a_free_plan_is_not(headings: str) -> None:
    data = table(
        headings,
        {"active_subscription": "false", "email_disabled": "false"},
        {"active_subscription": "true", "email_disabled": "false", "plan": "yearly"},
        {"active_subscription": "true", "email_disabled": "true"},
        {"email_disabled": "false", "created_at": "2022-01-05T10:00:00.000Z"},
    )
    assert service(data) == "Substack"
    assert states(data) == [
        ListedAs.ACTIVE,
        ListedAs.ACTIVE,
        ListedAs.UNSUBSCRIBED,
        ListedAs.ACTIVE,
    ]
    assert rows(data)[1].attributes["active_subscription"] == "true"
    assert rows(data)[3].consent_at == datetime(2022, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("headings", GHOST)
def test_ghosts_members_who_do_not_want_mail_or_were_deleted_are_unsubscribed(
    headings: str,
) -> None:
    data = table(
        headings,
        {"subscribed_to_emails": "true", "labels": "vip, weekly", "name": "Ada", "note": "met"},
        {"subscribed_to_emails": "false"},
        {"subscribed_to_emails": "true", "deleted_at": "2024-05-06T07:08:09.000Z"},
    )
    assert service(data) == "Ghost"
    assert states(data) == [ListedAs.ACTIVE, ListedAs.UNSUBSCRIBED, ListedAs.UNSUBSCRIBED]
    first, _, deleted = rows(data)
    assert (first.name, first.tags, first.attributes) == ("Ada", ["vip", "weekly"], {"note": "met"})
    assert deleted.left_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "listed_as"),
    [
        ("regular", ListedAs.ACTIVE),
        ("premium", ListedAs.ACTIVE),
        ("gifted", ListedAs.ACTIVE),
        ("trialed", ListedAs.ACTIVE),
        ("churning", ListedAs.ACTIVE),
        ("past_due", ListedAs.ACTIVE),
        ("unpaid", ListedAs.ACTIVE),
        ("paused", ListedAs.ACTIVE),
        ("unactivated", ListedAs.PENDING),
        ("unsubscribed", ListedAs.UNSUBSCRIBED),
        ("removed", ListedAs.UNSUBSCRIBED),
        ("undeliverable", ListedAs.BOUNCED),
        ("complained", ListedAs.COMPLAINED),
        ("spammy", ListedAs.BLOCKLISTED),
        ("blocked", ListedAs.BLOCKLISTED),
    ],
)
def test_each_type_of_buttondown_is_one_of_ours(kind: str, listed_as: ListedAs) -> None:
    data = table(BUTTONDOWN, {"subscriber_type": kind})
    assert service(data) == "Buttondown"
    assert states(data) == [listed_as]


def test_buttondowns_times_address_tags_and_metadata_come_along() -> None:
    data = table(
        BUTTONDOWN,
        {
            "subscriber_type": "premium",
            "creation_date": "2020-01-01T00:00:00Z",
            "subscription_date": "2020-01-02 03:04:05.123456+00:00",
            "ip_address": "2001:db8::1",
            "tags": "vip;Berlin, Mitte",
            "metadata": '{""city"": ""Oslo""}',
            "utm_source": "friend",
        },
        {"subscriber_type": "unsubscribed", "unsubscription_date": "2023-04-05T06:07:08Z"},
    )
    first, second = rows(data)
    assert first.consent_at == datetime(2020, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    assert first.client_address == "2001:db8::1"
    assert first.tags == ["vip", "Berlin, Mitte"]
    assert first.attributes == {
        "city": "Oslo",
        "utm_source": "friend",
        "subscriber_type": "premium",
    }
    assert second.left_at == datetime(2023, 4, 5, 6, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "listed_as"),
    [
        ("enabled", ListedAs.ACTIVE),
        ("disabled", ListedAs.UNSUBSCRIBED),
        ("blocklisted", ListedAs.BLOCKLISTED),
    ],
)
def test_each_status_of_listmonk_is_one_of_ours(status: str, listed_as: ListedAs) -> None:
    data = table(LISTMONK, {"status": status, "attributes": '{""n"": 1}', "uuid": "u"})
    assert service(data) == "listmonk"
    assert states(data) == [listed_as]
    assert rows(data)[0].attributes == {"n": 1}


def test_a_column_for_a_services_own_use_is_imported_where_someone_chooses_so() -> None:
    data = mailchimp("LAST_CHANGED", "2020-01-01 00:00:00")
    (row,) = rows(data, choices("attribute=REGION"))
    assert row.attributes == {"Company": "Engines Ltd", "REGION": "LND"}
    ids = table(GHOST[0], {"id": "62a", "note": "met", "stripe_customer_id": "cus_1"})
    assert set(rows(ids)[0].attributes) == {"note"}


def test_what_listmonk_imports_we_import() -> None:
    (row,) = rows(table("email,name,attributes", {"name": "Ada", "attributes": '{""n"": 1}'}))
    assert (row.name, row.attributes, row.listed_as) == ("Ada", {"n": 1}, ListedAs.ACTIVE)


def test_curateds_time_of_subscribing_is_that_of_consent() -> None:
    cells = {"Email Address": "a@x.org", "Subscribed at": "2018-03-04 05:06:07 UTC"}
    data = table(CURATED, cells | {"UTM Source": "friend"})
    assert service(data) == "Curated"
    (row,) = rows(data)
    assert row.consent_at == datetime(2018, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert (row.listed_as, row.attributes) == (ListedAs.ACTIVE, {"UTM Source": "friend"})


@pytest.mark.parametrize(
    ("status", "listed_as"),
    [
        ("active", ListedAs.ACTIVE),
        ("unsubscribed", ListedAs.UNSUBSCRIBED),
        ("unreachable", ListedAs.BOUNCED),
    ],
)
def test_each_status_of_keila_is_one_of_ours(status: str, listed_as: ListedAs) -> None:
    cells = {"First name": "Ada", "Last name": "Lovelace", "Data": '{""n"": 1}', "External ID": "7"}
    data = table(KEILA, cells | {"Status": status})
    assert service(data) == "Keila"
    (row,) = rows(data)
    assert (row.listed_as, row.name) == (listed_as, "Ada Lovelace")
    assert row.attributes == {"n": 1, "External ID": "7"}


@pytest.mark.parametrize(
    ("state", "listed_as"),
    [
        ("active", ListedAs.ACTIVE),
        ("paused", ListedAs.PAUSED),
        ("pending", ListedAs.PENDING),
        ("unsubscribed", ListedAs.UNSUBSCRIBED),
        ("suppressed", ListedAs.BLOCKLISTED),
    ],
)
def test_each_state_of_our_own_export_comes_back(state: str, listed_as: ListedAs) -> None:
    headings = "address,name,attributes,tags,state,created_at"
    data = table(headings, {"address": "a@x.org", "state": state, "tags": "Berlin, Mitte"})
    assert states(data) == [listed_as]
    assert rows(data)[0].tags == ["Berlin, Mitte"]
