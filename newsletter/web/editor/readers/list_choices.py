"""The form that says how a list is read: its words, and what was chosen in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from newsletter.domain.plain_words import plain_word
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.reading.subscriber_lists.choices import (
    ListChoices,
    Meanings,
    date_choice,
    listed_as_choice,
)
from newsletter.reading.subscriber_lists.encodings import ENCODINGS, UnknownEncoding, known_encoding
from newsletter.reading.subscriber_lists.fields import Field, heading_words
from newsletter.reading.subscriber_lists.moments import DateOrder
from newsletter.reading.subscriber_lists.sheets import MOST_COLUMNS, UnclearStates
from newsletter.usecases.readers.preview_list import ListPreview


class Meaning(NamedTuple):
    """As a choice, and after a number."""

    choice: str
    noun: str


FIELDS = {
    Field.EMAIL: "Email address",
    Field.NAME: "Name",
    Field.TAGS: "Tags",
    Field.STATUS: "Subscription status",
    Field.UNSUBSCRIBED_AT: "Time of unsubscribing",
    Field.CONSENT_AT: "Time of consent",
    Field.CONSENT_IP: "IP address of consent",
    Field.ATTRIBUTES: "Attributes (JSON)",
    Field.ATTRIBUTE: "An attribute",
    Field.IGNORE: "Ignore",
}
MEANINGS = {
    ListedAs.ACTIVE: Meaning("Subscribed", "subscribed"),
    ListedAs.PAUSED: Meaning("Paused", "paused"),
    ListedAs.PENDING: Meaning("Never confirmed", "never confirmed"),
    ListedAs.UNSUBSCRIBED: Meaning("Unsubscribed", "unsubscribed"),
    ListedAs.BLOCKLISTED: Meaning("Blocked: never mail them", "blocked"),
    ListedAs.BOUNCED: Meaning("Bounced: the address doesn’t work", "bounced"),
    ListedAs.COMPLAINED: Meaning("Complained about spam", "complained about spam"),
    ListedAs.LEFT_OUT: Meaning("Leave these rows out", "left out"),
}


ORDERS = {
    DateOrder.DAY_FIRST: "3 April: the day comes first",
    DateOrder.MONTH_FIRST: "4 March: the month comes first",
}


def words_of(preview: ListPreview) -> dict[str, Any]:
    """What the template of the form needs beside the preview."""
    question = preview.question
    return {
        "fields": FIELDS,
        "meanings": MEANINGS,
        "encodings": ENCODINGS,
        "orders": ORDERS,
        "guesses": question.guesses if isinstance(question, UnknownEncoding) else (),
        "unclear": question.values if isinstance(question, UnclearStates) else (),
    }


def chosen(form: Mapping[str, str], before: ListChoices) -> ListChoices:
    """What the form does not have stays as it was. Raises InvalidInput."""
    columns = tuple(
        (Field(form[name]), f"#{place + 1}")
        for place in range(MOST_COLUMNS)
        if (name := f"column-{place}") in form and form[name] in set(Field)
    )
    encoding = form.get("encoding", before.encoding)
    if encoding:
        known_encoding(encoding)
    everyone = before.everyone
    if "everyone" in form:
        everyone = listed_as_choice(form["everyone"]) if form["everyone"] else None
    return replace(
        before,
        encoding=encoding,
        columns=columns or before.columns,
        meanings={**before.meanings, **_meanings(form)},
        everyone=everyone,
        dates=date_choice(form["dates"]) if "dates" in form else before.dates,
    )


def _meanings(form: Mapping[str, str]) -> Meanings:
    numbers = [name.removeprefix("value-") for name in form if name.startswith("value-")]
    return {
        (heading_words(form.get(f"of-{number}", "")), plain_word(form[f"value-{number}"])): (
            listed_as_choice(form[f"meaning-{number}"])
        )
        for number in numbers
        if form.get(f"meaning-{number}")
    }
