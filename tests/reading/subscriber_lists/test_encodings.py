"""Lists in encodings other than UTF-8: read once somebody has said which one it is."""

from __future__ import annotations

import codecs

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.subscriber_lists.encodings import ENCODINGS, UnknownEncoding, known_encoding
from tests.support.lists import choices, rows

LISTS = {
    "cp1252": "email,name\na@x.org,Jürgen Müller\nb@x.org,“Béa” Weiß\n",
    "cp1250": "email,name\na@x.org,Łukasz Żółć\nb@x.org,Dvořák\n",
    "cp1251": "email,name\na@x.org,Мария Иванова\nb@x.org,Пётр Ильич Чайковский\n",
    "mac-roman": "email,name\na@x.org,André Müller\n",
    "cp932": "email,name\na@x.org,山田太郎\nb@x.org,鈴木\n",
    "gb18030": "email,name\na@x.org,王小明\nb@x.org,李雷\n",
}


@pytest.mark.parametrize("encoding", LISTS)
def test_the_question_shows_how_the_list_reads_in_the_encoding_that_it_is_in(encoding: str) -> None:
    text = LISTS[encoding]
    with pytest.raises(UnknownEncoding, match="Line 2 has bytes that are no UTF-8 text") as asked:
        rows(text.encode(encoding))
    lines = {guess.encoding: guess.lines for guess in asked.value.guesses}
    assert lines[encoding] == tuple(text.splitlines()[1:])
    assert len(set(lines.values())) == len(lines)


@pytest.mark.parametrize("encoding", LISTS)
def test_with_the_answer_the_list_is_read(encoding: str) -> None:
    data = LISTS[encoding].encode(encoding)
    names = [row.name for row in rows(data, choices(encoding=encoding))]
    assert names == [line.partition(",")[2] for line in LISTS[encoding].splitlines()[1:]]


def test_windows_1252_is_named_first_where_several_read_the_list_alike() -> None:
    with pytest.raises(UnknownEncoding, match="choose the encoding cp1252") as asked:
        rows("email,name\na@x.org,André\n".encode("cp1252"))
    assert asked.value.guesses[0].name.startswith("Windows-1252")


def test_a_wrong_answer_is_another_question() -> None:
    with pytest.raises(UnknownEncoding, match="are no UTF-16 text"):
        rows("email,name\na@x.org,André\n".encode("cp1252"), choices(encoding="utf-16"))


def test_a_japanese_list_in_utf_16_without_a_mark_is_recognised() -> None:
    data = "メールアドレス,氏名\na@x.org,山田太郎山田太郎山田太郎\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert rows(data.encode(encoding))[0].name == "山田太郎山田太郎山田太郎"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_unicode_is_recognised_and_can_be_chosen(encoding: str) -> None:
    data = "email,name\na@x.org,Żółć\n".encode(encoding)
    assert rows(data)[0].name == "Żółć"
    assert rows(data, choices(encoding=encoding))[0].name == "Żółć"


def test_utf_16_that_is_cut_off_is_asked_about() -> None:
    with pytest.raises(UnknownEncoding, match="Line 2 has bytes that are no UTF-16 text"):
        rows("email\na@x.org".encode("utf-16") + b"\x41")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("windows-1252", "cp1252"),
        ("Latin-1", "iso8859-1"),
        ("macintosh", "mac-roman"),
        ("Shift_JIS", "cp932"),
        ("gbk", "gb18030"),
        ("UTF8", "utf-8-sig"),
    ],
)
def test_an_encoding_has_many_names(name: str, encoding: str) -> None:
    assert known_encoding(name) == encoding


@pytest.mark.parametrize("name", ["", "klingon", "rot13", "base64", "unicode_escape", "a\0b"])
def test_what_is_no_encoding_of_lists_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not an encoding"):
        known_encoding(name)


def test_each_encoding_on_offer_is_one_that_python_reads() -> None:
    assert {codecs.lookup(name).name for name in ENCODINGS} == set(ENCODINGS)
