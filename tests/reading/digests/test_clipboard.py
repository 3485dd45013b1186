"""HTML as word processors, mails and pages put it on the clipboard comes out as clean Markdown."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.html_pieces import markdown_of_html
from tests.reading.digests.test_kinds_of_digests import A, B, outline

GOOGLE_DOCS = f"""<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1">
<h2 dir="ltr"><span style="font-size:16pt;font-weight:700">News</span></h2>
<ul><li dir="ltr"><p dir="ltr"><a href="https://www.google.com/url?q={A}&amp;sa=D&amp;ust=1">
<span style="color:#1155cc;text-decoration:underline">Ropes</span></a><span style="font-weight:400">
 are </span><span style="font-weight:700">strong</span><span style="font-style:normal">.</span></p>
</li><ul><li dir="ltr"><p dir="ltr"><span>very</span></p></li></ul></ul></b>"""

WORD = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal
{{mso-style-parent:"";}} --></style><!--[if gte mso 9]><xml><o:x/></xml><![endif]--></head><body>
<!--StartFragment--><h2>News<o:p></o:p></h2>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'>
<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span>&nbsp;
</span></span></span><![endif]><a href="{A}">Ropes</a> are <b>strong</b>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='margin-left:1.0in;mso-list:l0 level2 lfo1'>
<![if !supportLists]><span style='mso-list:Ignore'>o<span>&nbsp;</span></span><![endif]>very
<o:p></o:p></p><!--EndFragment--></body></html>"""

PAGE = f"""<div style="font-family:Arial"><h2>News</h2><ul><li><a href="{A}"><font>Ropes</font></a>
are <strong>strong</strong>.<ul><li>very</li></ul></li></ul>
<img src="https://example.org/open.gif" width="1" height="1"></div>"""


@pytest.mark.parametrize("html", [GOOGLE_DOCS, WORD, PAGE], ids=["Google Docs", "Word", "a page"])
def test_rich_text_is_the_markdown_that_it_shows(html: str) -> None:
    markdown = markdown_of_html(html)[0]
    assert [line.rstrip() for line in markdown.split("\n") if line.strip()] == [
        "## News",
        f"- [Ropes]({A}) are **strong**.",
        "  - very",
    ]


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>A <b style='mso-bidi-font-weight:normal'>strong</b> rope</p>", "A **strong** rope"),
        (
            (
                "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>One</p>"
                "<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>Two</p>"
            ),
            "- One\n\n1. Two",
        ),
        (
            (
                '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example'
                '%2Fx%3Fy%3D1&amp;data=05">Outlook</a>'
            ),
            "[Outlook](https://a.example/x?y=1)",
        ),
        (
            '<a href="https://urldefense.com/v3/__https://a.example/x__;!!b$">A filter</a>',
            "[A filter](https://a.example/x)",
        ),
        (
            '<a href="https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example">F</a>',
            "[F](https://a.example)",
        ),
        (
            '<a href="javascript:alert(1)">bad</a> and <a href="&#1;java&#10;script:x">worse</a>',
            "bad and worse",
        ),
        ('<a href="data:text/html,x">d</a> <a href="x-apple-data://1">tomorrow</a>', "d tomorrow"),
        ('<a href="mailto:ada@a.example">Ada</a>', "[Ada](mailto:ada@a.example)"),
        (
            '<p>A <img src="cid:1" alt="logo" onerror="x()"> and <img src="x:y">.</p>',
            "A logo and .",
        ),
        ('<script>x()</script><p onclick="x()">Fine<iframe></iframe></p>', "Fine"),
        (
            "<ul><li>One<ul><li>Two<ol><li>Three</li></ol></li></ul></li></ul>",
            "- One\n  - Two\n    1. Three",
        ),
        ("<pre><code>a = 1\n</code></pre><hr>", "```\na = 1\n```\n\n---"),
    ],
)
def test_what_programs_put_around_text_does_not_come_along(html: str, markdown: str) -> None:
    assert markdown_of_html(html, is_pasted=True)[0].strip() == markdown


NESTED = "- One\n  - Two\n- Three"


