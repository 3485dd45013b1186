"""Edits a subscriber's name, attributes and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.principals import Principal
from newsletter.domain.problems import raise_problems
from newsletter.domain.subscriber_rows import clean_attributes, clean_name, clean_tags
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import load_subscriber, record_for_subscriber


def edit_subscriber(
    context: Context, slug: str, subscriber_id: int, values: dict[str, str], principal: Principal
) -> bool:
    """`values` holds name, tags and attributes as typed. Returns False if nothing changed.

    Raises InvalidFields, NotFound, or Conflict once the reader is erased.
    """
    require_for_newsletter(context, principal, "edit_subscriber", slug)
    checks: dict[str, Callable[[str], Any]] = {
        "name": clean_name,
        "tags": clean_tags,
        "attributes": clean_attributes,
    }
    cleaned, problems = {}, {}
    for field, check in checks.items():
        try:
            cleaned[field] = check(values.get(field, ""))
        except InvalidInput as error:
            problems[field] = as_field_problem(error)
    raise_problems(problems)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        _ = reader.address
        known = (reader.subscriber.name, reader.subscription.tags, reader.subscriber.attributes)
        if known == (cleaned["name"], cleaned["tags"], cleaned["attributes"]):
            return False
        reader.subscriber.name = cleaned["name"]
        reader.subscriber.attributes = cleaned["attributes"]
        reader.subscription.tags = cleaned["tags"]
        record_for_subscriber(context, session, reader, principal, Action.SUBSCRIBER_EDITED)
    return True


def as_field_problem(error: InvalidInput) -> str:
    """Turns a reason for a row, which starts in lower case, into a sentence for a form field."""
    message = error.message[:1].upper() + error.message[1:]
    return f"{message.rstrip('.')}. {error.advice}".strip()
