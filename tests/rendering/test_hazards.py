"""What MJML's compiler and the inliner do in their corners, as measured, and how it is kept away.

Where a later version behaves otherwise, the test of the hazard says so: its guard can go then.
"""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from lxml import html
from mjml import mjml2html
from premailer import Premailer

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.bodies.inlining import inline_styles
from newsletter.rendering.bodies.markdown import body_html
from newsletter.rendering.checks.size import size_findings
from newsletter.rendering.edition.edition import preview
from newsletter.rendering.templates.mjml import compile_mjml
from newsletter.rendering.templates.templates import BUILT_IN_FOLDER
from tests.support.issues import READER, an_entry, an_issue, rendered

HEAD = '<mj-head><mj-attributes><mj-all padding="0px"/></mj-attributes></mj-head>'
PAGE = f"<mjml>{HEAD}<mj-body><mj-section><mj-column>{{}}</mj-column></mj-section></mj-body></mjml>"


def page_of(*entries: object, **values: object) -> str:
    return preview(rendered(an_issue(*entries, **values)), READER)[0]


class TestMjml:
    def test_its_two_packages_overwrite_each_other_so_one_is_installed(self) -> None:
        names = {d.metadata["Name"].lower() for d in distributions() if d.metadata["Name"]}
        assert "mjml-python" in names
        assert "mjml" not in names

    def test_attributes_come_out_in_rusts_debug_format_so_people_s_words_are_in_none(self) -> None:
        compiled = compile_mjml(PAGE.format('<mj-text><img alt="a\u00a0b"/></mj-text>'))
        assert "\\u{a0}" in compiled
        odd = "nbsp\u00a0zwj\u200drlm\u200fshy\u00adback\\slash"
        assert "\\u{" not in page_of(an_entry(odd), title=odd, preheader=odd)
        assert odd.replace("\u00a0", " ") in page_of(an_entry(odd))

    def test_a_bare_zero_in_a_padding_is_not_counted_so_none_is_written(self) -> None:
        for path in BUILT_IN_FOLDER.rglob("*.mjml.j2"):
            paddings = re.findall(r'padding="([^"]*)"', path.read_text(encoding="utf-8"))
            assert not [one for one in paddings if " " in one and "0" in one.split()], path

    def test_unknown_tags_and_attributes_are_passed_over_in_silence(self) -> None:
        compile_mjml(PAGE.format('<mj-text colour="red">x</mj-text><mj-txt>y</mj-txt>'))

    def test_inline_styles_are_not_inlined_so_type_css_goes_through_the_inliner(self) -> None:
        style = '<mj-head><mj-style inline="inline">p { color: red; }</mj-style></mj-head>'
        mjml = PAGE.format("<mj-text><p>x</p></mj-text>").replace(HEAD, style)
        assert not re.search(r"<p[^>]*color", compile_mjml(mjml))

    def test_fonts_of_google_are_loaded_unless_none_are_given(self) -> None:
        mjml = PAGE.format('<mj-text font-family="Roboto">x</mj-text>')
        assert "fonts.googleapis" in mjml2html(mjml)
        assert "fonts.googleapis" not in compile_mjml(mjml)

    def test_language_and_direction_are_unknown_unless_they_are_said(self) -> None:
        assert re.search(r'<html[^>]*lang="und"[^>]*dir="auto"', compile_mjml(PAGE.format("")))
        assert 'lang="en" dir="ltr"' in page_of()

    def test_a_column_runs_from_the_left_unless_it_is_told_otherwise(self) -> None:
        assert "direction:ltr" in compile_mjml(PAGE.format("<mj-text>x</mj-text>"))

    def test_what_people_write_is_never_read_as_mjml(self) -> None:
        page = page_of(an_entry("é > <mj-text> </mj-section> &#62; ü >", "é > ü\n\n<mj-raw>"))
        (heading,) = html.fromstring(page).iter("h2")
        assert heading.text_content() == "é > <mj-text> </mj-section> &#62; ü >"


class TestPremailer:
    def test_it_drops_a_doctype_in_lower_case_so_it_gets_no_page(self) -> None:
        page = "<!doctype html><html><body><p>x</p></body></html>"
        assert "doctype" not in Premailer(page).transform().lower()
        assert page_of().startswith("<!doctype html>")

    def test_it_strips_what_is_important_unless_it_is_told_not_to(self) -> None:
        sheet = "p { color: red !important; }"
        page = f"<html><head><style>{sheet}</style></head><body><p>x</p></body></html>"
        assert "important" not in Premailer(page).transform().partition("<body")[2]
        assert "!important" in page_of().partition("</head>")[0]

    def test_a_style_of_the_input_never_reaches_it(self) -> None:
        assert "style" not in body_html('<p style="em">x</p>\n\n[a](https://a.example)').replace(
            "&lt;p style", ""
        )

    def test_it_prints_nothing_prettily(self) -> None:
        (piece,) = inline_styles(["<p>a<b>b</b> <i>c</i></p>"], "b { color: red }")
        assert piece == '<p>a<b style="color:red">b</b> <i>c</i></p>'

    def test_addresses_stay_as_they_are(self) -> None:
        address = "https://example.org/a?b=%20&amp;c=ä"
        (piece,) = inline_styles([f'<a href="{address}">x</a>'], "")
        assert html.fromstring(piece).get("href") in (
            "https://example.org/a?b=%20&c=ä",
            "https://example.org/a?b=%20&c=%C3%A4",
        )


