"""What an editor writes for what differs between readers: `{{ name|there }}`.

A placeholder becomes a token before anything reads the text, and stays one up to the finished mail:
ASCII letters and digits with a nonce drawn per rendering, which pass through Markdown, sanitiser,
MJML and CSS inliner unharmed. `\\{{` writes the braces themselves.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.parts.base64_parts import Base64Part
from newsletter.rendering.parts.personal import (
    Escape,
    Place,
    ReaderValues,
    Slot,
    Source,
    filled_in,
    is_safe_link,
    one_line,
)
from newsletter.rendering.parts.personal_parts import PersonalLine, PersonalPart
from newsletter.rendering.parts.quoted_printable import encode_piece

CLEARLY_SMALLER = 0.95
"""Below that, quoted-printable: it costs less to fill in, and people can read it."""

LINK_HOST = "https://nlph.invalid/"
"""Stands before a token that is a whole address, so that it looks like one on its way."""
ATTRIBUTE = "attribute."

_BRACES = re.compile(r"\{\{([^{}\n]{1,500})\}\}")
_WRITTEN_BRACES = re.compile(r"\\(?=\{\{)")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`field` is name, address or attribute.…, as typed. `slot` is None for any other name.

    Anything else stays in the text as typed.
    """

    typed: str
    field: str
    fallback: str
    slot: Slot | None


def placeholders_in(text: str) -> list[Placeholder]:
    """All that look like one, those with an unknown field too, in the order of the text."""
    return [_read(found) for found in _unescaped(text)]


def without_placeholders(text: str) -> str:
    """As the public copy has it: what each placeholder falls back on stands in its place."""
    pieces, end = [], 0
    for found in _unescaped(text):
        placeholder = _read(found)
        if placeholder.slot:
            pieces += [text[end : found.start()], placeholder.fallback]
            end = found.end()
    return "".join([*pieces, text[end:]])


class Tokens:
    """The tokens of one rendering."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._slots: list[Slot] = []
        self._typed: list[str] = []
        self._token = re.compile(rf"NLPHx(\d+)x{self._nonce}")

    def of(self, slot: Slot, typed: str = "") -> str:
        self._slots.append(slot)
        self._typed.append(typed)
        return f"NLPHx{len(self._slots) - 1}x{self._nonce}"

    def mark(self, text: str) -> str:
        """The text with tokens in place of its placeholders."""
        pieces, end = [], 0
        for found in _unescaped(text):
            placeholder = _read(found)
            if placeholder.slot:
                pieces += [text[end : found.start()], self.of(placeholder.slot, placeholder.typed)]
                end = found.end()
        return "".join([*pieces, text[end:]])

    def are_in(self, text: str) -> bool:
        return bool(self._token.search(text))

    def mark_line(self, text: str) -> str:
        """The same for one plain line, where nothing else reads the backslash."""
        return _WRITTEN_BRACES.sub("", self.mark(text))

    def as_typed(self, text: str) -> str:
        """For code, in which nothing is a placeholder."""
        return self._token.sub(lambda token: self._typed[int(token[1])], text)

    def in_address(self, url: str) -> str:
        """A link's target; raises InvalidInput for a whole one that has nothing to fall back on."""
        whole = self._token.fullmatch(url)
        if whole:
            return LINK_HOST + self._link(int(whole[1]))
        return self._token.sub(
            lambda token: self.of(replace(self._slots[int(token[1])], place=Place.IN_LINK)), url
        )

    def cut(self, text: str, escape: Escape) -> PersonalPart | Base64Part:
        """In base64 where that is clearly smaller, as it is for Chinese."""
        texts, slots = self._around_tokens(text)
        printable = PersonalPart(escape, tuple(map(encode_piece, texts)), slots)
        if text.isascii():
            return printable
        base64 = Base64Part(escape, texts, slots)
        return base64 if base64.size < CLEARLY_SMALLER * printable.size else printable

    def cut_line(self, text: str) -> PersonalLine:
        texts, slots = self._around_tokens(text)
        return PersonalLine(texts, slots)

    def filled(self, text: str, escape: Escape, values: ReaderValues) -> str:
        texts, slots = self._around_tokens(text)
        pairs = zip(texts, slots, strict=False)
        filled = [
            piece for text, slot in pairs for piece in (text, filled_in(values, slot, escape))
        ]
        return "".join([*filled, texts[-1]])

    def _around_tokens(self, text: str) -> tuple[tuple[str, ...], tuple[Slot, ...]]:
        """The texts between tokens, one more than there are tokens, and the tokens' slots."""
        *pieces, last = self._token.split(text)
        texts = [piece.removesuffix(LINK_HOST) for piece in pieces[::2]]
        return (*texts, last), tuple(self._slots[int(number)] for number in pieces[1::2])

    def _link(self, number: int) -> str:
        slot = self._slots[number]
        if not is_safe_link(slot.fallback):
            name = f"{ATTRIBUTE}{slot.key}" if slot.key else slot.source.value.lower()
            raise InvalidInput(
                f"The link to {{{{ {name} }}}} is empty for subscribers without this field.",
                advice=f"Add a fallback address: "
                f"{{{{ {name}|https://example.org/ }}}}. It must start with https://.",
                field="body",
            )
        return self.of(replace(slot, place=Place.LINK), self._typed[number])


def _unescaped(text: str) -> Iterator[re.Match[str]]:
    """An even number of backslashes before it, since each pair of them is one that is shown."""
    for found in _BRACES.finditer(text):
        before = found.start()
        while before and text[before - 1] == "\\":
            before -= 1
        if (found.start() - before) % 2 == 0:
            yield found


def _read(found: re.Match[str]) -> Placeholder:
    field, _, fallback = found[1].partition("|")
    field, fallback = field.strip(), one_line(fallback)
    return Placeholder(found[0], field, fallback, _slot(field, fallback))


def _slot(field: str, fallback: str) -> Slot | None:
    if field.lower() == "name":
        return Slot(Source.NAME, fallback=fallback)
    if field.lower() == "address":
        return Slot(Source.ADDRESS, fallback=fallback)
    key = field[len(ATTRIBUTE) :].strip()
    if field.lower().startswith(ATTRIBUTE) and key:
        return Slot(Source.ATTRIBUTE, key, fallback)
    return None
