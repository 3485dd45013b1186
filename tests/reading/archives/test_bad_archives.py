"""What is wrong with an archive gets a clear answer, and nothing of it is unpacked or followed."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives import files as limits
from newsletter.reading.archives.opening import opened_file, opened_path
from tests.support.archives import read, zip_of

ISSUE = "---\nnumber: 1\n---\n- [A](https://a.example)\n"


def refusal(file: io.BytesIO) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_all(file)
    return str(refused.value)


def read_all(file: io.BytesIO) -> list[bytes]:
    with opened_file(file, "archive.zip") as archive:
        return [one.read() for one in archive.files]


@pytest.mark.parametrize(
    "path", ["../evil.md", "a/../../evil.md", "/etc/evil.md", "C:\\evil.md", "..\\evil.md"]
)
def test_a_zip_with_a_path_that_climbs_is_refused_as_a_whole(path: str) -> None:
    assert "points outside the zip" in refusal(zip_of({"1.md": ISSUE, path: ISSUE}))


def test_a_link_in_a_zip_is_refused_alone() -> None:
    made = zip_of({"1.md": ISSUE})
    with zipfile.ZipFile(made, "a") as zipped:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    made.seek(0)
    with opened_file(made, "archive.zip") as archive:
        assert [one.path for one in archive.files] == ["1.md"]
        [refused] = archive.not_taken
    assert refused.is_refused
    assert "symbolic link" in refused.reason


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.md").write_text(ISSUE)
    root = tmp_path / "issues"
    root.mkdir()
    (root / "1.md").write_text(ISSUE)
    (root / "link.md").symlink_to(secret / "key.md")
    (root / "folder").symlink_to(secret)
    os.mkfifo(root / "pipe.md")
    with opened_path(root) as archive:
        assert [one.path for one in archive.files] == ["1.md"]
        assert {one.source for one in archive.not_taken if one.is_refused} == {"link.md", "folder"}


def test_a_zip_of_almost_nothing_is_a_bomb() -> None:
    assert "of almost nothing" in refusal(zip_of({"1.md": b" " * 5_000_000}))


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_says() -> None:
    made = bytearray(zip_of({"1.md": os.urandom(50_000).hex()}).getvalue())
    entry = made.index(b"PK\x01\x02")
    made[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    assert "broken inside the zip" in refusal(io.BytesIO(bytes(made)))


@pytest.mark.parametrize(
    ("method", "name", "start", "length"),
    [
        (zipfile.ZIP_LZMA, "1.md", 43, 20),
        (zipfile.ZIP_DEFLATED, "ü.md", 30, 2),
    ],
    ids=["its bytes", "its name"],
)
def test_whatever_is_broken_of_a_file_in_a_zip_is_said(
    method: int, name: str, start: int, length: int
) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as zipped:
        zipped.writestr(name, ISSUE * 30)
    broken = bytearray(made.getvalue())
    broken[start : start + length] = b"\xff" * length
    assert "broken inside the zip" in refusal(io.BytesIO(bytes(broken)))


def test_any_number_in_the_name_of_a_file_has_its_order() -> None:
    names = ["1²2.md", "2.md", "010.md", f"{'9' * 5_000}.md"]
    made = zip_of(dict.fromkeys(reversed(names), ISSUE))
    with opened_file(made, "archive.zip") as archive:
        assert [one.path for one in archive.files] == names


def test_too_much_or_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 2)
    assert "The limit is 2" in refusal(zip_of({f"{n}.md": ISSUE for n in range(3)}))
    monkeypatch.setattr(limits, "MOST_BYTES", 50)
    assert "Unpacked, it is larger" in refusal(zip_of({f"{n}.md": ISSUE for n in range(2)}))
    monkeypatch.setattr(limits, "LARGEST_FILE_BYTES", 10)
    assert "1.md is" in refusal(zip_of({"1.md": ISSUE}))


def test_an_encrypted_or_broken_zip_says_so() -> None:
    encrypted = bytearray(zip_of({"1.md": ISSUE}).getvalue())
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(io.BytesIO(bytes(encrypted)))
    whole = zip_of({"1.md": ISSUE}).getvalue()
    assert "This zip is broken" in refusal(io.BytesIO(whole[:-30]))
    assert "Word document" in refusal(zip_of({"[Content_Types].xml": "", "word/document.xml": ""}))


def test_what_lies_beside_issues_is_left_out_and_said() -> None:
    _, past, others = read(
        {
            "1.md": ISSUE,
            "__MACOSX/._1.md": "x",
            ".DS_Store": "x",
            ".git/config.md": "x",
            "README.md": "# About",
            "LICENSE": "MIT",
            "cover.png": b"x",
            "build.py": "x",
            "more.zip": zip_of({"2.md": ISSUE}).getvalue(),
            "table.csv": "a,b\n",
        }
    )
    assert [one.source for one in past] == ["1.md"]
    assert len(others) == 9
    assert all(others.values())
    assert "Unpack it" in others["more.zip"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("1.docx", b"PK\x03\x04word", "Word document"),
        ("1.pdf", b"%PDF-1.4", "PDF"),
        ("1.mhtml", b"From: a\nMIME-Version: 1.0\n\nx", "MHTML"),
        ("1.md", b"\xff\xfe\x00", "not in UTF-8|not text|empty"),
        ("1.md", b"a \xe9 b \xc3\xa9", "not in UTF-8"),
        ("1.md", b"---\nnumber: 1\n---\n", "no text"),
        ("1970-01-01-a.md", b"- [A](https://a.example)", "Correct the date"),
        ("1.md", b"---\ndate: 2199-01-01\n---\n- [A](https://a.example)", "Correct the date"),
        ("1.md", b"- [A](https://a.example)\n" * 90_000, "The limit is"),
    ],
)
def test_a_file_that_is_no_issue_is_refused_with_words(name: str, data: bytes, words: str) -> None:
    _, past, others = read({name: data, "2.md": ISSUE})
    assert [one.source for one in past] == ["2.md"]
    assert any(word in others[name] for word in words.split("|")), others


def test_names_in_utf_8_are_read_with_and_without_their_mark() -> None:
    made = zip_of({"Ausgabe-ü-1.md": ISSUE})
    unmarked = made.getvalue()
    for place in (unmarked.index(b"PK\x01\x02") + 9, unmarked.index(b"PK\x03\x04") + 7):
        unmarked = unmarked[:place] + bytes([unmarked[place] & ~0x8]) + unmarked[place + 1 :]
    for data in (made.getvalue(), unmarked):
        with opened_file(io.BytesIO(data), "a.zip") as archive:
            assert [one.path for one in archive.files] == ["Ausgabe-ü-1.md"]
