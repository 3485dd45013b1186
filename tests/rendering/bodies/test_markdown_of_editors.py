"""Markdown as editors type it, in the HTML and in the plain text of a mail."""

from __future__ import annotations

import pytest

from newsletter.rendering.bodies.markdown import body_html
from newsletter.rendering.bodies.plain_text import body_text


def html_of(markdown: str) -> str:
    return body_html(markdown).strip()


def linked(markdown: str) -> list[str]:
    return [piece.partition('"')[0] for piece in body_html(markdown).split('href="')[1:]]


class TestBareAddresses:
    @pytest.mark.parametrize(
        ("typed", "address"),
        [
            ("https://example.org/__init__.py", "https://example.org/__init__.py"),
            ("see https://example.org/a_b_c/*x*.", "https://example.org/a_b_c/*x"),
            ("(https://example.org/x)", "https://example.org/x"),
            ("https://example.org/wiki/Knot_(unit).", "https://example.org/wiki/Knot_(unit)"),
            ("HTTP://Example.org/A", "HTTP://Example.org/A"),
            ("<https://example.org/x>.", "https://example.org/x"),
            ("www.example.org/a", "https://www.example.org/a"),
            ("見て：https://example.org/a。次", "https://example.org/a"),
            ("（https://example.org/b）", "https://example.org/b"),
            ("「https://example.org/c」", "https://example.org/c"),
            ("https://example.org/d，然后", "https://example.org/d"),
            ("*https://example.org/*", "https://example.org/"),
            ("https://example.org/?a=1&b=2#c", "https://example.org/?a=1&amp;b=2#c"),
        ],
    )
    def test_a_bare_address_is_a_link(self, typed: str, address: str) -> None:
        assert linked(typed) == [address]

    @pytest.mark.parametrize(
        "typed", ["awww.example.org", "www.", "www.x", "Node.js and main.py", "https://", "a://b"]
    )
    def test_what_only_resembles_one_is_text(self, typed: str) -> None:
        assert linked(typed) == []

    def test_within_a_link_and_in_code_it_stays_what_it_is(self) -> None:
        assert linked("[at https://a.example](https://b.example)") == ["https://b.example"]
        assert linked("`https://a.example`\n\n    https://b.example") == []

    def test_the_plain_text_says_it_once(self) -> None:
        assert body_text("see https://example.org/__init__.py") == (
            "see https://example.org/__init__.py"
        )
        assert body_text("www.example.org") == "www.example.org"


class TestEmphasis:
    @pytest.mark.parametrize(
        ("typed", "strong"),
        [
            ("**「重要」**です", "「重要」"),
            ("これは**「重要」**です。", "「重要」"),
            ("**注意：**请看", "注意："),
            ("这是**“引用”**的话", "“引用”"),
            ("한국어**(강조)**입니다", "(강조)"),
            ("請看**《書名》**。", "《書名》"),
            ("**plain** words", "plain"),
        ],
    )
    def test_beside_cjk_text_it_needs_no_blanks(self, typed: str, strong: str) -> None:
        assert f"<strong>{strong}</strong>" in html_of(typed)

    @pytest.mark.parametrize("typed", ["~~「古い」~~です", "~~旧：~~新"])
    def test_so_does_what_is_struck_out(self, typed: str) -> None:
        assert "<s>" in html_of(typed)

    def test_elsewhere_commonmark_holds(self) -> None:
        assert html_of('a*"foo"*') == '<p>a*"foo"*</p>'
        assert html_of("snake_case_word") == "<p>snake_case_word</p>"


