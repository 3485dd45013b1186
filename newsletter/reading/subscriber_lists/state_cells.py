"""What a cell of a state column says; None where only a person knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from newsletter.domain.plain_words import plain_word
from newsletter.domain.readers.listed_as import ListedAs, gravest, meaning_of, telling_meaning_of
from newsletter.reading.subscriber_lists.cells import split_tags
from newsletter.reading.subscriber_lists.choices import Meanings
from newsletter.reading.subscriber_lists.moments import (
    DateOrder,
    looks_like_a_date,
    read_moment,
)
from newsletter.reading.subscriber_lists.state_columns import Rule
from newsletter.reading.subscriber_lists.yes_no import NO, NOTHING, YES

LONGEST_VALUE = 60
"""Of a cell that is asked about; what is behind it does not count."""
_MOST_KEPT = 10_000
_COMPLAINT = re.compile("spam|abuse|complain")
_PERMANENT = re.compile(r"hard\b|permanent|5\.\d{1,3}\.\d{1,3}")
_TEMPORARY = re.compile(r"\b(soft|transient|temporar\w*|full|quota)\b|\b4\.\d{1,3}\.\d{1,3}")
_REFUSED_FOR_GOOD = re.compile(r"(5\d\d )?5\.\d{1,3}\.\d{1,3}|55\d")


class Said(NamedTuple):
    """What a cell says; `listed_as` None is nothing. `at` is since when, if the cell is a time."""

    listed_as: ListedAs | None
    at: datetime | None = None


NOTHING_SAID = Said(None)


class StateReader:
    """`meanings` are an editor's answers, `own` the words that the service uses in its own way."""

    def __init__(
        self,
        meanings: Meanings,
        own: Mapping[str, ListedAs],
        dates: DateOrder | None = None,
    ) -> None:
        self._meanings = meanings
        self._own = own
        self._dates = dates
        self._kept: dict[tuple[str, Rule, str], Said | None] = {}

    def read(self, column: str, rule: Rule, cell: str) -> Said | None:
        """None for what is not understood. `column` is the words of its heading."""
        kept = (column, rule, cell)
        if kept not in self._kept:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            read = self._read_tags if rule.is_tags else self._read
            self._kept[kept] = read(column, rule, cell)
        return self._kept[kept]

    def has_answer(self, column: str, cell: str) -> bool:
        return self._answer(column, cell) is not None

    def unclear(self, column: str, rule: Rule, cell: str) -> list[str]:
        """The words of the cell that are not understood."""
        if self.read(column, rule, cell) is not None:
            return []
        return (
            [tag for tag, said in self._tags(column, cell) if not said] if rule.is_tags else [cell]
        )

    def _read_tags(self, column: str, rule: Rule, cell: str) -> Said | None:
        del rule
        found = self._tags(column, cell)
        if not all(said for _, said in found):
            return None
        return Said(gravest(said for _, said in found if said))

    def _tags(self, column: str, cell: str) -> list[tuple[str, ListedAs | None]]:
        """Those by which someone may be gone, each with the answer to what it means."""
        return [
            (tag, self._answer(column, tag))
            for tag in split_tags(cell, only_semicolons=False)
            if (told := telling_meaning_of(tag)) and told.is_gone
        ]

    def _answer(self, column: str, cell: str) -> ListedAs | None:
        word = plain_word(cell[:LONGEST_VALUE])
        return self._meanings.get((column, word)) or self._meanings.get(("", word))

    def _read(self, column: str, rule: Rule, cell: str) -> Said | None:
        word = plain_word(cell[:LONGEST_VALUE])
        answer = self._meanings.get((column, word))
        if answer:
            return Said(answer)
        # An answer that names no column is not for the yes and no of columns like `bounced`.
        answer = self._meanings.get(("", word)) or self._own.get(word)
        if answer and rule.asks_yes_no:
            return Said(answer)
        understood = self._understood(rule, word, cell)
        return Said(answer) if answer and understood is None else understood

    def _understood(self, rule: Rule, word: str, cell: str) -> Said | None:
        if word in NOTHING or word.startswith("0000"):
            return Said(rule.if_nothing)
        if word in YES or word in NO:
            if rule.asks_yes_no:
                return None
            return Said(rule.if_yes if word in YES else rule.if_no)
        if rule.is_count and word.isdigit():
            return Said(rule.if_yes if int(word) else None)
        found = meaning_of(word)
        return Said(found) if found else self._of_free_text(rule, word, cell)

    def _of_free_text(self, rule: Rule, word: str, cell: str) -> Said | None:
        if rule.is_any_text and rule.if_yes is not None and _COMPLAINT.search(word):
            return Said(ListedAs.COMPLAINED)
        said = _of_a_bounce(rule, word)
        if said:
            return said
        moment = read_moment(cell, self._dates)
        if moment or rule.is_any_text or (looks_like_a_date(cell) and not rule.asks_yes_no):
            return Said(rule.if_yes, moment)
        return None


def _of_a_bounce(rule: Rule, word: str) -> Said | None:
    if rule.if_yes is ListedAs.BOUNCED:
        if _PERMANENT.match(word):
            return Said(ListedAs.BOUNCED)
        if _TEMPORARY.search(word):
            return NOTHING_SAID
    return Said(ListedAs.BOUNCED) if _REFUSED_FOR_GOOD.match(word) else None
