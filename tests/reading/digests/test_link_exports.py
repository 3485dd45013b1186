"""What tools that keep links export, as digests: bookmarks, outlines, tables and JSON."""

from __future__ import annotations

import json

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A, B, C, outline

BOOKMARKS = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file. -->
<TITLE>Bookmarks</TITLE>
<H1>Harbour</H1>
<DL><p>
    <DT><H3 ADD_DATE="1507149782">Ropes</H3>
    <DL><p>
        <DT><A HREF="{A}" ADD_DATE="1507149782" TAGS="rope">Hemp &amp; more</A>
        <DD>Strong.
    </DL><p>
    <DT><H3>Knots</H3>
    <DL><p>
        <DT><A HREF="{B}" ICON="data:image/png;base64,iVBORw0=">Bowline</A>
    </DL><p>
    <DT><A HREF="{C}">Winch</A>
</DL><p>
"""
OUTLINE = f"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Harbour 12</title>
<dateCreated>Thu, 21 Mar 2024 10:00:00 GMT</dateCreated></head><body>
<outline text="Ropes"><outline text="Hemp &amp; more" url="{A}" _note="Strong."/></outline>
<outline text="Knots"><outline text="&lt;a href=&quot;{B}&quot;&gt;Bowline&lt;/a&gt;"/></outline>
<outline text="Winch" type="rss" xmlUrl="{C}/feed" htmlUrl="{C}"/>
</body></opml>"""
TABLE = f"""id,title,note,url,folder,tags
1,Hemp & more,"Strong.",{A},Ropes,"rope, hemp"
2,Bowline,,{B},Knots,
3,Winch,,{C},,
"""
PINBOARD = [
    {"href": A, "description": "Hemp & more", "extended": "Strong.", "tags": "rope"},
    {"href": B, "description": "Bowline", "extended": "", "tags": ""},
]
EXPECTED = [
    "# Ropes",
    f"Hemp & more <{A}>",
    "  Strong.",
    "# Knots",
    f"Bowline <{B}>",
    f"Winch <{C}>",
]


@pytest.mark.parametrize(
    "text", [BOOKMARKS, OUTLINE, TABLE, TABLE.replace(",", ";").replace("rope; ", "")]
)
def test_a_folder_is_a_section_of_links(text: str) -> None:
    assert outline(parse_digest(text)) == EXPECTED


def test_an_outline_has_the_title_and_the_day_of_an_issue() -> None:
    digest = parse_digest(OUTLINE)
    head = digest.front_matter
    assert (digest.title, head["number"], head["date"]) == ("Harbour 12", "12", "2024-03-21")


@pytest.mark.parametrize(
    "found", [PINBOARD, {"results": PINBOARD}, {"list": {"1": PINBOARD[0], "2": PINBOARD[1]}}]
)
def test_objects_with_an_address_each_are_entries(found: object) -> None:
    assert outline(parse_digest(json.dumps(found))) == [
        f"Hemp & more <{A}>",
        "  Strong.",
        f"Bowline <{B}>",
    ]


def test_columns_that_are_not_used_are_named() -> None:
    whys = [piece.why for piece in parse_digest(TABLE).dropped]
    assert whys == ["These columns are not used: id, tags."]


@pytest.mark.parametrize(
    "text", [f"Title, Link\n\nRopes\n{A}\n", f"Link, or not\n{A}\n", "[1, 2]", '[{"a": "b"}]', "[["]
)
def test_a_text_is_no_table_by_its_first_line_alone(text: str) -> None:
    assert "not used" not in str(parse_digest(text).dropped)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OUTLINE.replace("</opml>", ""), "broken"),
        (OUTLINE.replace("<opml", '<!DOCTYPE x [<!ENTITY a "b">]><opml'), "entities|broken"),
        ("url,title\n" + f"{A},x\n" * 3_000, "The limit|at most"),
    ],
)
def test_what_can_be_no_issue_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        parse_digest(text)
