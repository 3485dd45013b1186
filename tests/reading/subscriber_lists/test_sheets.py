"""CSV files as they are found in the world, read row by row."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.subscriber_rows import LeftOut, Row
from newsletter.reading.subscriber_lists.csv_records import guard, unguard
from newsletter.reading.subscriber_lists.encodings import open_text
from newsletter.reading.subscriber_lists.rows import RowReader
from newsletter.reading.subscriber_lists.seen_addresses import SeenAddresses
from newsletter.reading.subscriber_lists.sheets import open_sheet

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(data: str | bytes) -> list[Row | LeftOut]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    sheet = open_sheet(open_text(file))
    if sheet.problem:
        raise sheet.problem
    return list(map(RowReader(sheet, NOW).judge, sheet.records))


def found(data: str | bytes) -> list[tuple[int, str, str]]:
    return [
        (row.line, row.address, row.name if isinstance(row, Row) else row.reason)
        for row in read(data)
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"address,name\na@x.org,Ann\nb@x.org,Bo\n",
        b"\xef\xbb\xbfaddress,name\na@x.org,Ann\nb@x.org,Bo",
        b"Email Address;NAME\r\na@x.org;Ann\r\nb@x.org;Bo\r\n",
        b"name\tE-Mail\rAnn\ta@x.org\rBo\tb@x.org\r",
        b'"email","name"\n"a@x.org","Ann"\n"b@x.org","Bo"\n',
        "address\tname\r\na@x.org\tAnn\r\nb@x.org\tBo\r\n".encode("utf-16"),
        "address,name\na@x.org,Ann\nb@x.org,Bo\n".encode("utf-16-le"),
        b"address,name\na@X.ORG,Ann\nBo <b@x.org>,\n",
        b"address,name\n<a@x.org>, Ann \n  b@x.org  ,Bo,,\n",
    ],
)
def test_one_list_in_many_spellings(data: bytes) -> None:
    assert found(data) == [(2, "a@x.org", "Ann"), (3, "b@x.org", "Bo")]


def test_a_quoted_line_break_is_one_row_and_the_lines_are_counted_on() -> None:
    data = 'address,name\r\na@x.org,"Ann\r\nSmith"\r\n\r\nnobody,\r\n'
    (first, second) = read(data)
    assert isinstance(first, Row)
    assert first.name == "Ann Smith"
    assert second.line == 5


@pytest.mark.parametrize("rows_after", [1, 300])
def test_a_quotation_mark_that_never_closes_costs_one_line(rows_after: int) -> None:
    data = 'address,name\na@x.org,"Ann\n'
    data += "".join(f"r{n}@x.org,R\n" for n in range(rows_after))
    (broken, *others) = read(data)
    assert isinstance(broken, LeftOut)
    assert (broken.line, "never closed" in broken.reason) == (2, True)
    assert [row.line for row in others] == list(range(3, 3 + rows_after))
    assert all(isinstance(row, Row) for row in others)


def test_a_list_of_too_many_columns_is_refused_with_their_number() -> None:
    data = "address," + ",".join(f"c{n}" for n in range(10_000)) + "\na@x.org\n"
    with pytest.raises(InvalidInput, match="has 10,001 columns"):
        read(data)


def test_a_line_without_end_is_left_out_and_reading_goes_on() -> None:
    data = "address,name\na@x.org," + "x" * 2_500_000 + "\nb@x.org,Bo\n"
    (broken, fine) = read(data)
    assert isinstance(broken, LeftOut)
    assert broken.reason == "the line is too long"
    assert (fine.line, fine.address) == (3, "b@x.org")


def test_rows_may_be_shorter_or_longer_than_the_first_line() -> None:
    assert found("address,name,tags\na@x.org\nb@x.org,Bo,t,more\n") == [
        (2, "a@x.org", ""),
        (3, "b@x.org", "Bo"),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"a@x.org,Ann\n", "names no columns"),
        (b"first,last\n", "No column is named address"),
        (b"address,name\na@x.org,Ann\nb@x.org,Andr\xe9\n", "Line 3 has bytes"),
        (b"address\r\n\r\nAndr\xe9\r\n", "Line 3 has bytes"),
    ],
)
def test_what_is_no_list_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read(data)


@pytest.mark.parametrize(
    "attributes", ["[1]", "1", "{", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\u0000"}',
                   '{"a": "\\ud800"}', "[" * 5000]
)  # fmt: skip
def test_attributes_that_no_database_could_hold_are_left_out(attributes: str) -> None:
    cell = attributes.replace('"', '""')
    (row,) = read(f'address,attributes\na@x.org,"{cell}"\n')
    assert isinstance(row, LeftOut)
    assert "attributes" in row.reason


FORMULA_SIGNS = "=+-@＝＋－＠"


@given(st.text() | st.text(alphabet=f"a';\t\r\n{FORMULA_SIGNS}"))
def test_a_guarded_cell_comes_back_as_it_was(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert guard(cell)[:1] not in set("=+-@\t\r")


@given(st.text(alphabet=f"a';\t\r\n{FORMULA_SIGNS}"))
def test_no_cell_begins_a_formula_wherever_a_spreadsheet_splits_it(cell: str) -> None:
    for piece in re.split("[;\t\r\n]", guard(cell)):
        assert piece[:1] not in set(FORMULA_SIGNS)


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("Bob;=cmd|' /C calc'!A0", "Bob;'=cmd|' /C calc'!A0"),
        ("Bob\t@SUM(A1)", "Bob\t'@SUM(A1)"),
        ("＝1＋1", "'＝1＋1"),
        ("a;＠b", "a;'＠b"),
        ("a-b@example.org", "a-b@example.org"),
        ("it's; fine", "it's; fine"),
    ],
)
def test_what_a_spreadsheet_would_run_is_guarded(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded


def test_ten_thousand_addresses_are_told_apart() -> None:
    seen = SeenAddresses()
    assert [seen.first_line(f"r{n}@x.org", n) for n in range(1, 10_001)] == [0] * 10_000
    assert [seen.first_line(f"r{n}@x.org", 1) for n in range(1, 10_001)] == list(range(1, 10_001))


@pytest.mark.parametrize(
    "cell",
    [
        "\u200bada@example.org",
        "\u202aada@example.org\u202c",
        "\ufeffada@example.org",
        "\u00a0ada@example.org\u00a0",
        "mailto:ada@example.org",
        "ada@example.org.",
        "<ada@example.org>",
        "Ada <ada@example.org>",
        "'ada@example.org'",
        "'ada@example.org",
    ],
)
def test_an_address_is_tidied_and_the_row_says_so(cell: str) -> None:
    (row,) = read(f"email\n{cell}\n")
    assert isinstance(row, Row)
    assert (row.address, row.key) == ("ada@example.org", "ada@example.org")
    assert row.tidyings
    assert "ada@example.org" in row.given
    assert row.name == ("Ada" if cell.startswith("Ada") else "")
    (plain,) = read("email\nada@example.org\n")
    assert isinstance(plain, Row)
    assert not plain.tidyings


def test_domains_that_idna_2008_tells_apart_are_two_readers() -> None:
    found = read("email\nada@faß.de\nada@fass.de\nstraße@x.org\nstrasse@x.org\n")
    keys = [row.key for row in found if isinstance(row, Row)]
    assert keys == ["ada@xn--fa-hia.de", "ada@fass.de", "straße@x.org", "strasse@x.org"]
