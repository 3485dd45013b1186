"""Edits a subscriber's name, attributes and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.problems import raise_problems
from newsletter.domain.readers.subscriber_rows import clean_attributes, clean_name, clean_tags
from newsletter.domain.sentences import as_sentence
from newsletter.domain.staff.principals import Principal
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import (
    SubscriberRecord,
    load_subscriber,
    record_for_subscriber,
)


def edit_subscriber(
    context: Context, slug: str, subscriber_id: int, values: dict[str, str], principal: Principal
) -> bool:
    """`values` holds name, tags and attributes as typed. Returns False if nothing changed.

    Raises NotFound, or Conflict once the reader is erased; InvalidFields for what can't be saved,
    when the other fields are.
    """
    require_for_newsletter(context, principal, "edit_subscriber", slug)
    cleaned, problems = _cleaned(values)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        _ = reader.address
        has_changed = _put(reader, cleaned)
        if has_changed:
            record_for_subscriber(context, session, reader, principal, Action.SUBSCRIBER_EDITED)
    raise_problems(problems)
    return has_changed


def _cleaned(values: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that can be saved, and what is wrong with the others."""
    checks: dict[str, Callable[[str], Any]] = {
        "name": clean_name,
        "tags": clean_tags,
        "attributes": clean_attributes,
    }
    cleaned: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field, check in checks.items():
        try:
            cleaned[field] = check(values.get(field, ""))
        except InvalidInput as error:
            problems[field] = as_field_problem(error)
    return cleaned, problems


def _put(reader: SubscriberRecord, cleaned: dict[str, Any]) -> bool:
    """Whether it changed anything."""
    ours = reader.subscription
    before = (ours.name, ours.tags, ours.attributes)
    ours.name = cleaned.get("name", ours.name)
    ours.tags = cleaned.get("tags", ours.tags)
    ours.attributes = cleaned.get("attributes", ours.attributes)
    return before != (ours.name, ours.tags, ours.attributes)


def as_field_problem(error: InvalidInput) -> str:
    """Turns a reason for a row, which starts in lower case, into a sentence for a form field."""
    message = error.message[:1].upper() + error.message[1:]
    return f"{as_sentence(message)} {error.advice}".strip()
