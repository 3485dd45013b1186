"""Lists of services, relays and spreadsheets that nobody has described to us.

Nobody who left, bounced or complained there comes in as active: each is understood, or asked about.
"""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import LeftOut
from newsletter.reading.subscriber_lists.sheets import UnclearColumns, UnclearStates
from tests.support.lists import choices, judged, rows

A, P, U = ListedAs.ACTIVE, ListedAs.PENDING, ListedAs.UNSUBSCRIBED
BOUNCED, COMPLAINED, BLOCKED = ListedAs.BOUNCED, ListedAs.COMPLAINED, ListedAs.BLOCKLISTED

UNDERSTOOD = {
    "MailerLite": (
        (
            "Subscriber,Status,Subscribed,Location,Name,Last name,Unsubscribed\n"
            "a@x.org,active,2022-01-01 10:00:00,Oslo,Ada,Lovelace,\n"
            "b@x.org,unsubscribed,2022-01-01 10:00:00,,,,2022-03-01\n"
            "c@x.org,junk,,,,,\nd@x.org,bounced,,,,,\ne@x.org,unconfirmed,,,,,\n"
        ),
        [A, U, COMPLAINED, BOUNCED, P],
    ),
    "Brevo": (
        (
            "CONTACT ID;EMAIL;VORNAME;NACHNAME;BLOCKLISTED;ADDED_TIME\n"
            "1;a@x.org;Ada;L;no;13-02-2022\n2;b@x.org;Bo;B;yes;01-02-2022\n"
        ),
        [A, BLOCKED],
    ),
    "AWeber": (
        (
            "Email,Name,Date Added,IP Address,Stop Time,Stop Status,Ad Tracking\n"
            "a@x.org,Ada,2022-01-01,192.0.2.1,,,\nb@x.org,B,2022-01-01,,2022-03-01,Unsubscribed,\n"
        ),
        [A, U],
    ),
    "AWeber, without a word": (
        "Email,Name,Stop Time\na@x.org,Ada,\nb@x.org,Bo,2022-03-01\n",
        [A, U],
    ),
    "Campaign Monitor, suppressed": (
        (
            "Email Address,Suppression Reason,Date\na@x.org,Unsubscribed,2022-01-01\n"
            "b@x.org,Bounced,2022-01-01\nc@x.org,Marked as spam,2022-01-01\nd@x.org,Other,\n"
        ),
        [U, BOUNCED, COMPLAINED, BLOCKED],
    ),
    "Amazon SES": (
        (
            "EmailAddress,Reason,LastUpdateTime\na@x.org,BOUNCE,2022-01-01T10:00:00Z\n"
            "b@x.org,COMPLAINT,2022-01-01T10:00:00Z\n"
        ),
        [BOUNCED, COMPLAINED],
    ),
    "Postmark": (
        (
            "EmailAddress,SuppressionReason,Origin,CreatedAt\na@x.org,HardBounce,Recipient,2022-01-01\n"
            "b@x.org,SpamComplaint,Recipient,\nc@x.org,ManualSuppression,Customer,\n"
        ),
        [BOUNCED, COMPLAINED, BLOCKED],
    ),
    "Mailgun, bounces": (
        (
            "address,code,error,created_at\n"
            'a@x.org,550,No such user here,"Fri, 21 Oct 2022 11:02:55 UTC"\nb@x.org,605,,\n'
        ),
        [BOUNCED, BOUNCED],
    ),
    "SendGrid, bounces": (
        (
            "status,reason,email,created\n5.1.1,550 5.1.1 user unknown,a@x.org,1511234567\n"
            "550,mailbox unavailable,b@x.org,1511234567\n"
        ),
        [BOUNCED, BOUNCED],
    ),
    "SendGrid, spam reports": ("ip,email,created\n192.0.2.1,a@x.org,1511234567\n", [COMPLAINED]),
    "SendGrid, invalid": ("reason,email,created\nMail domain is unknown,a@x.org,\n", [BOUNCED]),
    "HubSpot": (
        (
            "Record ID,First Name,Email,Lead Status,Unsubscribed from all email,"
            "Email hard bounce reason,Create Date\n1,Ada,a@x.org,NEW,,,2022-01-01 10:00\n"
            "2,Bo,b@x.org,,true,,\n3,Cy,c@x.org,,,Unknown user,\n"
        ),
        [A, U, BOUNCED],
    ),
    "Salesforce": (
        (
            "Email,HasOptedOutOfEmail,IsEmailBounced,EmailBouncedReason\na@x.org,0,0,\n"
            "b@x.org,1,0,\nc@x.org,0,1,550 unknown\nd@x.org,0,0,550 unknown\n"
        ),
        [A, U, BOUNCED, BOUNCED],
    ),
    "phpList": (
        (
            "Email,Is this subscriber confirmed,Is this subscriber blacklisted,bounce count\n"
            "a@x.org,1,0,2\nb@x.org,0,0,0\nc@x.org,1,1,0\n"
        ),
        [A, P, BLOCKED],
    ),
    "MailPoet": (
        (
            "Email,First Name,List Status,Global Status\na@x.org,Ada,subscribed,subscribed\n"
            "b@x.org,Bo,unsubscribed,subscribed\nc@x.org,Cy,subscribed,unconfirmed\n"
        ),
        [A, U, P],
    ),
    "Mailjet": (
        (
            "email,name,IsExcludedFromCampaigns,IsOptInPending,IsSpamComplaining\n"
            "a@x.org,A,false,false,false\nb@x.org,B,true,false,false\nc@x.org,C,false,true,false\n"
            "d@x.org,D,false,false,true\n"
        ),
        [A, U, P, COMPLAINED],
    ),
    "CleverReach": (
        (
            "Email;Registriert;Aktiviert;Deaktiviert\na@x.org;01.02.2022;01.02.2022;\n"
            "b@x.org;01.02.2022;01.02.2022;03.04.2022\n"
        ),
        [A, U],
    ),
    "Constant Contact": (
        (
            "Email address,First name,Email status,Opt-Out Date,Opt-Out Source\n"
            "a@x.org,Ada,Active,,\nb@x.org,Bo,Unsubscribed,2022-03-01,Contact\nc@x.org,,,03/04/2022,\n"
        ),
        [A, U, U],
    ),
    "Discourse": (
        (
            "id,name,username,email,active,admin,last_seen_at,suspended_at\n"
            "1,Ada,ada,a@x.org,true,false,2022-01-01,\n2,Bo,bo,b@x.org,false,false,,\n"
        ),
        [A, U],
    ),
    "Revue": ("email,first_name,unsubscribed_at\na@x.org,Ada,\nb@x.org,Bo,2021-01-01\n", [A, U]),
    "Ghost, saved by a German spreadsheet": (
        "id;email;subscribed_to_emails\n1;a@x.org;WAHR\n2;b@x.org;FALSCH\n",
        [A, U],
    ),
    "Google Contacts": (
        (
            "First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value\n"
            "Ada,Lovelace,* myContacts ::: friends,Home,a@x.org,a2@x.org\n"
        ),
        [A],
    ),
    "Outlook": (
        (
            "First Name,Last Name,E-mail Address,E-mail 2 Address,Priority,Private,Sensitivity\n"
            "Ada,Lovelace,a@x.org,a2@x.org,Normal,False,Normal\n"
        ),
        [A],
    ),
    "German": (
        (
            "E-Mail;Vorname;Nachname;Status;Angemeldet am;Abgemeldet am\n"
            "a@x.org;Ada;L;aktiv;01.02.2022;\nb@x.org;B;B;abgemeldet;01.02.2022;03.04.2022\n"
        ),
        [A, U],
    ),
    "German, yes and no": ("E-Mail;Abgemeldet\na@x.org;nein\nb@x.org;ja\n", [A, U]),
    "German, by what is in it": (
        "Name;Lage;E-Mail\nA;aktiv;a@x.org\nB;abgemeldet;b@x.org\n",
        [A, U],
    ),
    "French": (
        (
            "Adresse e-mail;Prénom;Désabonné;Date de désinscription\na@x.org;Ada;non;\n"
            "b@x.org;B;oui;31/03/2022\n"
        ),
        [A, U],
    ),
    "Spanish": ("Correo;Nombre;Estado\na@x.org;Ada;Activa\nb@x.org;Bo;Baja\n", [A, U]),
    "Japanese": (
        (
            "メールアドレス\t氏名\t状態\t登録日\na@x.org\t山田\t購読中\t2022年3月1日\n"
            "b@x.org\t鈴木\t配信停止\t2022/3/1\n"
        ),
        [A, U],
    ),
    "Russian": ("Почта|Имя|Отписан\na@x.org|Ада|нет\nb@x.org|Боря|да\n", [A, U]),
    "plain addresses": ("a@x.org\nb@x.org\n", [A, A]),
    "Mailman with names": ("Ada Lovelace <a@x.org>\nb@x.org\n", [A, A]),
    "headings below a title": (
        (
            "Subscribers of 2022-01-01\n\nEmail,Name,Status\na@x.org,Ada,active\n"
            "b@x.org,Bo,unsubscribed\n"
        ),
        [A, U],
    ),
    "words with invisible and full-width characters": (
        "email,status\na@x.org,\u200eactive\nb@x.org,Unsubscribed\u200b\nc@x.org,ｂｏｕｎｃｅｄ\n",
        [A, U, BOUNCED],
    ),
}