@pytest.mark.parametrize(
    "html",
    [
        (
            '<b style="font-weight:normal;" id="docs-internal-guid-1"><ul><li dir="ltr"><p>'
            "<span>One</span></p></li><ul><li><p><span>Two</span></p></li></ul><li>Three</li></ul></b>"
        ),
        (
            '<div class="ListContainerWrapper"><ul><li data-aria-level="1"><p><span>One</span>'
            '<span class="EOP">&nbsp;</span></p></li></ul></div>'
            '<div class="ListContainerWrapper"><ul>'
            '<li data-aria-level="2"><p>Two</p></li></ul></div>'
            '<div class="ListContainerWrapper"><ul>'
            '<li data-aria-level="1"><p>Three</p></li></ul></div>'
        ),
        (
            "<ul style='margin-top:0in'><li class=MsoListParagraph><p>One<o:p></o:p></p></li>"
            "<ul type=circle><li>Two</li></ul><li>Three</li></ul>"
        ),
        "<ul>\n<li>\n<p>One</p>\n<ul>\n<li>\n<p>Two</p>\n</li>\n</ul>\n</li>\n<li>Three</li>\n</ul>",
        '<ul class="bulleted-list"><li>One<ul><li>Two</li></ul></li></ul><ul><li>Three</li></ul>',
        (
            '<ul class="Apple-dash-list"><li class="li1"><span></span>One</li><ul>'
            '<li class="li1">Two</li></ul><li>Three</li></ul>'
        ),
        (
            '<div dir="ltr"><ul><li><div>One</div></li><ul><li><div>Two<br></div></li></ul>'
            "<li><div>Three</div></li></ul></div>"
        ),
    ],
    ids=["Docs", "Word online", "Word", "Notion", "Notion export", "Apple Notes", "Gmail"],
)
def test_nested_lists_have_no_blank_lines_between_their_items(html: str) -> None:
    assert markdown_of_html(html, is_pasted=True)[0].strip() == NESTED


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<ol><li>One</li></ol><ol><li>First</li></ol>", "1. One\n\n1. First"),
        ('<ol><li>One</li></ol><ol start="2"><li>Two</li></ol>', "1. One\n2. Two"),
        ("<ul><li><p>One</p><p>More</p></li><li>Two</li></ul>", "- One\n\n  More\n- Two"),
        ("<p>Before</p><br><ul><li>One</li></ul><br><p>After</p>", "Before\n\n- One\n\nAfter"),
        ("<ul><li>One</li></ul>Words<ul><li>Two</li></ul>", "- One\n\nWords\n\n- Two"),
        ("<ul><ul><li>Deep</li></ul><li>One</li></ul>", "- Deep\n- One"),
    ],
)
def test_what_belongs_apart_stays_apart(html: str, markdown: str) -> None:
    assert markdown_of_html(html, is_pasted=True)[0].strip() == markdown


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        (
            (
                f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html><html><body>'
                f'<ul><li><a href="{B}">Knots</a></li></ul></body></html>'
            ),
            [f"Knots <{B}>"],
        ),
        ("<!doctype html>", []),
        ("<html><body></body></html>", []),
    ],
)
def test_pages_with_a_declaration_or_without_content_are_read(html: str, lines: list[str]) -> None:
    assert outline(parse_digest(html)) == lines


@pytest.mark.parametrize("html", [GOOGLE_DOCS, WORD, PAGE], ids=["Google Docs", "Word", "a page"])
def test_what_word_processors_add_is_not_called_left_out(html: str) -> None:
    digest = parse_digest(html)
    assert outline(digest)[:2] == ["# News", f"Ropes <{A}>"]
    assert digest.unplaced == ()


def test_html_without_measure_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="nested more than 250 levels deep"):
        parse_digest(f"<html><body>{'<div>' * 3_000}<a href='{A}'>x</a>")


@pytest.mark.parametrize("width", ["²", "9" * 5_000, "100%", "-1"])
def test_a_picture_of_any_width_is_kept(width: str) -> None:
    html = f'<p>A <img src="https://a.example/a.png" alt="ship" width="{width}"></p>'
    assert "![ship](https://a.example/a.png)" in markdown_of_html(html)[0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html><body>" + "<p>a</p>" * 45_000, "elements"),
        ("<html><body>" + "a<br>" * 45_000, "elements"),
        ("# A\n\n" + "a\n\n" * 125_000, "lines"),
        ("- a\n" * 125_000, "lines"),
    ],
    ids=["paragraphs", "breaks", "Markdown", "a list"],
)
def test_what_would_take_minutes_to_read_is_refused_in_words(text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=rf"has [0-9,]+ {what}\. The limit is") as refused:
        parse_digest(text)
    assert refused.value.advice
