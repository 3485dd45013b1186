"""Sentences around words of others, which may be empty, or end a sentence themselves."""

from __future__ import annotations

import re

ENDS = (".", "?", "!", "…", "。", "？", "！", "؟", "।")
_STOPS = "[.。।]"
_NOTHING = ("", "()")
"""An error without words, and one of TLS without words."""


def as_sentence(text: str) -> str:
    """With a full stop, unless it ends like a sentence. "" stays empty."""
    text = text.rstrip()
    return text if not text or text.endswith(ENDS) else f"{text}."


def without_stop(text: object) -> str:
    """For the middle of a sentence."""
    return str(text).strip().removesuffix(".")


def in_brackets(text: object) -> str:
    """With a blank in front, to follow a word; "" if there is nothing to say."""
    words = str(text or "").strip()
    return "" if words in _NOTHING else f" ({words})"


def fill(words: str, **values: object) -> str:
    """As str.format, without a second full stop behind a value that ends a sentence: "Who's who?"
    and "Acme Inc." are names.
    """
    for name, value in values.items():
        if str(value).endswith(ENDS):
            words = re.sub(rf"(\{{{name}\}}){_STOPS}", r"\1", words)
    return words.format(**values)
