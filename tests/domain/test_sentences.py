"""Sentences around words of others: no "..", no "?.", no empty brackets."""

from __future__ import annotations

import pytest

from newsletter.domain.sentences import as_sentence, fill, in_brackets, without_stop


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("it refused", "it refused."),
        ("it refused.", "it refused."),
        ("Who are you?", "Who are you?"),
        ("Stop!", "Stop!"),
        ("and so on…", "and so on…"),
        ("完了。", "完了。"),
        ("it refused \n", "it refused."),
        ("", ""),
    ],
)
def test_a_sentence_ends_once(text: str, sentence: str) -> None:
    assert as_sentence(text) == sentence


@pytest.mark.parametrize(
    ("text", "brackets"),
    [("timed out", " (timed out)"), ("", ""), (None, ""), ("  ", ""), (ValueError(), "")],
)
def test_brackets_are_never_empty(text: object, brackets: str) -> None:
    assert in_brackets(text) == brackets


@pytest.mark.parametrize(("text", "inside"), [("Full.", "Full"), ("Full", "Full"), ("…", "…")])
def test_a_sentence_goes_on_after_the_words_of_others(text: str, inside: str) -> None:
    assert without_stop(text) == inside


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("Field Notes", "You left Field Notes. Bye from Field Notes!"),
        ("Acme Inc.", "You left Acme Inc. Bye from Acme Inc.!"),
        ("Who's who?", "You left Who's who? Bye from Who's who?!"),
    ],
)
def test_a_name_that_ends_a_sentence_gets_no_second_stop(name: str, filled: str) -> None:
    assert fill("You left {name}. Bye from {name}!", name=name) == filled
