"""Which column is what: by its heading, by what is in it, and by hand."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.reading.subscriber_lists.fields import Field
from newsletter.reading.subscriber_lists.sheets import UnclearColumns
from tests.support.lists import choices, columns, rows


def matched(data: str) -> dict[str, str]:
    return {column.name: column.field.value for column in columns(data)}


@pytest.mark.parametrize(
    "data",
    [
        "Name,Address,City,Email\nAda,1 Mill Lane,London,a@x.org\n",
        "Name,Address,City,E-Mail Adresse\nAda,1 Mill Lane,London,a@x.org\n",
        "Name,Address,City,Contact\nAda,1 Mill Lane,London,a@x.org\n",
        "Name,Email,Mail\nAda,yes,a@x.org\n",
        "emailAddress,Name\na@x.org,Ada\n",
        "Name,Primary contact\nAda,Ada <a@x.org>\n",
        "Email,Secondary email,Name\na@x.org,b@x.org,Ada\n",
        "Name,address\nAda,a@x.org\n",
    ],
)
def test_the_column_of_addresses_is_the_one_that_holds_them(data: str) -> None:
    (row,) = rows(data)
    assert (row.address, row.name) == ("a@x.org", "Ada")


def test_a_street_is_an_attribute() -> None:
    (row,) = rows("Name,Address,City,Email\nAda,1 Mill Lane,London,a@x.org\n")
    assert row.attributes == {"Address": "1 Mill Lane", "City": "London"}


@pytest.mark.parametrize(
    "data",
    [
        "Email,Name,City,State\na@x.org,Ada,Fresno,CA\n",
        "Email,Name,State\na@x.org,Ada,CA\n",
        "Email,Name,State,Zip\na@x.org,Ada,California,93650\n",
        "Email,Name,State,Country\na@x.org,Ada,Niedersachsen,Germany\n",
    ],
)
def test_a_state_that_is_a_place_is_an_attribute(data: str) -> None:
    (row,) = rows(data)
    assert row.listed_as is ListedAs.ACTIVE
    assert row.attributes["State"] in {"CA", "California", "Niedersachsen"}


def test_a_state_that_is_a_state_counts_beside_a_city_as_well() -> None:
    found = rows("Email,City,State\na@x.org,Fresno,unsubscribed\nb@x.org,Fresno,active\n")
    assert [row.listed_as for row in found] == [ListedAs.UNSUBSCRIBED, ListedAs.ACTIVE]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("email,first name,last name\na@x.org,Ada,Lovelace\n", "Ada Lovelace"),
        ("email,LAST_NAME,FIRST_NAME\na@x.org,Lovelace,Ada\n", "Ada Lovelace"),
        ("email,FNAME,LNAME\na@x.org,Ada,Lovelace\n", "Ada Lovelace"),
        ("email,firstName,lastName\na@x.org,Ada,Lovelace\n", "Ada Lovelace"),
        ("email,Vorname,Nachname\na@x.org,Ada,Lovelace\n", "Ada Lovelace"),
        ("email,Name,Surname\na@x.org,Ada,Lovelace\n", "Ada Lovelace"),
        ("email,Name,Surname\na@x.org,Ada Lovelace,Lovelace\n", "Ada Lovelace"),
        ("email,First Name,Last Name\na@x.org,,Lovelace\n", "Lovelace"),
        ("email,First Name\na@x.org,Ada\n", "Ada"),
        ("email,name,first name\na@x.org,Ada Lovelace,Ada\n", "Ada Lovelace"),
    ],
)
def test_first_and_last_name_become_one(data: str, name: str) -> None:
    assert rows(data)[0].name == name


@pytest.mark.parametrize(
    "cell",
    [
        '"""vip"",""weekly"""',
        '"""vip"", ""weekly"""',
        '"vip, weekly"',
        "vip;weekly",
        "vip; weekly;",
        "vip|weekly",
        '"[""vip"", ""weekly""]"',
        '"vip\nweekly"',
    ],
)
def test_tags_are_taken_apart_however_they_are_joined(cell: str) -> None:
    assert rows(f"email,Labels\na@x.org,{cell}\n")[0].tags == ["vip", "weekly"]


@pytest.mark.parametrize(
    "data",
    [
        '"email\naddress",name\na@x.org,Ada\n',
        '\ufeff"Email","Name\r\n(optional)",City\r\na@x.org,Ada,Oslo\r\n',
        "\n\nemail,name\na@x.org,Ada\n",
        "sep=;\nemail;name\na@x.org;Ada\n",
        "sep=|\nemail|name\na@x.org|Ada\n",
        "email|name\na@x.org|Ada\n",
        'email, name\na@x.org, "Ada"\n',
        "email\tname\ra@x.org\tAda\r",
    ],
)
def test_the_first_line_is_read_as_it_comes(data: str) -> None:
    (row,) = rows(data, choices("name=#2"))
    assert (row.address, row.name) == ("a@x.org", "Ada")


def test_a_line_break_in_a_heading_loses_no_column_behind_it() -> None:
    data = '"Email","Favourite\ntopic",City\na@x.org,engines,Oslo\n'
    (row,) = rows(data)
    assert row.attributes == {"Favourite topic": "engines", "City": "Oslo"}
    assert row.line == 3


def test_a_blank_before_a_quotation_mark_is_no_part_of_the_value() -> None:
    (row,) = rows('email, name, city\na@x.org, "Lovelace, Ada", "London"\n')
    assert (row.name, row.attributes) == ("Lovelace, Ada", {"city": "London"})


def test_quotation_marks_behind_backslashes_are_within_the_value() -> None:
    data = 'email,name,city\n"a@x.org","Ada \\"Ace\\" King","C:\\\\ville"\nb@x.org,Bo,Oslo\n'
    first, second = rows(data)
    assert (first.name, first.attributes) == ('Ada "Ace" King', {"city": "C:\\ville"})
    assert second.name == "Bo"


def test_backslashes_stay_where_quotation_marks_are_doubled() -> None:
    (row,) = rows('email,attributes,path\na@x.org,"{""a"": ""say \\""hi\\"" now""}","C:\\tmp\\"\n')
    assert row.attributes == {"a": 'say "hi" now', "path": "C:\\tmp\\"}


def test_every_other_column_becomes_an_attribute_and_empty_cells_do_not() -> None:
    first, second = rows("email,Birthday,Shoe size,\na@x.org,1815-12-10,38,\nb@x.org,,41,x\n")
    assert first.attributes == {"Birthday": "1815-12-10", "Shoe size": "38"}
    assert second.attributes == {"Shoe size": "41", "column 4": "x"}


def test_a_column_is_shown_with_its_first_three_rows() -> None:
    found = columns("email,city\n" + "".join(f"r{n}@x.org,Oslo {n}\n" for n in range(9)))
    assert [(column.name, column.sample) for column in found] == [
        ("email", ("r0@x.org", "r1@x.org", "r2@x.org")),
        ("city", ("Oslo 0", "Oslo 1", "Oslo 2")),
    ]


def test_columns_are_mapped_by_hand() -> None:
    data = "E-mail 1,Home mail,First,Family,Joined on,Colour,Secret\n"
    data += "a@x.org,b@x.org,Ada,Lovelace,2020-01-01,red,x\n"
    by_hand = choices(
        "email=Home mail",
        "name=First",
        "name=Family",
        "consent_at=Joined on",
        "tags=Colour",
        "ignore=Secret",
    )
    (row,) = rows(data, by_hand)
    assert (row.address, row.name, row.tags) == ("b@x.org", "Ada Lovelace", ["red"])
    assert f"{row.consent_at:%Y-%m-%d}" == "2020-01-01"
    assert row.attributes == {"E-mail 1": "a@x.org"}


def test_what_looks_like_a_state_can_be_made_an_attribute_by_hand() -> None:
    (row,) = rows("email,status\na@x.org,married\n", choices("attribute=status"))
    assert (row.listed_as, row.attributes) == (ListedAs.ACTIVE, {"status": "married"})


def test_several_columns_of_addresses_with_no_name_that_says_which_are_asked_for() -> None:
    data = "Home,Work\na@x.org,b@x.org\n"
    with pytest.raises(UnclearColumns, match="“Home”, “Work”"):
        rows(data)
    assert rows(data, choices("email=Work"))[0].address == "b@x.org"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("name=Nothing", "No column is named “Nothing”"),
        ("name=#9", "No column is named “#9”"),
        ("shoe=Name", "does not say which column is what"),
        ("name", "does not say which column is what"),
        ("name=", "does not say which column is what"),
    ],
)
def test_a_choice_that_fits_no_column_is_refused_with_words(chosen: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        columns("Email,Name\na@x.org,Ada\n", choices(chosen))


def test_what_each_kind_of_column_is_called() -> None:
    data = (
        "E-Mail,Full Name,Labels,Custom Fields,Opt-In Date,IP Address,Status,City\n"
        'a@x.org,Ada,vip,"{""n"": 1}",2020-01-01,192.0.2.1,active,Oslo\n'
    )
    assert list(matched(data).values()) == [
        Field.EMAIL,
        Field.NAME,
        Field.TAGS,
        Field.ATTRIBUTES,
        Field.CONSENT_AT,
        Field.CONSENT_IP,
        Field.STATUS,
        Field.ATTRIBUTE,
    ]