class TestTypedHtml:
    @pytest.mark.parametrize(
        "typed",
        [
            "before <!-- note to self --> after",
            "before\n\n<!-- note\n\nto self -->\n\nafter",
            "<!-- note to self -->\nbefore after",
            "- before\n- <!-- note to self -->after",
            "> before <!-- note to self -->\n> after",
        ],
    )
    def test_comments_reach_nobody(self, typed: str) -> None:
        for shown in (body_html(typed), body_text(typed)):
            assert "note" not in shown
            assert "self" not in shown
            assert "before" in shown
            assert "after" in shown

    def test_a_comment_in_code_is_code(self) -> None:
        assert "<!-- x -->" in body_text("`<!-- x -->`")
        assert "<!-- x -->" in body_text("```\n<!-- x -->\n```")

    def test_a_comment_that_never_ends_hides_nothing(self) -> None:
        assert "after" in body_text("before <!-- after\n\nmore")

    def test_br_breaks_the_line(self) -> None:
        assert body_text("a<br>b<br/>c<BR />d") == "a\nb\nc\nd"
        assert html_of("a<br>b").count("<br>") == 1

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("<b>bold</b>", "<strong>bold</strong>"),
            ("<kbd>Ctrl</kbd>", "<code>Ctrl</code>"),
            ("H<sub>2</sub>O", "H<sub>2</sub>O"),
            ("<em>a **b**</em>", "<em>a <strong>b</strong></em>"),
            ("<del>old</del>", "<s>old</s>"),
            ('<a href="https://e.example">e</a>', '<a href="https://e.example">e</a>'),
        ],
    )
    def test_what_mail_can_show_is_taken(self, typed: str, shown: str) -> None:
        assert shown in html_of(typed)

    def test_a_picture_as_html_is_a_picture(self) -> None:
        assert 'alt="a knot"' in html_of('<img src="https://e.example/k.png" alt="a knot">')

    def test_pairs_that_mail_cannot_show_leave_their_words(self) -> None:
        assert html_of("<div>in **a** <font color=red>div</font></div>") == (
            "<p>in <strong>a</strong> div</p>"
        )

    def test_a_tag_that_stands_alone_is_text(self) -> None:
        assert "&lt;dialog&gt; element" in html_of("the <dialog> element")
        assert body_text("use </b> here") == "use </b> here"

    def test_what_would_run_is_gone_with_its_words(self) -> None:
        assert html_of("x <script>alert(1)</script> y") == "<p>x  y</p>"


class TestBlocks:
    def test_tasks_have_boxes(self) -> None:
        assert body_text("- [ ] splice\n- [x] whip\n- [link](https://e.example)").startswith(
            "- ☐ splice\n- ☑ whip\n- link"
        )

    @pytest.mark.parametrize(
        ("typed", "title"),
        [
            ("> [!NOTE]\n> Mind the tide.", "Note"),
            ("> [!warning]\n> Mind the tide.", "Warning"),
            ("> [!TIP] Low water\n> Mind the tide.", "Low water"),
        ],
    )
    def test_an_alert_is_a_quote_with_a_bold_line(self, typed: str, title: str) -> None:
        assert f"<strong>{title}</strong>" in html_of(typed)
        assert body_text(typed) == f"> {title}\n> Mind the tide."

    def test_footnotes_are_numbered_below(self) -> None:
        typed = "Knots[^a] and ropes[^b].\n\n[^a]: In *nautical* miles.\n[^b]: Hemp."
        assert body_text(typed) == (
            "Knots¹ and ropes².\n\n* * *\n\n1. In nautical miles.\n2. Hemp."
        )
        assert "<li>" in html_of(typed)

    def test_a_footnote_that_is_not_there_is_text(self) -> None:
        assert body_text("Knots[^a].") == "Knots[^a]."


class TestPlainText:
    def test_blank_lines_within_code_stay(self) -> None:
        lines = body_text("```\na\n\n\nb\n```").split("\n")
        assert [line.strip() for line in lines] == ["a", "", "", "b"]
        assert all(lines)

    def test_a_picture_without_words_is_a_picture(self) -> None:
        assert body_text("![](https://e.example/a.png)").startswith("[Image] [1]")


@pytest.mark.parametrize(
    "piece",
    [
        "www.",
        "www.a.b ",
        "http://",
        "https://a.b/",
        "<",
        "<b>",
        "</i>",
        "<!--",
        "[^1]",
        "^[",
        "**「",
    ],
)
def test_any_amount_of_it_takes_time_in_proportion(piece: str) -> None:
    """Bounded by the test's own time limit: quadratic time would take minutes here."""
    body_text(piece * 20_000)
    body_html("<b>" * 10_000 + piece * 10_000)
