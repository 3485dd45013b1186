"""The rules that look at a rendered mail: what must be in it, what can be read, what is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from newsletter.domain.checks.preflight import Finding, Severity
from newsletter.rendering.checks.contrast import contrast_findings, poor_texts
from newsletter.rendering.checks.css import DATA, css_findings, features_used
from newsletter.rendering.checks.html import ReaderCopy, mail_findings
from newsletter.rendering.checks.style_sheets import read_rules, rules_of
from newsletter.rendering.edition.edition import preview
from newsletter.rendering.edition.views import View, as_seen
from tests.support.issues import PROFILE, READER, an_entry, an_issue, rendered

FULL = an_entry(
    "Everything",
    body="""A paragraph with [a link](https://example.org/a), `code` and *emphasis*.

> A quote with **strong** words.

- one
- two

```
code in a block
```

| a | b |
|---|---|
| 1 | 2 |

![A cat](https://example.org/cat.png "A caption")

### A heading

1. first
2. second
""",
)


def copy_of(*entries: object, **theme: object) -> ReaderCopy:
    profile = replace(PROFILE, theme=dict(theme))
    content = an_issue(*entries)  # type: ignore[arg-type]
    html, text = preview(rendered(content, profile), READER)
    return ReaderCopy(html, text, READER.unsubscribe_url, READER.preferences_url)


@pytest.fixture(scope="module")
def copy() -> ReaderCopy:
    return copy_of(FULL, an_entry("Two"), an_entry("Three", url=""))


def checks(findings: object) -> list[str]:
    return [finding.check for finding in findings]  # type: ignore[attr-defined]


def page(body: str, style: str = "") -> str:
    return (
        f'<html lang="en" dir="ltr"><head><style>{style}</style></head><body>{body}</body></html>'
    )


class TestOurOwnMail:
    def test_has_nothing_that_the_rules_find(self, copy: ReaderCopy) -> None:
        assert not list(mail_findings(copy, PROFILE))
        assert not list(contrast_findings(copy.html))
        assert not list(css_findings(copy.html))

    @pytest.mark.parametrize(
        "theme",
        [
            {"header": "#ffffff", "accent": "#0a58ca"},
            {"background": "#000000"},
            {"header": "#7a1f1f", "accent": "#ffd2d2", "link": "#7a1f1f", "font": "serif"},
        ],
    )
    def test_can_be_read_in_any_theme_that_could_be_saved(self, theme: dict[str, str]) -> None:
        assert not list(contrast_findings(copy_of(FULL, **theme).html))


class TestWhatMustBeThere:
    @pytest.mark.parametrize("part", ["html", "text"])
    def test_no_link_to_unsubscribe_is_an_error_in_either_part(
        self, copy: ReaderCopy, part: str
    ) -> None:
        without = getattr(copy, part).replace(READER.unsubscribe_url, "https://example.org/")
        (found,) = mail_findings(replace(copy, **{part: without}), PROFILE)
        assert (found.check, found.severity) == ("unsubscribe-link", Severity.ERROR)

    def test_a_link_without_words_is_none(self, copy: ReaderCopy) -> None:
        hidden = copy.html.replace(">Unsubscribe</a>", "></a>")
        assert "unsubscribe-link" in checks(mail_findings(replace(copy, html=hidden), PROFILE))

    @pytest.mark.parametrize("part", ["html", "text"])
    def test_no_postal_address_is_an_error_in_either_part(
        self, copy: ReaderCopy, part: str
    ) -> None:
        without = getattr(copy, part).replace("1 Garden Lane", "")
        assert checks(mail_findings(replace(copy, **{part: without}), PROFILE)) == [
            "postal-address"
        ]
        nowhere = replace(PROFILE, postal_address=" ")
        assert checks(mail_findings(copy, nowhere)) == ["postal-address"]

    def test_a_template_s_faults_are_found(self, copy: ReaderCopy) -> None:
        def found(old: str, new: str) -> list[str]:
            assert old in copy.html
            html = copy.html.replace(old, new)
            return checks(mail_findings(replace(copy, html=html), PROFILE))

        assert found("<h1", "<h2") == ["heading-order", "heading-order"]
        assert found('alt="A cat"', "") == ["picture-alt"]
        assert found("https://example.org/cat.png", "data:image/png;base64,AA") == [
            "picture-format"
        ]
        assert found('lang="en"', "") == ["language"]
        assert found("</body>", "<form></form><script></script></body>") == ["html-element"] * 2
        assert found("</head>", "<style>@import 'https://e.org/a.css';</style></head>") == [
            "css-remote"
        ]


class TestContrast:
    def only(self, html: str) -> Finding:
        (found,) = contrast_findings(html)
        return found

    def test_pale_text_is_told_with_its_colours(self) -> None:
        found = self.only(page('<p style="color:#aaa">Pale words</p>'))
        assert found.severity is Severity.ERROR
        assert "“Pale words”" in found.message
        assert "#aaaaaa on #ffffff" in found.message

    def test_the_nearest_background_counts_and_colours_are_inherited(self) -> None:
        dark = '<table bgcolor="#222222"><tr><td style="color:#eee"><p>Fine</p></td></tr></table>'
        assert not poor_texts(page(dark))
        assert poor_texts(page(dark.replace("color:#eee", "")))

    def test_large_text_may_have_less(self) -> None:
        grey = "<p style='color:#888;font-size:{}'>Words</p>"
        assert not poor_texts(page(grey.format("24px")))
        assert poor_texts(page(grey.format("16px")))

    def test_dark_is_judged_by_its_own_styles(self) -> None:
        style = "@media (prefers-color-scheme: dark) { body { background: #111 !important } }"
        (poor,) = poor_texts(page("<p>Left black</p>", style))
        assert (poor.scheme, poor.colour, poor.background) == ("dark", "#000000", "#111111")
        both = style.replace("}", "} p { color: #eee }", 1)
        assert not poor_texts(page("<p>White now</p>", both))

    def test_the_stronger_rule_wins(self) -> None:
        style = "p.a { color: #000 } p { color: #eee } .b { color: #000 !important }"
        assert not poor_texts(
            page('<p class="a">A</p><p class="b" style="color:#eee">B</p>', style)
        )
        assert poor_texts(page('<p class="a" style="color:#eee">A</p>', style))

    def test_what_is_hidden_is_not_judged(self) -> None:
        assert not poor_texts(page('<div style="display:none;color:#fff">Preview</div>'))

    def test_an_unreadable_palette_is_found_in_the_mail_itself(self, copy: ReaderCopy) -> None:
        pale = copy.html.replace("#1f2328", "#c8c8c8")
        assert checks(contrast_findings(pale))


class TestStylesThatProgramsLack:
    @pytest.mark.parametrize(
        ("style", "slug"),
        [
            ("a { gap: 1em }", "css-gap"),
            ("a { display: flex }", "css-display-flex"),
            ("a { width: calc(1px + 2px) }", "css-unit-calc"),
            ("a { color: var(--x) }", "css-variables"),
            ("a { margin: 1rem }", "css-unit-rem"),
            ("a:not(.b) { color: red }", "css-pseudo-class-not"),
            ("a::before { content: 'x' }", "css-pseudo-element-before"),
            ("@font-face { font-family: X; src: url(x.woff) }", "css-at-font-face"),
        ],
    )
    def test_each_is_told_with_the_programs(self, style: str, slug: str) -> None:
        html = page("<a>x</a>", style)
        assert slug in features_used(html)
        told = [f for f in css_findings(html) if f.check == "css-support"]
        assert any("Outlook" in f.message or "Gmail" in f.message for f in told)

    def test_what_outlook_alone_reads_is_left_out(self) -> None:
        html = page("<!--[if mso]><style>a { gap: 1em }</style><![endif]-->")
        assert "css-gap" not in features_used(html)

    def test_the_data_say_where_they_are_from(self) -> None:
        data = json.loads(DATA.read_text(encoding="utf-8"))
        assert data["version"] == "1.0.5"
        assert (DATA.parent / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
        assert all(len(letters) == len(data["clients"]) for _, letters in data["features"].values())


class TestStyleSheets:
    def test_rules_are_read_with_their_media(self) -> None:
        css = """/* { */ a, b > c { color: red; background: url("x;{}") }
        @media print { @supports (gap: 1px) { a { top: 0 !important } } } @import "x.css"; i{}"""
        rules = list(read_rules(css))
        assert [(rule.media, rule.selectors) for rule in rules] == [
            ("", ("a", "b > c")),
            ("print @supports (gap: 1px)", ("a",)),
            ("", ("@import",)),
            ("", ("i",)),
        ]
        assert rules[0].declarations[1].value == 'url("x;{}")'
        assert rules[1].declarations[0].is_important

    @pytest.mark.parametrize(
        "css", ["{", "}", "a {", "@media {", "a { b }", ";;;", "a { : c }", "@"]
    )
    def test_nonsense_is_read_without_a_fuss(self, css: str) -> None:
        list(read_rules(css))
        rules_of(f"<style>{css}</style>")


class TestViews:
    def test_the_dark_view_is_the_mail_s_own_dark(self, copy: ReaderCopy) -> None:
        dark, light = as_seen(copy.html, View.DARK), as_seen(copy.html, View.DESKTOP)
        assert "prefers-color-scheme" in copy.html
        assert "prefers-color-scheme" not in dark + light
        assert as_seen(copy.html, View.UNSTYLED).count("<style") == 0

    def test_without_pictures_their_words_are_left(self, copy: ReaderCopy) -> None:
        off = as_seen(copy.html, View.PICTURES_OFF, with_pictures=False)
        assert "https://example.org/cat.png" not in off
        assert 'alt="A cat"' in off
