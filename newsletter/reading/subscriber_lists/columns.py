"""Which column is what: by hand, by its heading, and by what is in its first rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from newsletter.domain.errors import InvalidInput
from newsletter.reading.subscriber_lists.choices import ListChoices
from newsletter.reading.subscriber_lists.fields import (
    ATTRIBUTES_NAMES,
    CONSENT_AT_NAMES,
    CONSENT_IP_NAMES,
    EMAIL_NAMES,
    FIRST_NAMES,
    LAST_NAMES,
    PLACE_NAMES,
    TAG_NAMES,
    WHOLE_NAMES,
    Field,
    heading_words,
)
from newsletter.reading.subscriber_lists.moments import looks_like_a_date, read_moment
from newsletter.reading.subscriber_lists.services import Service
from newsletter.reading.subscriber_lists.state_columns import (
    BY_WORDS,
    CONFIRMED_SINCE,
    IN_TAGS,
    SINCE,
    Rule,
    is_confirmed_since,
    is_of_another_channel,
    rule_for,
)

ROWS_OF_A_SAMPLE = 3
_LONGEST_ADDRESS = 500
_ADDRESS = re.compile(r".*[^@\s]@[^@\s]+\.[^@]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """`place` counts from 0. `sample` is what the first rows have in it."""

    place: int
    heading: str
    field: Field
    sample: tuple[str, ...]
    rule: Rule | None = None
    """How its cells say a state, if they do."""

    @property
    def name(self) -> str:
        return self.heading or f"column {self.place + 1}"

    @property
    def words(self) -> str:
        return heading_words(self.name)


def match_columns(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    choices: ListChoices,
    *,
    service: Service | None,
    names_the_gone: bool = False,
) -> tuple[Column, ...]:
    """One for each heading. `rows` are the first ones, `service` the one whose file it is.

    If the file `names_the_gone` somewhere, no column is passed over that could do so.

    None of them is the EMAIL where several could be. Raises InvalidInput for a choice that names
    no column.
    """
    is_known = service is not None
    matching = _Matching(headings, rows, is_known=is_known, names_the_gone=names_the_gone)
    matching.choose(choices)
    matching.match()
    matching.pass_over(service.technical if service else ())
    return tuple(map(matching.column, range(len(headings))))


def is_address(cell: str) -> bool:
    """At a glance, and with whatever is around it."""
    return len(cell) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(cell) is not None


class _Matching:
    def __init__(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        is_known: bool,
        names_the_gone: bool,
    ) -> None:
        self.headings = [" ".join(heading.split()) for heading in headings]
        self.words = [heading_words(heading) for heading in headings]
        self.rows = rows
        self.cells = [
            [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
            for place in range(len(headings))
        ]
        self.has_place = not PLACE_NAMES.isdisjoint(self.words)
        self.is_known = is_known
        self.names_the_gone = names_the_gone
        self.fields: dict[int, Field] = {}
        self._rules: dict[int, Rule | None] = {}

    def choose(self, choices: ListChoices) -> None:
        """By hand."""
        for wanted, heading in choices.columns:
            self.fields[self._place_of(heading)] = wanted
        emails = [place for place, field in self.fields.items() if field is Field.EMAIL]
        if len(emails) > 1:
            raise InvalidInput(
                "Two columns can't both be the email address.",
                advice="Choose one of them, and make the other one an attribute.",
                field="columns",
            )

    def match(self) -> None:
        """Those of which nobody has chosen what they are."""
        self._fill(Field.EMAIL, self._emails())
        self._fill(Field.NAME, self._names())
        self._fill(Field.TAGS, self._named(TAG_NAMES))
        self._fill(Field.ATTRIBUTES, filter(self._is_json, self._named(ATTRIBUTES_NAMES)))
        self._fill(Field.CONSENT_AT, filter(self._is_times, self._named(CONSENT_AT_NAMES)))
        self._fill(Field.CONSENT_IP, self._named(CONSENT_IP_NAMES))
        # Beside those that were chosen as well: one column may say more than another.
        self.fields |= {
            place: Field.STATUS for place in self._free() if self._rule(place) is not None
        }

    def pass_over(self, technical: Collection[str]) -> None:
        """What nothing else is made of."""
        passed = [place for place in self._free() if self.words[place] in technical]
        self.fields |= dict.fromkeys(passed, Field.IGNORE)

    def column(self, place: int) -> Column:
        is_empty = not self.headings[place] and not self.cells[place]
        field = self.fields.get(place, Field.IGNORE if is_empty else Field.ATTRIBUTE)
        sample = [row[place].strip() if place < len(row) else "" for row in self.rows]
        return Column(
            place=place,
            heading=self.headings[place],
            field=field,
            sample=tuple(sample[:ROWS_OF_A_SAMPLE]),
            rule=self._rule_of(field, place),
        )

    def _rule_of(self, field: Field, place: int) -> Rule | None:
        if field is Field.STATUS:
            return self._rule(place) or BY_WORDS
        if field is Field.UNSUBSCRIBED_AT:
            return SINCE
        if field in {Field.TAGS, Field.ATTRIBUTE}:
            is_elsewhere = is_of_another_channel(self.words[place])
            return IN_TAGS if self.names_the_gone and not is_elsewhere else None
        return CONFIRMED_SINCE if self._says_who_confirmed(field, place) else None

    def _says_who_confirmed(self, field: Field, place: int) -> bool:
        """A service or a status that we know says it better."""
        return (
            field is Field.CONSENT_AT
            and not self.is_known
            and bool(self.cells[place])
            and is_confirmed_since(self.words[place])
            and Field.STATUS not in self.fields.values()
        )

    def _fill(self, field: Field, places: Iterable[int]) -> None:
        if field not in self.fields.values():
            self.fields |= dict.fromkeys(list(places), field)

    def _free(self) -> list[int]:
        return [place for place in range(len(self.words)) if place not in self.fields]

    def _named(self, names: Sequence[str]) -> list[int]:
        """Those with the names that say it best first."""
        ranked = [(names.index(self.words[p]), p) for p in self._free() if self.words[p] in names]
        return [place for _, place in sorted(ranked)]

    def _emails(self) -> list[int]:
        """A name alone is enough, if no other column has addresses in it."""
        named = self._named(EMAIL_NAMES)
        holding = [place for place in self._free() if self._is_addresses(place)]
        found = [place for place in named if place in holding] or holding or named
        return found[:1] if found and (found[0] in named or len(found) == 1) else []

    def _names(self) -> list[int]:
        """`Name, Surname` are two halves, and `Name, First name` are one whole and one half."""
        whole, first, last = map(self._named, (WHOLE_NAMES, FIRST_NAMES, LAST_NAMES))
        if whole and (first or not last):
            return whole[:1]
        return [*(first or whole)[:1], *last[:1]]

    def _rule(self, place: int) -> Rule | None:
        if place not in self._rules:
            found = rule_for(self.words[place], self.cells[place], has_place=self.has_place)
            self._rules[place] = found
        return self._rules[place]

    def _is_addresses(self, place: int) -> bool:
        return 2 * sum(map(is_address, self.cells[place])) > len(self.cells[place])

    def _is_json(self, place: int) -> bool:
        is_ours = self.words[place] == "attributes"
        return is_ours or all(cell.startswith("{") for cell in self.cells[place])

    def _is_times(self, place: int) -> bool:
        cells = self.cells[place]
        is_ours = self.words[place] in {"consent at", "consented at"}
        times = [cell for cell in cells if looks_like_a_date(cell) or read_moment(cell)]
        return is_ours or 2 * len(times) >= len(cells)

    def _place_of(self, heading: str) -> int:
        places = range(len(self.headings))
        number = re.fullmatch(r"#(\d{1,6})", heading)
        if number and int(number[1]) - 1 in places:
            return int(number[1]) - 1
        exact = [place for place in places if self.headings[place] == heading]
        alike = [place for place in places if self.words[place] == heading_words(heading)]
        if exact or alike:
            return (exact or alike)[0]
        raise InvalidInput(
            f"No column is named “{heading[:60]}”.",
            advice=f"The columns are {', '.join(f'“{name}”' for name in self.headings if name)}.",
            field="columns",
        )
