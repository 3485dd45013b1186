"""Columns that say whether someone is subscribed, in the many ways that services say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from newsletter.domain.listed_as import ListedAs, meaning_of, plain_word
from newsletter.reading.subscriber_lists.fields import PLACE_NAMES
from newsletter.reading.subscriber_lists.moments import read_moment

_YES = frozenset("true t yes y 1 1.0 on x ✓ ja oui sí si".split())
_NO = frozenset("false f no n 0 0.0 off nein non".split())
_NOTHING = frozenset(["", "-", "none", "null", "nil", "never", "n/a", "na"])
_REGION = re.compile(r"[A-Z]{2,3}")
_MOST_KEPT = 10_000


class Said(NamedTuple):
    """What a cell says; `listed_as` None is nothing. `at` is since when, if the cell is a time."""

    listed_as: ListedAs | None
    at: datetime | None = None


NOTHING = Said(None)


@dataclass(frozen=True, slots=True)
class Rule:
    """What `yes` and `no`, or a time and nothing, mean in a column.

    `is_any_text`: whatever stands there counts as yes. `only_complaints`: reasons in free words.
    """

    if_yes: ListedAs | None = ListedAs.ACTIVE
    if_no: ListedAs | None = ListedAs.UNSUBSCRIBED
    is_any_text: bool = False
    only_complaints: bool = False


BY_WORDS = Rule()
SINCE = Rule(ListedAs.UNSUBSCRIBED, None, is_any_text=True)

# Of something else: how many, how often, which campaign, whose payment.
_NOT_A_STATE = re.compile(
    r"\b(count|counts|total|number|rate|rating|score|campaign|source|from|via|page|form|url|method"
    r"|name|title|id|ids|ip|lists?|notes?|soft|marital|civil|family|payment|stripe|billing|order"
    r"|invoice|job|employment|social|http|plan)\b"
)
_REASON = re.compile(r"\b(reason|reasons|why)\b")
_OF_LEAVING = re.compile(r"unsub|opt(ed)? ?out|complain|leav")
_COMPLAINTS = Rule(None, None, only_complaints=True)
_IS_A_TIME = re.compile(r"\b(at|on|time|date|since)\b")
_LEAVING = (
    r"unsub\w*|un subscribed|opt(ed)? ?out|email disabled|disabled|deleted|archived|removed"
    r"|cancell?ed|withdrawn|left (at|on)|do not (e ?)?mail|do not contact"
)
_FLAGS = (
    (_LEAVING, Rule(ListedAs.UNSUBSCRIBED, None)),
    (r"(hard ?)?bounced?|cleaned|clean time|undeliverable", Rule(ListedAs.BOUNCED, None)),
    (r"complain\w*|spam|abuse|junk", Rule(ListedAs.COMPLAINED, None)),
    (r"(block|black) ?list\w*|blocked|banned|suppress\w*", Rule(ListedAs.BLOCKLISTED, None)),
)
_FLAG_RULES = tuple((re.compile(rf"\b({pattern})\b"), rule) for pattern, rule in _FLAGS)
_CONFIRMED = re.compile(r"(is |email )*(confirmed|verified|activated|double opt ?in|doi)")
_SUBSCRIBED = re.compile(
    r"(is )?(subscribed( to( \w+){1,2})?|(e ?mail )?opt(ed)? ?in|accepts (e ?mail )?marketing)"
)
_STATUS = re.compile(r".*\b(status|statut)\b.*|(subscriber|contact|member) (type|state)|estado")
_LOOSE = re.compile(
    r"(is )?(active|enabled|newsletter|permission|consent|gdpr consent|marketing"
    r"|(e ?mail )?marketing consent|receives? (e ?mails?|newsletter))|subscription( state)?"
)


def rule_for(words: str, cells: Sequence[str], others: Sequence[str]) -> Rule | None:
    """For a column that looks like a state by the `words` of its heading, else None.

    `cells` are its first ones, `others` the words of all headings.
    """
    if words == "state":
        return None if _is_a_region(cells, others) else BY_WORDS
    if _REASON.search(words):
        return _COMPLAINTS if _OF_LEAVING.search(words) else None
    if _NOT_A_STATE.search(words):
        return None
    return _rule_of_a_flag(words) or _rule_of_a_name(words, cells)


def _rule_of_a_flag(words: str) -> Rule | None:
    for pattern, rule in _FLAG_RULES:
        if pattern.search(words):
            return replace(rule, is_any_text=bool(_IS_A_TIME.search(words)))
    return None


def _rule_of_a_name(words: str, cells: Sequence[str]) -> Rule | None:
    if _CONFIRMED.fullmatch(words):
        return Rule(ListedAs.ACTIVE, ListedAs.PENDING)
    if _SUBSCRIBED.fullmatch(words) or _STATUS.fullmatch(words):
        return BY_WORDS
    return BY_WORDS if _LOOSE.fullmatch(words) and _some_understood(cells) else None


class StateReader:
    """Reads the cells of state columns; `meanings` are an editor's answers, by plain words."""

    def __init__(self, meanings: Mapping[str, ListedAs]) -> None:
        self._meanings = meanings
        self._kept: dict[tuple[Rule, str], Said | None] = {}

    def read(self, rule: Rule, cell: str) -> Said | None:
        """None for what is not understood."""
        kept = (rule, cell)
        if kept not in self._kept:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            self._kept[kept] = self._read(rule, cell)
        return self._kept[kept]

    def _read(self, rule: Rule, cell: str) -> Said | None:
        word = plain_word(cell)
        if word in self._meanings:
            return Said(self._meanings[word])
        if word in _NOTHING or word.startswith("0000"):
            return NOTHING
        if rule.only_complaints:
            return Said(ListedAs.COMPLAINED) if re.search("spam|abuse|complain", word) else NOTHING
        if word in _YES or word in _NO:
            return Said(rule.if_yes if word in _YES else rule.if_no)
        found = meaning_of(word)
        if found:
            return Said(found)
        moment = read_moment(cell)
        return Said(rule.if_yes, moment) if moment or rule.is_any_text else None


def _is_a_region(cells: Sequence[str], others: Sequence[str]) -> bool:
    """`State` is CA as often as active."""
    if any(meaning_of(cell) for cell in cells):
        return False
    return not PLACE_NAMES.isdisjoint(others) or (
        bool(cells) and all(_REGION.fullmatch(cell.strip()) for cell in cells)
    )


def _some_understood(cells: Sequence[str]) -> bool:
    return any(plain_word(cell) in _YES | _NO or meaning_of(cell) for cell in cells)