@pytest.mark.parametrize("kind", UNDERSTOOD)
def test_nobody_who_is_gone_by_a_list_is_active(kind: str) -> None:
    data, states = UNDERSTOOD[kind]
    assert [row.listed_as for row in rows(data)] == states


@pytest.mark.parametrize(
    ("heading", "cell", "listed_as"),
    [
        ("DNC", "true", U),
        ("Do not email", "yes", U),
        ("No email", "x", U),
        ("wants_newsletter", "no", U),
        ("Email consent", "no", U),
        ("Send me news", "false", U),
        ("Left the list", "2021-01-01", U),
        ("Exit date", "2021-01-01", U),
        ("not_subscribed", "1", U),
        ("Unconfirmed", "1", P),
        ("status_name", "Unsubscribed", U),
        ("Unsubscribed", "3/4/2019", U),
        ("Unsubscribed", "31.03.19", U),
        ("bounce_type", "Permanent", BOUNCED),
        ("bounce_type", "soft", A),
        ("bounce reason", "550 5.1.1 unknown", BOUNCED),
        ("bounce reason", "452 4.2.2 mailbox full", A),
        ("hard_bounces", "2", BOUNCED),
        ("complaints", "3", COMPLAINED),
        ("complaints", "0", A),
        ("source", "Spam Complaint", COMPLAINED),
        ("Notiz", "abgemeldet", U),
        ("SMS marketing status", "Unsubscribed", A),
        ("Consent to track", "No", A),
        ("active_subscription", "false", A),
    ],
)
def test_a_state_is_found_under_any_heading(heading: str, cell: str, listed_as: ListedAs) -> None:
    assert [row.listed_as for row in rows(f"email,{heading}\na@x.org,{cell}\n")] == [listed_as]


