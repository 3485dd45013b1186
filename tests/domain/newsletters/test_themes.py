"""What an editor may choose of the look, and that all of it can be read."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.domain.newsletters.themes import (
    COLOURS,
    DEFAULT_THEME,
    Theme,
    all_pairs,
    contrast,
    contrast_problems,
    read_theme,
    readable,
    theme_of,
)

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
CHOSEN = ("text", "link", "accent")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0a58ca", "#ffffff", 6.44),
        ("#ffffff", "#ffffff", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_our_own_colours_can_be_read_in_the_light_and_in_the_dark() -> None:
    assert contrast_problems(DEFAULT_THEME) == {}


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        ({"text": "#aaaaaa"}, "text", "background of code (#f0f3f7) is 2.0:1"),
        ({"link": "#fca311"}, "link", "must be at least 4.5:1"),
        ({"accent": "#14213d"}, "accent", "The contrast of the accent (#14213d) on the header"),
    ],
)
def test_what_can_not_be_read_is_told_with_the_pair_and_the_ratio(
    chosen: dict[str, str], field: str, words: str
) -> None:
    problems = contrast_problems(Theme(**chosen))
    assert list(problems) == [field]
    assert words in problems[field]


@given(colours=st.fixed_dictionaries(dict.fromkeys(COLOURS, COLOUR)))
def test_what_was_not_chosen_can_always_be_read(colours: dict[str, str]) -> None:
    """The rest is derived: only the colours that stand on one of ours, or on one another, fail."""
    theme = Theme(**colours)
    unreadable = {pair.field for pair in all_pairs(theme) if pair.problem}
    assert unreadable <= set(CHOSEN)
    assert not [pair for pair in all_pairs(theme) if pair.problem and "dark" in pair.problem]


@given(colours=st.fixed_dictionaries(dict.fromkeys(COLOURS, COLOUR)))
def test_a_theme_without_a_problem_can_be_read_everywhere(colours: dict[str, str]) -> None:
    theme = Theme(**colours)
    if not contrast_problems(theme):
        assert min(pair.ratio for pair in all_pairs(theme)) >= 4.5
        assert readable(theme) == theme


@given(colours=st.fixed_dictionaries(dict.fromkeys(COLOURS, COLOUR)))
@example(dict.fromkeys(COLOURS, "#ffffff"))
@example(dict.fromkeys(COLOURS, "#000000"))
@example(dict.fromkeys(COLOURS, "#777777"))
def test_any_colours_can_be_made_readable_in_the_light_and_in_the_dark(
    colours: dict[str, str],
) -> None:
    """Readers' pages: text, links, buttons and the border of fields, whatever a row holds."""
    theme = readable(Theme(**colours))
    assert (theme.header, theme.background) == (colours["header"], colours["background"])
    assert contrast_problems(theme) == {}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"header": "navy"}, "header", "is not a colour"),
        ({"text": "#12345"}, "text", "is not a colour"),
        ({"width": "300"}, "width", "480 to 700"),
        ({"width": "6e2"}, "width", "480 to 700"),
        ({"font": "Comic Sans"}, "font", "sans, serif"),
        ({"logo_url": "http://example.org/a.png"}, "logo_url", "start with https://"),
        ({"logo_url": "data:image/png;base64,AA"}, "logo_url", "start with https://"),
        ({"logo_url": "javascript:alert(1)"}, "logo_url", "start with https://"),
        ({"logo_url": 'https://example.org/"><b>'}, "logo_url", "start with https://"),
        ({"logo_url": "https://[broken"}, "logo_url", "start with https://"),
        ({"logo_url": "https://example.org/logo.svg", "logo_alt": "x"}, "logo_url", "shows .svg"),
        ({"logo_url": "https://example.org/a.webp?x=.png", "logo_alt": "x"}, "logo_url", ".webp"),
        ({"logo_url": "https://example.org/about.html", "logo_alt": "x"}, "logo_url", ".html"),
        ({"logo_url": "https://example.org/logo.png"}, "logo_alt", "Describe the logo"),
        ({"logo_width": "4000"}, "logo_width", "24 to 400"),
        ({"logo_alt": "a\nb"}, "logo_alt", "one line"),
    ],
)
def test_what_can_not_be_used_is_told_at_its_field(
    typed: dict[str, str], field: str, words: str
) -> None:
    problems = read_theme(typed)[1]
    assert list(problems) == [field]
    assert words in problems[field]


@pytest.mark.parametrize("url", ["https://example.org/logo.PNG", "https://cdn.example.org/l/42"])
def test_a_logo_that_may_well_be_a_picture_is_taken(url: str) -> None:
    theme, problems = read_theme({"logo_url": url, "logo_alt": "Field Notes"})
    assert not problems
    assert theme.logo_url == url


def test_only_what_was_chosen_is_kept_and_comes_back() -> None:
    theme, _ = read_theme({"header": "#ABC", "width": "640", "font": "serif", "text": ""})
    assert theme.to_json() == {"header": "#aabbcc", "width": 640, "font": "serif"}
    assert theme_of(theme.to_json()) == theme


@given(
    stored=st.dictionaries(st.sampled_from(list(asdict(DEFAULT_THEME))), st.text() | st.integers())
)
def test_nothing_that_was_stored_keeps_an_issue_from_going_out(stored: dict[str, object]) -> None:
    assert isinstance(theme_of(stored), Theme)
