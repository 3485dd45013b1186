"""Which subscribers of a newsletter are meant: conditions, and the sentence that says them.

Conditions of one kind are alternatives, those of different kinds must all hold. The same language
filters the list of subscribers and chooses who gets an issue.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from newsletter.domain.errors import InvalidInput
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.domain.said_times import said_day

MOST_CONDITIONS = 30
LONGEST_VALUE = 300


class Kind(StrEnum):
    """What a condition is about. Kept with filters and issues, so never renamed."""

    STATE = "state"
    TAG = "tag"
    NO_TAG = "no_tag"
    INTEREST = "interest"
    """A section that readers choose from: all but those who muted it."""
    ATTRIBUTE = "attribute"
    """name=value, or the name alone for any value."""
    SOURCE = "source"
    JOINED_SINCE = "since"
    JOINED_BEFORE = "before"
    """Days, as 2026-11-28, that begin in the newsletter's time zone."""
    FEEDBACK = "feedback"
    NOT_MAILED_SINCE = "not_mailed_since"
    """No issue of this newsletter was accepted for them since the day began."""
    NOT_MAILED_TODAY = "not_mailed_today"
    """The same of the day on which an issue goes out; its value is yes."""


FOR_LISTS = frozenset(Kind) - {Kind.NOT_MAILED_TODAY}
FOR_ISSUES = frozenset(Kind) - {Kind.STATE}
"""An issue goes to active subscribers alone."""

SOURCES: Mapping[str, tuple[ConsentKind, ...]] = MappingProxyType(
    {
        "signup": (ConsentKind.ASKED,),
        "import": (ConsentKind.IMPORTED,),
        "editor": (ConsentKind.ADDED,),
    }
)
FEEDBACK: Mapping[str, tuple[FeedbackVerdict, ...]] = MappingProxyType(
    {
        "bounced": (FeedbackVerdict.HARD, FeedbackVerdict.SOFT),
        "blocked": (FeedbackVerdict.BLOCKED,),
        "complaint": (FeedbackVerdict.COMPLAINT,),
        "reply": (FeedbackVerdict.REPLY,),
    }
)
_SOURCE_WORDS = {
    "signup": "signed up themselves",
    "import": "came by import",
    "editor": "came from an editor",
}
_FEEDBACK_WORDS = {
    "bounced": "had mail bounce",
    "blocked": "had mail blocked",
    "complaint": "reported mail as spam",
    "reply": "replied",
}
_NAME_END = re.compile(r"(?<!\\)=")
_DAYS = frozenset({Kind.JOINED_SINCE, Kind.JOINED_BEFORE, Kind.NOT_MAILED_SINCE})
_CHOICES: Mapping[Kind, Iterable[str]] = {
    Kind.STATE: tuple(SubscriptionState),
    Kind.SOURCE: tuple(SOURCES),
    Kind.FEEDBACK: tuple(FEEDBACK),
    Kind.NOT_MAILED_TODAY: ("yes",),
}


@dataclass(frozen=True, slots=True)
class Condition:
    kind: Kind
    value: str

    @property
    def attribute(self) -> tuple[str, str]:
        r"""The name, and the value or "". A name with = in it has \= there."""
        name, *value = _NAME_END.split(self.value, maxsplit=1)
        return name.replace(r"\=", "=").strip(), "".join(value).strip()

    @property
    def day(self) -> date:
        return date.fromisoformat(self.value)


@dataclass(frozen=True, slots=True)
class Audience:
    """Without conditions it is everyone. `pairs` is what is kept of it, and what addresses have."""

    conditions: tuple[Condition, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(condition.kind.value, condition.value) for condition in self.conditions]

    def values(self, kind: Kind) -> tuple[str, ...]:
        return tuple(one.value for one in self.conditions if one.kind is Kind(kind))

    def without(self, condition: Condition) -> Audience:
        return Audience(tuple(one for one in self.conditions if one != condition))

    def only_other_kinds(self, kind: Kind) -> Audience:
        return Audience(tuple(one for one in self.conditions if one.kind is not Kind(kind)))

    def in_state(self, state: SubscriptionState) -> Audience:
        return Audience((*self.conditions, Condition(Kind.STATE, state.value)))

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """The values that will do, by the attribute's name; none for any value."""
        found: dict[str, tuple[str, ...]] = {}
        for one in self.conditions:
            if one.kind is Kind.ATTRIBUTE:
                name, value = one.attribute
                found[name] = (*found.get(name, ()), *([value] if value else []))
        return found


EVERYONE = Audience()


class Precision(StrEnum):
    EXACT = ""
    ABOUT = "about "
    FEWER = "fewer than "


@dataclass(frozen=True, slots=True)
class Reach:
    """How many subscribers an audience has. A large list is sampled where exact counts are slow."""

    count: int
    precision: Precision = Precision.EXACT

    def __str__(self) -> str:
        noun = "subscriber" if self.count == 1 else "subscribers"
        number = f"{self.count:,}" if self.count else "no"
        return f"{self.precision}{number} {noun}"


