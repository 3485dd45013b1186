"""How an editor wants a list to be read, where the list does not say it itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from newsletter.domain.errors import InvalidInput
from newsletter.domain.plain_words import plain_word
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.reading.subscriber_lists.fields import Field, heading_words
from newsletter.reading.subscriber_lists.moments import DateOrder

_OTHER_FIELD_NAMES = {
    "address": Field.EMAIL,
    "first_name": Field.NAME,
    "last_name": Field.NAME,
    "state": Field.STATUS,
}
MEANINGS = {
    **{listed_as.value: listed_as for listed_as in ListedAs},
    "left-out": ListedAs.LEFT_OUT,
    "cleaned": ListedAs.BOUNCED,
    "suppressed": ListedAs.BLOCKLISTED,
}


Meanings = Mapping[tuple[str, str], ListedAs]
"""By the words of a heading, or "" for any column, and the word in its cells."""


class ListQuestion(InvalidInput):
    """Something that the list does not say, and only ListChoices can."""


@dataclass(frozen=True, slots=True)
class ListChoices:
    """`columns` are pairs of a field and a heading, or a number like #2.

    `everyone` is what all rows are where no column says more.
    """

    encoding: str = ""
    columns: tuple[tuple[Field, str], ...] = ()
    meanings: Meanings = field(default_factory=dict)
    everyone: ListedAs | None = None
    dates: DateOrder | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "columns": [[wanted.value, heading] for wanted, heading in self.columns],
            "meanings": [[*place, kept.value] for place, kept in self.meanings.items()],
            "everyone": self.everyone.value if self.everyone else "",
            "dates": self.dates.value if self.dates else "",
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Of what `as_json` made."""
        return cls(
            encoding=value.get("encoding", ""),
            columns=tuple((Field(wanted), heading) for wanted, heading in value.get("columns", ())),
            meanings={(a, b): ListedAs(kept) for a, b, kept in value.get("meanings", ())},
            everyone=ListedAs(value["everyone"]) if value.get("everyone") else None,
            dates=DateOrder(value["dates"]) if value.get("dates") else None,
        )


def column_choice(text: str) -> tuple[Field, str]:
    """Of `name=First Name`. Raises InvalidInput."""
    name, equals, heading = text.partition("=")
    wanted = name.strip().casefold().replace("-", "_")
    found = _OTHER_FIELD_NAMES.get(wanted) or (Field(wanted) if wanted in set(Field) else None)
    if not equals or not heading.strip() or found is None:
        raise InvalidInput(
            f"“{text[:60]}” does not say which column is what.",
            advice=f"Write FIELD=COLUMN, where FIELD is one of {', '.join(Field)}.",
            field="map",
        )
    return found, heading.strip()


def meaning_choice(text: str) -> dict[tuple[str, str], ListedAs]:
    """Of `vip=active`, or `Status:vip=active` for one column. Raises InvalidInput."""
    word, equals, meaning = text.rpartition("=")
    if not equals:
        raise InvalidInput(
            f"“{text[:60]}” does not say what a value means.",
            advice="Write VALUE=MEANING or COLUMN:VALUE=MEANING.",
            field="status",
        )
    listed_as = listed_as_choice(meaning)
    # A colon can also be within the value. Both readings are kept: at most one of them is asked.
    heading, colon, value = word.partition(":")
    in_column = {(heading_words(heading), plain_word(value)): listed_as} if colon else {}
    return {("", plain_word(word)): listed_as, **in_column}


def date_choice(text: str) -> DateOrder | None:
    """None for "". Raises InvalidInput."""
    if not text:
        return None
    found = text.strip().casefold()
    if found not in set(DateOrder):
        raise InvalidInput(
            f"“{text[:60]}” is not an order of dates.",
            advice=f"There are {', '.join(DateOrder)}.",
            field="dates",
        )
    return DateOrder(found)


def listed_as_choice(text: str) -> ListedAs:
    """Raises InvalidInput."""
    found = MEANINGS.get(text.strip().casefold())
    if found is None:
        raise InvalidInput(
            f"“{text[:60]}” is not something that a subscriber can be.",
            advice=f"There are {', '.join(ListedAs)}.",
            field="status",
        )
    return found