class TestSizeAndClients:
    def test_an_issue_of_500_entries_is_rendered_and_found_too_large(self) -> None:
        issue = an_issue(*[an_entry(f"Title {n}", "Words. " * 20) for n in range(500)])
        edition = rendered(issue)
        assert edition.is_over_budget
        page = preview(edition, READER)[0]
        (size,) = size_findings(edition, issue)
        taken = re.search(r"Its 500 entries together take ([\d.]+) kB", size.advice)
        assert taken
        assert 0.8 * edition.html_bytes < float(taken[1]) * 1000 < edition.html_bytes
        assert len(list(html.fromstring(page).iter("h2"))) == 500
        assert "and 493 more below" in page

    def test_a_body_nested_without_end_is_refused_in_words(self) -> None:
        with pytest.raises(InvalidInput, match="levels deep"):
            page_of(an_entry("Deep", "- " * 400 + "x"))

    def test_nothing_that_mail_clients_lack_is_used(self) -> None:
        styles = "".join(path.read_text(encoding="utf-8") for path in BUILT_IN_FOLDER.rglob("*.*"))
        assert not re.findall(r"var\(|calc\(|\d+rem\b|\bgap:|:not\(|@import|@font-face", styles)

    def test_a_style_block_is_small_and_has_no_rule_with_an_at_in_another(self) -> None:
        blocks = re.findall(r"<style[^>]*>(.*?)</style>", page_of(), re.DOTALL)
        assert sum(map(len, blocks)) < 16_000
        for block in blocks:
            depth = 0
            for character in block:
                assert not (character == "@" and depth)
                depth += {"{": 1, "}": -1}.get(character, 0)
            assert depth == 0

    def test_long_words_are_broken_by_both_properties(self) -> None:
        assert "word-break:break-word;word-wrap:break-word" in page_of()

    def test_layout_tables_say_that_they_are_none_and_pictures_have_alts(self) -> None:
        body = (
            '![](https://example.org/a.png)\n\n![b](https://example.org/b.png "c")\n\n```\nx\n```'
        )
        tree = html.fromstring(page_of(an_entry(body=body)))
        assert {table.get("role") for table in tree.iter("table")} == {"presentation"}
        assert [image.get("alt") for image in tree.iter("img")] == ["", "b"]

    def test_a_dark_variant_is_there_for_those_who_ask_and_for_outlook(self) -> None:
        page = page_of()
        for name in ("color-scheme", "supported-color-schemes"):
            assert f'<meta name="{name}" content="light dark"' in page
        assert "prefers-color-scheme:dark" in page
        blocks = re.findall(r"<style[^>]*>(.*?)</style>", page, re.DOTALL)
        outlook = [block for block in blocks if "data-ogsc" in block]
        assert len(outlook) == 1
        assert "@media" not in outlook[0]

    def test_no_text_rests_on_a_background_picture(self) -> None:
        assert "background-image" not in page_of()
        assert "url(" not in page_of()


class TestPictures:
    def body(self, markdown: str) -> html.HtmlElement:
        return html.fromstring(f"<div>{body_html(markdown)}</div>")

    def test_a_caption_stands_below_it(self) -> None:
        tree = self.body('![what](https://example.org/a.png "At *dawn*")')
        assert tree.xpath("p[@class='caption']")[0].text_content() == "At *dawn*"
        assert tree.xpath("p[@class='picture']/img/@title") == []

    def test_so_does_emphasis_right_below(self) -> None:
        tree = self.body("![what](https://example.org/a.png)\n\n*At dawn*\n\n*Not a caption*")
        captions = tree.xpath("p[@class='caption']")
        assert [one.text_content() for one in captions] == ["At dawn"]

    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            ("http://example.org/a.png", '<a href="http://example.org/a.png">what</a>'),
            ("data:image/png;base64,AA", "what"),
            ("javascript:alert(1)", "what"),
            ("/a.png", "what"),
        ],
    )
    def test_one_that_is_not_https_gives_way_to_its_words(self, source: str, shown: str) -> None:
        rendered = body_html(f"![what]({source})")
        assert "<img" not in rendered
        assert shown in rendered

    def test_one_without_https_in_a_link_makes_no_link_in_a_link(self) -> None:
        tree = self.body("[![what](http://example.org/a.png)](https://example.org/)")
        assert tree.xpath("//a/@href") == ["https://example.org/"]

    @pytest.mark.parametrize(("asked", "width"), [("|300", "300"), ("|9000", "552"), ("", "552")])
    def test_its_width_can_be_asked_for_and_never_passes_the_card(
        self, asked: str, width: str
    ) -> None:
        (image,) = self.body(f"![what{asked}](https://example.org/a.png)").iter("img")
        assert (image.get("alt"), image.get("width")) == ("what", width)


def test_the_line_breaks_of_chinese_sources_are_no_blanks() -> None:
    assert body_html("中文\n标题，\n很长 and\nEnglish") == "<p>中文标题，很长 and\nEnglish</p>\n"


def test_headings_of_a_body_go_down_step_by_step() -> None:
    tree = html.fromstring("<div>" + body_html("#### a\n\n###### b\n\n#### c") + "</div>")
    assert [heading.tag for heading in tree.iter("h3", "h4", "h5", "h6")] == ["h3", "h4", "h3"]


def test_the_templates_are_where_the_project_says() -> None:
    assert (Path(BUILT_IN_FOLDER) / "issue.mjml.j2").is_file()
