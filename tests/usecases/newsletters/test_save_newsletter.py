"""A newsletter's settings, and what is said of values that can't be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.problems import InvalidFields
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.save_newsletter import (
    NewsletterSettings,
    create_newsletter,
    save_newsletter,
    time_zones,
)
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.operations.first_start import prepare_first_start
from tests.support.principals import EDITOR, by

GOOD = NewsletterSettings(
    name="Field Notes",
    sender_name="Ada",
    sender_address="ada@Example.org",
    postal_address="1 Garden Lane\r\nBerlin",
    time_zone="Europe/Berlin",
    language="pt-br",
)


def test_what_was_saved_is_found_again_tidied(context: Context) -> None:
    create_newsletter(context, "field-notes", GOOD, by("ada"))
    profile = show_newsletter(context, "field-notes", EDITOR).profile
    assert (profile.name, profile.list_label) == ("Field Notes", "field-notes")
    assert profile.sender_address == "ada@example.org"
    assert profile.postal_address == "1 Garden Lane\nBerlin"
    assert profile.language == "pt-BR"


def test_sending_can_be_undone_for_a_minute_in_a_new_newsletter_until_it_says_otherwise(
    context: Context,
) -> None:
    prepare_first_start(context)
    create_newsletter(context, "field-notes", GOOD, by("ada"))
    new = [show_newsletter(context, slug, EDITOR).profile for slug in ("news", "field-notes")]
    assert [profile.undo_minutes for profile in new] == [1, 1]
    save_newsletter(context, "news", replace(GOOD, undo_minutes="0"), by("ada"))
    assert show_newsletter(context, "news", EDITOR).profile.undo_minutes == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter a name"),
        ("name", "Field\r\nBcc: everyone@example.org", "line break"),
        ("sender_name", "Ada\nEvil: yes", "line break"),
        ("sender_address", "ada at example", "not an email address"),
        ("sender_address", "ada@example.org\r\nBcc: x@example.org", "line break"),
        ("reply_to", "nobody", "not an email address"),
        ("time_zone", "Europe/Atlantis", "not a time zone"),
        ("time_zone", "../../etc/passwd", "not a time zone"),
        ("language", "klingonese", "not a language tag"),
        ("language", "", "not a language tag"),
        ("description", "x" * 2001, "2000 characters"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_at_its_field(
    context: Context, field: str, value: str, words: str
) -> None:
    create_newsletter(context, "news", GOOD, by("ada"))
    with pytest.raises(InvalidFields) as refused:
        save_newsletter(context, "news", replace(GOOD, **{field: value}), by("ada"))
    assert list(refused.value.problems) == [field]
    assert words in refused.value.problems[field]
    assert show_newsletter(context, "news", EDITOR).profile.name == "Field Notes"


def test_everything_wrong_is_told_at_once(context: Context) -> None:
    with pytest.raises(InvalidFields) as refused:
        create_newsletter(context, "Not A Slug!", NewsletterSettings("", language="x1"), by("ada"))
    assert set(refused.value.problems) == {"name", "language", "slug"}


def test_a_short_name_is_given_once(context: Context) -> None:
    create_newsletter(context, "news", GOOD, by("ada"))
    with pytest.raises(InvalidFields, match="already"):
        create_newsletter(context, "news", GOOD, by("ada"))


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("berlin", "Europe/Berlin"), ("New york", "America/New_York"), ("utc", "UTC")],
)
def test_a_city_is_enough_for_its_time_zone(context: Context, typed: str, zone: str) -> None:
    slug = create_newsletter(context, "zoned", NewsletterSettings("Zoned", time_zone=typed), EDITOR)
    assert show_newsletter(context, slug, EDITOR).profile.time_zone == zone


def test_every_zone_in_the_list_can_be_chosen(context: Context) -> None:
    assert {"UTC", "Europe/Berlin", "America/New_York"} <= set(time_zones())
