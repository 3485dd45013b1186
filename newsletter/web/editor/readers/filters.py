"""The filter, order and columns of the list of subscribers, as its address has them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask import request, url_for

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.audiences import MOST_CONDITIONS, Audience, audience_of
from newsletter.store.readers.lists import Order
from newsletter.usecases.readers.export_subscribers import ATTRIBUTE
from newsletter.usecases.readers.list_subscribers import SubscriberFilter
from newsletter.web.shell import read_id

COLUMNS = {
    "name": "Name",
    "state": "State",
    "tags": "Tags",
    "created_at": "Joined",
    "state_at": "Changed",
    "state_how": "How",
}
"""Beside the address, which is always shown."""
USUAL = ("address", "name", "state", "tags", "created_at")
MOST_COLUMNS = 12
LONGEST_SEARCH = 200


def read_filter(audience: Audience | None = None) -> SubscriberFilter:
    """Without `audience`, conditions that mean nothing are left out, as in an old link."""
    order = request.values.get("sort", "")
    return SubscriberFilter(
        audience=_sound() if audience is None else audience,
        search=request.values.get("q", "").strip()[:LONGEST_SEARCH],
        order=Order(order) if order in set(Order) else Order.NEWEST,
        older_than=read_id(request.values.get("older", "")),
        newer_than=read_id(request.values.get("newer", "")),
    )


def list_url(
    slug: str, audience: Audience, to: str = "subscribers.subscribers", **more: Any
) -> str:
    """Of the list, or of another page that takes its filter."""
    conditions: dict[str, list[str]] = {}
    for kind, value in audience.pairs:
        conditions.setdefault(kind, []).append(value)
    return url_for(to, slug=slug, **{**conditions, **more})


def read_columns(named: Iterable[str]) -> tuple[str, ...]:
    """The address first; what is unknown is left out."""
    known = [one for one in named if one in COLUMNS or one.startswith(ATTRIBUTE)]
    return ("address", *dict.fromkeys(known))[:MOST_COLUMNS]


def _sound() -> Audience:
    conditions: list[tuple[str, str]] = []
    for kind, values in request.values.lists():
        for value in values:
            with suppress(InvalidInput):
                conditions += audience_of([(kind, value)]).pairs
    return audience_of(list(dict.fromkeys(conditions))[:MOST_CONDITIONS])