@pytest.mark.parametrize(
    ("data", "question"),
    [
        ("email,status\na@x.org,1\nb@x.org,2\n", "says “1” in 1 row, and 1 other value"),
        ("email,status\na@x.org,true\n", "“status” says “true”"),
        ("email,status\na@x.org,inactive\n", "says “inactive”"),
        ("email,inactive\na@x.org,0\n", "“inactive” says “0”"),
        ('email,tags\na@x.org,vip\nb@x.org,"vip, unsubscribed"\n', "“tags” says “unsubscribed”"),
        ("email,active\na@x.org,1\nb@x.org,\n", "“active” is empty in 1 row"),
        ("email,confirmed\na@x.org,yes\nb@x.org,no\nc@x.org,\n", "“confirmed” is empty in 1 row"),
        ("email,DOUBLE_OPT-IN\na@x.org,1\nb@x.org,2\n", "says “2”"),
        ("email,x\n" + "r@x.org,\n" * 300 + "a@x.org,unsubscribed\n", "“x” says “unsubscribed”"),
        ("email,reason\na@x.org,asked to be removed\n", "“reason” is one that lists of bounced"),
        ("email,log\na@x.org,550 5.1.1 no such user\n", "“log” is one that lists of bounced"),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_is_asked(data: str, question: str) -> None:
    with pytest.raises(UnclearStates, match=question):
        rows(data)


def test_what_every_question_asks_can_be_answered() -> None:
    data = "email,active,tags\na@x.org,1,\nb@x.org,,\nc@x.org,0,bounced\n"
    answers = choices(status=("active:=pending", "bounced=active"))
    assert [row.listed_as for row in rows(data, answers)] == [A, P, U]
    long = f'email,status\na@x.org,"{"lapsed long ago, " * 9}"\n'
    with pytest.raises(UnclearStates) as asked:
        rows(long)
    ((_, value, _),) = asked.value.values
    assert rows(long, choices(status=(f"{value}=unsubscribed",)))[0].listed_as is U


def test_a_word_far_down_in_any_column_is_answered_there() -> None:
    data = "email,x\n" + "".join(f"r{n}@x.org,red\n" for n in range(300)) + "a@x.org,bounced\n"
    for answer, listed_as in (("bounced=bounced", BOUNCED), ("x:bounced=active", A)):
        found = rows(data, choices("attribute=x", status=(answer,)))
        assert [row.listed_as for row in found] == [A] * 300 + [listed_as]


def test_an_answer_is_not_taken_for_the_yes_and_no_of_another_column() -> None:
    data = "email,status,unsubscribed,bounced\na@x.org,1,0,0\nb@x.org,1,1,0\nc@x.org,1,0,1\n"
    for answer in ("1=active", "status:1=active"):
        found = rows(data, choices(status=(answer,)))
        assert [row.listed_as for row in found] == [A, U, BOUNCED]


def test_an_answer_for_one_column_holds_there_alone() -> None:
    data = "email,status,Old status\na@x.org,2,1\nb@x.org,1,2\n"
    answers = ("status:1=active", "status:2=active", "Old status:1=active", "old status:2=bounced")
    assert [row.listed_as for row in rows(data, choices(status=answers))] == [A, BOUNCED]


def test_a_column_chosen_by_hand_does_not_hide_another_one_that_says_more() -> None:
    data = "email,Phase,bounced,left\na@x.org,active,1,\nb@x.org,active,0,2021-01-01\n"
    for chosen in ("status=Phase", "unsubscribed_at=left"):
        assert [row.listed_as for row in rows(data, choices(chosen))] == [BOUNCED, U]


def test_yes_under_a_heading_that_only_a_person_understood_is_asked() -> None:
    with pytest.raises(UnclearStates, match="“Weg” says “yes”"):
        rows("email,Weg\na@x.org,yes\nb@x.org,no\n", choices("status=Weg"))


def test_rows_left_out_by_choice_still_say_who_is_gone() -> None:
    data = "email,status,unsubscribed\na@x.org,lapsed,1\nb@x.org,lapsed,0\n"
    first, second = judged(data, choices(status=("lapsed=left-out",)))
    assert getattr(first, "listed_as", None) is U
    assert isinstance(second, LeftOut)


def test_two_columns_are_not_both_the_address() -> None:
    with pytest.raises(InvalidInput, match="can't both be the email address"):
        rows("email,mail\na@x.org,b@x.org\n", choices("email=#1", "email=#2"))


def test_columns_without_headings_are_asked_for_and_mapped_by_number() -> None:
    data = "a@x.org,Ada,unsubscribed\nb@x.org,Bo,active\n"
    with pytest.raises(UnclearColumns, match="names no columns"):
        rows(data)
    found = rows(data, choices("email=#1", "name=#2"))
    assert [(row.line, row.name, row.listed_as) for row in found] == [(1, "Ada", U), (2, "Bo", A)]


@pytest.mark.parametrize(
    "name", ["unsubscribed.csv", "Abgemeldet.csv", "désabonnés.csv", "退会.csv"]
)
def test_a_column_that_does_not_say_who_left_does_not_answer_for_the_name(name: str) -> None:
    data = "email,confirmed,bounced,Marketing consent\na@x.org,1,0,yes\n"
    with pytest.raises(UnclearStates, match="The file is named"):
        rows(data, name=name)
    assert rows(data, choices(everyone="unsubscribed"), name)[0].listed_as is U


@pytest.mark.parametrize(
    "column", ["confirmed", "Newsletter", "GDPR consent", "Status", "Subscribed"]
)
def test_who_is_gone_by_the_kind_of_the_file_stays_so_whatever_a_column_says(column: str) -> None:
    cell = "active" if column == "Status" else "yes"
    data = f"Email Address,UNSUB_TIME,{column}\na@x.org,2021-01-01,{cell}\nb@x.org,,{cell}\n"
    assert [row.listed_as for row in rows(data)] == [U, U]


def test_who_was_never_confirmed_where_others_were_gets_nothing() -> None:
    data = "email,created_at,confirmed_at\na@x.org,2022-01-01,2022-01-02\nb@x.org,2022-01-01,\n"
    assert [row.listed_as for row in rows(data)] == [A, P]


@pytest.mark.parametrize(
    ("headings", "agreed", "left", "listed_as"),
    [
        ("subscribed_at,unsubscribed_at", "2022-01-01", "2021-05-06", A),
        ("subscribed_at,unsubscribed_at", "2021-05-06 10:00", "2021-05-06", U),
        ("created_at,unsubscribed_at", "2022-01-01", "2021-05-06", U),
        ("date added,unsubscribed_at", "2022-01-01", "2021-05-06", U),
        ("subscribed_at,complained_at", "2022-01-01", "2021-05-06", COMPLAINED),
        ("subscribed_at,bounced_at", "2022-01-01", "2021-05-06", BOUNCED),
    ],
)
def test_only_a_later_yes_of_their_own_takes_a_no_back(
    headings: str, agreed: str, left: str, listed_as: ListedAs
) -> None:
    data = f"email,{headings}\na@x.org,{agreed},{left}\n"
    assert rows(data)[0].listed_as is listed_as


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("3/31/2019", "3/4/2019"), ["2019-03-31", "2019-03-04"]),
        (("31/3/2019", "3/4/2019"), ["2019-03-31", "2019-04-03"]),
        (("31.03.19", "2019. 4. 3."), ["2019-03-31", "2019-04-03"]),
        (("31. März 2019", "3 avril 2019"), ["2019-03-31", "2019-04-03"]),
        (("2019年3月31日", "2019/4/3"), ["2019-03-31", "2019-04-03"]),
        (("31-Mar-2019", "April 3rd, 2019"), ["2019-03-31", "2019-04-03"]),
    ],
)
def test_dates_are_read_by_the_order_that_the_others_show(
    cells: tuple[str, str], days: list[str]
) -> None:
    data = f'email,consent_at\na@x.org,"{cells[0]}"\nb@x.org,"{cells[1]}"\n'
    assert [f"{row.consent_at:%Y-%m-%d}" for row in rows(data)] == days


def test_where_no_date_shows_the_order_it_is_chosen() -> None:
    data = "email,consent_at\na@x.org,03/04/2019\n"
    (row,) = judged(data)
    assert isinstance(row, LeftOut)
    assert "say which comes first, the day or the month" in row.reason
    for order, day in (("day-first", "2019-04-03"), ("month-first", "2019-03-04")):
        assert f"{rows(data, choices(dates=order))[0].consent_at:%Y-%m-%d}" == day


def test_of_someone_gone_the_name_is_kept_though_a_date_is_not_understood() -> None:
    (row,) = rows("email,name,consent_at,unsubscribed\na@x.org,Ada,03/04/2019,1\n")
    assert (row.name, row.consent_at) == ("Ada", None)
