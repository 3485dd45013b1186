"""What the libraries under the mail do in their corners, and the guards against it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from lxml import html

from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.bodies.inlining import inline_styles
from newsletter.rendering.bodies.markdown import MAX_DEPTH, body_html, reading_minutes, safe_url
from newsletter.rendering.bodies.plain_text import body_text
from newsletter.rendering.bodies.wrapping import columns, wrap
from newsletter.rendering.checks.content import fixed_words_findings
from newsletter.rendering.edition.notices import confirmation_notice
from newsletter.rendering.templates.mjml import Attribute, compile_mjml
from newsletter.rendering.templates.templates import templates_in
from newsletter.rendering.templates.theme import look_values
from newsletter.rendering.templates.words import LANGUAGES, language_of, words_of
from tests.support.issues import PROFILE

TEXT = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text>"
    "</mj-column></mj-section></mj-body></mjml>"
)


STYLES = templates_in("").style_sheet(look_values({}, language_of("en")))
RTL_STYLES = templates_in("").style_sheet(look_values({}, language_of("ar")))


class TestMarkdown:
    @pytest.mark.parametrize(
        "deep",
        [
            "> " * 500 + "a",
            "*" * 500 + "a" + "*" * 500,
            "\n".join("  " * n + "- a" for n in range(200)),
        ],
        ids=["quotes", "emphasis", "lists"],
    )
    def test_nesting_past_the_cap_is_refused_rather_than_cut(self, deep: str) -> None:
        with pytest.raises(InvalidInput, match=f"more than {MAX_DEPTH} levels"):
            body_html(deep)

    def test_headings_stay_below_the_one_of_the_entry(self) -> None:
        tree = html.fromstring(body_html("# one\n\n## two\n\n###### six"))
        assert {h.tag for h in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")} == {"h3", "h4", "h5"}

    def test_a_link_to_a_script_is_no_link_and_its_words_stay(self) -> None:
        rendered = body_html("[go](javascript:alert(1)) [rel](/x) ![pic](data:image/png;base64,AA)")
        assert "href" not in rendered
        assert "src" not in rendered
        assert "go" in rendered
        assert "rel" in rendered
        assert "pic" in rendered

    def test_of_raw_html_the_words_stay_and_nothing_that_runs(self) -> None:
        rendered = body_html('<p style="em" onclick="x()">hi</p><script>go()</script><!-- c -->')
        assert html.fromstring(rendered).text_content().strip() == "hi"
        assert not any(word in rendered for word in ("onclick", "script", "style", "go()", "c -->"))

    def test_code_keeps_every_blank(self) -> None:
        code = "if x:\n\treturn  '<a>'\n\n    # é\\n"
        tree = html.fromstring(inline_styles([body_html(f"```py\n{code}\n```")], STYLES)[0])
        assert next(tree.iter("pre")).text_content() == code

    def test_control_characters_and_half_characters_are_left_out(self) -> None:
        assert "ab" in body_html("a\x00\x08\x1b\ud800b")

    def test_table_cells_are_aligned_without_style(self) -> None:
        rendered = body_html("|a|b|\n|---|--:|\n|1|2|")
        assert 'align="right"' in rendered
        assert "style" not in rendered


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a?b=c&d", "https://example.com/a?b=c&d"),
        (" http://example.com/ü ", "http://example.com/ü"),
        ('https://example.com/"><b>', "https://example.com/%22%3E%3Cb%3E"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.com", ""),
        ("example.com", ""),
        ("https://[broken", ""),
        ("https:", ""),
    ],
)
def test_only_addresses_that_a_mail_may_link_to_are_kept(url: str, safe: str) -> None:
    assert safe_url(url) == safe


class TestTheInliner:
    def test_rules_go_into_the_tags_and_no_style_sheet_stays(self) -> None:
        (piece,) = inline_styles(["<p>a</p>"], STYLES)
        assert re.fullmatch(r'<p style="margin:[^"]+">a</p>', piece)

    def test_it_fetches_nothing(self) -> None:
        hostile = '<link rel="stylesheet" href="http://127.0.0.1:1/x.css"><p>a</p>'
        assert "margin" in inline_styles([hostile], STYLES)[0]

    def test_what_is_nested_past_254_levels_is_not_cut(self) -> None:
        deep = "<em>" * 400 + "inside" + "</em>" * 400
        assert "inside" in inline_styles([deep], STYLES)[0]

    def test_pieces_stay_apart_and_in_order(self) -> None:
        pieces = inline_styles(["<p>a</p>", "", "<p>b</p>"], STYLES)
        assert [html.fromstring(p).text_content() if p else "" for p in pieces] == ["a", "", "b"]

    def test_lists_are_indented_on_the_side_where_text_begins(self) -> None:
        assert "margin:0 0 14px 22px" in inline_styles(["<ul><li>a</li></ul>"], STYLES)[0]
        assert "margin:0 22px 14px 0" in inline_styles(["<ul><li>a</li></ul>"], RTL_STYLES)[0]

    def test_code_runs_from_the_left_wherever_text_begins(self) -> None:
        (piece,) = inline_styles([body_html("```\nx\n```")], RTL_STYLES)
        tree = html.fromstring(piece)
        assert next(tree.iter("pre")).get("dir") == "ltr"
        assert next(tree.iter("td")).get("align") == "left"
        assert "text-align" not in piece


class TestTheCompiler:
    def test_its_panic_is_an_ordinary_error(self) -> None:
        """A bare > behind a letter with an accent ends in an exception that `except` misses."""
        with pytest.raises(ValueError, match="gave up"):
            compile_mjml(TEXT.format("<p>é ></p>"))

    def test_depth_is_refused_before_it_ends_the_process(self) -> None:
        with pytest.raises(ValueError, match="levels deep"):
            compile_mjml(TEXT.format("<div>" * 20_000 + "</div>" * 20_000))

    def test_what_is_no_mjml_is_an_error(self) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            compile_mjml("<mjml><mj-body>")

    def test_no_font_is_fetched_and_outlook_keeps_its_comments(self) -> None:
        page = compile_mjml(TEXT.format("hi"))
        assert "fonts.googleapis" not in page
        assert "<!--[if mso" in page

    @pytest.mark.parametrize("value", ['a"b', "é", "a\\b", "a\nb", "<b>", "\u00a0"])
    def test_only_plain_values_may_be_seen_by_it(self, value: str) -> None:
        with pytest.raises(ValueError, match="not fit"):
            Attribute(value)


def test_the_layout_is_600_wide_with_its_gutters_for_outlook_too() -> None:
    profile = NewsletterProfile(
        1, "n", "Näme > \\ “x”", "", "", "a@example.org", "", "", "UTC", "en", "n"
    )
    page = confirmation_notice(profile, "https://example.org/c?a=1&b=2", 7).html
    assert page.startswith("<!doctype html>")
    assert 'width="600"' in page
    assert "max-width:600px" in page
    assert "Näme &gt; \\ “x”" in page
    assert "https://example.org/c?a=1&amp;b=2" in page
    assert not re.search(r"padding:[^;\"]*\b0 ", page.partition("<body")[2])
    assert sum(map(len, re.findall(r"<style.*?</style>", page, re.DOTALL))) < 16_000


class TestPlainText:
    def test_links_are_numbered_once_each(self) -> None:
        text = body_text(
            "[a](https://a.example) and [b](https://b.example), [a](https://a.example)"
        )
        assert text == "a [1] and b [2], a [1]\n\n[1] https://a.example\n[2] https://b.example"

    def test_lists_hang_and_code_is_not_wrapped(self) -> None:
        code = "x = " + "1 + " * 40 + "1"
        text = body_text(f"3. {'word ' * 30}\n4. b\n   - c\n\n```\n{code}\n```\n\n> quoted")
        lines = text.splitlines()
        assert lines[0].startswith("3. word")
        assert lines[1].startswith("   word")
        assert "   - c" in lines
        assert f"    {code}" in lines
        assert lines[-1] == "> quoted"

    def test_wide_characters_take_two_columns_and_break_without_blanks(self) -> None:
        lines = wrap("中文" * 50 + "。")
        assert len(lines) > 2
        assert all(columns(line) <= 74 for line in lines)
        assert "".join(lines) == "中文" * 50 + "。"

    def test_an_address_of_the_web_is_never_cut(self) -> None:
        url = "https://example.com/" + "a" * 200
        assert url in wrap(f"see {url} there")


class TestLanguages:
    @pytest.mark.parametrize(
        ("tag", "lang", "direction", "day"),
        [
            ("en", "en", "ltr", "November 23, 2026"),
            ("de-AT", "de-AT", "ltr", "23. November 2026"),
            ("zh-Hans-CN", "zh-Hans-CN", "ltr", "2026年11月23日"),
            ("he", "he", "rtl", "23 בנובמבר 2026"),
            ('"><b>', "en", "ltr", "November 23, 2026"),
            ("", "en", "ltr", "November 23, 2026"),
        ],
    )
    def test_tag_direction_and_date(self, tag: str, lang: str, direction: str, day: str) -> None:
        language = language_of(tag)
        assert (language.tag, language.direction) == (lang, direction)
        assert language.date(date(2026, 11, 23)) == day

    @pytest.mark.parametrize("code", sorted(path.stem for path in LANGUAGES.glob("*.toml")))
    def test_translations_have_the_keys_and_gaps_of_the_english(self, code: str) -> None:
        english, words = words_of("en"), words_of(code)
        prefixes = ("sign_in", "account_", "new_device_", "new_password_", "new_address_")
        prefixes += ("factor_", "recovery_code_", "wrong_codes_", "reset_")
        for_editors = {key for key in english if key.startswith(prefixes)}
        assert set(english) - set(words) <= for_editors
        for key, sentence in words.items():
            gaps = re.findall(r"\{\w+\}", sentence)
            assert sorted(gaps) == sorted(re.findall(r"\{\w+\}", english[key])), key

    @pytest.mark.parametrize("tag", ["he", "fa-IR", "pt-BR", "ja", "ko", "uk"])
    def test_nothing_that_a_mail_says_by_itself_is_english(self, tag: str) -> None:
        assert language_of(tag).say("unsubscribe") != language_of("en").say("unsubscribe")

    def test_a_language_without_words_says_them_in_english_and_a_check_says_so(self) -> None:
        assert language_of("is").say("unsubscribe") == "Unsubscribe"
        (found,) = fixed_words_findings(replace(PROFILE, language="is"))
        assert (found.check, found.place.field) == ("language-words", "newsletter.language")
        assert list(fixed_words_findings(replace(PROFILE, language="he"))) == []

    def test_reading_time_knows_chinese(self) -> None:
        assert reading_minutes("word " * 460) == 2
        assert reading_minutes("字" * 1200) == 3
        assert reading_minutes("") == 1
