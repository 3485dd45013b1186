"""How an editor wants a list to be read, where the list does not say it itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from newsletter.domain.errors import InvalidInput
from newsletter.domain.listed_as import ListedAs, plain_word
from newsletter.reading.subscriber_lists.fields import Field

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


class ListQuestion(InvalidInput):
    """Something that the list does not say, and only ListChoices can."""


@dataclass(frozen=True, slots=True)
class ListChoices:
    """`columns` are pairs of a field and a heading, or a number like #2; `meanings` of words.

    `everyone` is what all rows are where no column says more.
    """

    encoding: str = ""
    columns: tuple[tuple[Field, str], ...] = ()
    meanings: dict[str, ListedAs] = field(default_factory=dict)
    everyone: ListedAs | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "columns": [[wanted.value, heading] for wanted, heading in self.columns],
            "meanings": {word: listed_as.value for word, listed_as in self.meanings.items()},
            "everyone": self.everyone.value if self.everyone else "",
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Of what `as_json` made."""
        return cls(
            encoding=value.get("encoding", ""),
            columns=tuple((Field(wanted), heading) for wanted, heading in value.get("columns", ())),
            meanings={word: ListedAs(kept) for word, kept in value.get("meanings", {}).items()},
            everyone=ListedAs(value["everyone"]) if value.get("everyone") else None,
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


def meaning_choice(text: str) -> tuple[str, ListedAs]:
    """Of `vip=active`. Raises InvalidInput."""
    word, equals, meaning = text.rpartition("=")
    if not equals:
        raise InvalidInput(
            f"“{text[:60]}” does not say what a value means.",
            advice="Write VALUE=MEANING.",
            field="status",
        )
    return plain_word(word), listed_as_choice(meaning)


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
