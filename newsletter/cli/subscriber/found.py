"""Finds the subscriber that a command is about, by address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal
from newsletter.domain.staff.principals import Principal

if TYPE_CHECKING:
    from newsletter.usecases.context import Context


class Found(NamedTuple):
    context: Context
    who: Principal
    """Who runs the command."""
    subscriber_id: int


@contextmanager
def found_subscriber(address: str, slug: str, *needs: str) -> Iterator[Found]:
    """`needs` as for `command_context`. Raises NotFound."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of

    with command_context(*needs) as context:
        who = command_line_principal()
        yield Found(context, who, subscriber_id_of(context, slug, address, who))
