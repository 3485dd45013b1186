"""Title, number and date of a digest: from its head, its first lines, the name of its file."""

from __future__ import annotations

import pytest

from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.spoken_dates import spoken_date

A = "https://example.org/a"


HEADS = {
    "YAML": "---\ntitle: ! 'Ropes & knots'\ndate: 2026-03-01 10:00\ndescription: Strong.\n---\n",
    "TOML": '+++\ntitle = "Ropes & knots"\ndate = 2026-03-01T10:00:00Z\nsummary = "Strong."\n+++\n',
    "JBake": "title=Ropes & knots\ndate=2026-03-01\nsummary=Strong.\n~~~~~~\n",
    "Franklin": (
        '@def title = "Ropes & knots"\n@def published = "1 March 2026"\n'
        '@def summary = """Strong."""\n'
    ),
    "Pelican": "Title: Ropes & knots\nDate: 2026-03-01\nCategory: News\nSummary: Strong.\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_heads_say_title_date_and_preview(head: str) -> None:
    digest = parse_digest(f"{head}\n- [Ropes]({A})\n")
    assert digest.title == "Ropes & knots"
    assert digest.front_matter["date"] == "2026-03-01"
    assert digest.front_matter["preheader"] == "Strong."
    assert digest.unplaced == ()


@pytest.mark.parametrize(
    ("name", "title", "number", "day"),
    [
        ("0784.md", "0784", "784", ""),
        ("2025-12-24-harbour-notes.md", "harbour notes", "", "2025-12-24"),
        ("posts/issue-172.md", "issue 172", "172", ""),
        ("Week272.markdown", "Week272", "272", ""),
        ("harbour-2026.md", "harbour 2026", "", ""),
        ("2026-03.md", "2026-03", "", "2026-03-01"),
    ],
)
def test_the_name_of_a_file_says_what_its_text_does_not(
    name: str, title: str, number: str, day: str
) -> None:
    head = parse_digest(f"- [Ropes]({A})\n", file_name=name).front_matter
    assert (head.get("title"), head.get("number", ""), head.get("date", "")) == (title, number, day)


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Harbour #12", "12"),
        ("Harbour Issue 12: Ropes", "12"),
        ("12: Ropes", "12"),
        ("港口周刊：第 12 期", "12"),
        ("Harbour Vol.12", "12"),
        ("The best of 2026", None),
        ("Week Ending June 19, 2022", None),
    ],
)
def test_a_title_may_say_the_number(title: str, number: str | None) -> None:
    assert parse_digest(f"# {title}\n\n- [Ropes]({A})\n").front_matter.get("number") == number


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("Harbour (March 1st, 2026)", "2026-03-01"),
        ("Harbour, 1 March 2026", "2026-03-01"),
        ("Harbour of March 2026", "2026-03-01"),
        ("港口周刊 2026年3月1日", "2026-03-01"),
        ("Harbour May 40, 2026", None),
        ("Harbour may be open", None),
    ],
)
def test_a_title_may_say_the_day(title: str, day: str | None) -> None:
    assert parse_digest(f"# {title}\n\n- [Ropes]({A})\n").front_matter.get("date") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5. Juni 2024", "2024-06-05"),
        ("5 de marzo de 2024", "2024-03-05"),
        ("1er août 2024", "2024-08-01"),
        ("5 декабря 2024", "2024-12-05"),
        ("05.06.2024", "2024-06-05"),
        ("24/12/2024", "2024-12-24"),
        ("12/24/2024", "2024-12-24"),
        ("05/06/2024", ""),
        ("Version 3 from 2024", ""),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: str) -> None:
    assert spoken_date(text) == day


def test_the_subject_of_a_mail_is_its_title_where_nothing_else_is() -> None:
    text = f"---\nsubject: 'Harbour #12 / 1 March 2026'\nslug: x\n---\n\n- [Ropes]({A})\n"
    digest = parse_digest(text, file_name="draft.md")
    assert digest.title == "Harbour #12 / 1 March 2026"
    assert (digest.front_matter["number"], digest.front_matter["date"]) == ("12", "2026-03-01")