def reach_of_sample(hits: int, one_in: int) -> Reach:
    """From the hits among one in so many subscribers. Few hits say only what is the most."""
    if one_in == 1:
        return Reach(hits)
    if hits < _FEW_HITS:
        return Reach(_FEW_HITS * one_in, Precision.FEWER)
    digits = len(str(hits * one_in)) - 2
    return Reach(round(hits * one_in, -digits), Precision.ABOUT)


_FEW_HITS = 50


def kept_audience(pairs: Iterable[Sequence[str]]) -> Audience:
    """What `pairs` were kept of. Raises ValueError for a kind of a later version: to leave a
    condition out would send to more people than it was meant for.
    """
    return Audience(tuple(Condition(Kind(kind), value) for kind, value in pairs))


def audience_of(pairs: Iterable[tuple[str, str]], kinds: Collection[Kind] = FOR_LISTS) -> Audience:
    """Pairs of a kind and a value, as addresses and tables have them; other kinds and empty values
    are left out.

    Raises InvalidInput, whose field is the kind.
    """
    conditions = dict.fromkeys(
        _condition(Kind(kind), value.strip())
        for kind, value in pairs
        if kind in kinds and value.strip()
    )
    if len(conditions) > MOST_CONDITIONS:
        raise InvalidInput(f"Use at most {MOST_CONDITIONS} conditions.")
    return Audience(tuple(conditions))


def in_words(audience: Audience, whom: str = "subscribers") -> str:
    """Such as “active subscribers with the tag “berlin”, who joined since 1 May 2026”."""
    states = _either(audience.values(Kind.STATE))
    phrases = [f"{states} {whom}" if states else whom, *_phrases(audience)]
    first, *rest = phrases
    return f"{first} {', '.join(rest)}" if rest else (first if states else f"all {whom}")


def counted_words(audience: Audience, reach: Reach) -> str:
    """Such as “1,204 subscribers with the tag “berlin””."""
    if audience == EVERYONE and reach.count > 1:
        return f"all {reach}"
    return in_words(audience, str(reach)) if audience.conditions else str(reach)


def on_day(audience: Audience, today: date) -> Audience:
    """As it is meant on a day of the newsletter's calendar."""
    return Audience(
        tuple(
            Condition(Kind.NOT_MAILED_SINCE, today.isoformat())
            if one.kind is Kind.NOT_MAILED_TODAY
            else one
            for one in audience.conditions
        )
    )


def short_words(condition: Condition) -> str:
    """Of one condition alone, for the button that removes it."""
    if condition.kind is Kind.STATE:
        return condition.value
    (phrase,) = _phrases(Audience((condition,)))
    return phrase.removeprefix("who ")


def _condition(kind: Kind, value: str) -> Condition:
    if len(value) > LONGEST_VALUE or not value.isprintable():
        raise InvalidInput(f"Use at most {LONGEST_VALUE} characters on one line.", field=kind)
    if kind in _DAYS:
        value = _day(kind, value)
    elif value not in _CHOICES.get(kind, (value,)):
        allowed = ", ".join(_CHOICES[kind])
        raise InvalidInput(f"“{value}” must be one of: {allowed}.", field=kind)
    condition = Condition(kind, value)
    if kind is Kind.ATTRIBUTE and not condition.attribute[0]:
        raise InvalidInput(
            "Name the attribute, such as city=Oslo.",
            advice="If its name has =, write \\= there.",
            field=kind,
        )
    return condition


def _day(kind: Kind, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        message = "Enter the date as year, month and day, such as 2026-11-28."
        raise InvalidInput(message, field=kind) from None


def _phrases(audience: Audience) -> list[str]:
    found: list[str] = []
    if tags := audience.values(Kind.TAG):
        found.append(f"with the tag {_quoted(tags)}")
    if tags := audience.values(Kind.NO_TAG):
        found.append(f"without the tag {_quoted(tags)}")
    if sections := audience.values(Kind.INTEREST):
        found.append(f"interested in {_quoted(sections)}")
    for name, values in audience.attributes.items():
        found.append(f"whose {name} is {_quoted(values)}" if values else f"with any {name}")
    if sources := audience.values(Kind.SOURCE):
        found.append(f"who {_either([_SOURCE_WORDS[one] for one in sources])}")
    if said := audience.values(Kind.FEEDBACK):
        found.append(f"who {_either([_FEEDBACK_WORDS[one] for one in said])}")
    if audience.values(Kind.NOT_MAILED_TODAY):
        found.append("who got no other issue that day")
    return found + _phrases_of_days(audience)


def _phrases_of_days(audience: Audience) -> list[str]:
    words = {
        Kind.JOINED_SINCE: "who joined on or after",
        Kind.JOINED_BEFORE: "who joined before",
        Kind.NOT_MAILED_SINCE: "who got no issue since",
    }
    return [
        f"{words[one.kind]} {said_day(one.day)}" for one in audience.conditions if one.kind in words
    ]


def _quoted(values: Iterable[str]) -> str:
    return _either([f"“{value}”" for value in values])


def _either(values: Iterable[str]) -> str:
    *most, last = [*values] or [""]
    return f"{', '.join(most)} or {last}" if most else last
