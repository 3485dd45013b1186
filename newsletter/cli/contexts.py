"""The context that a command works in: its settings, on a database that is current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.config import load_settings, require_shared

if TYPE_CHECKING:
    from newsletter.usecases.context import Context


@contextmanager
def command_context() -> Iterator[Context]:
    """A context from the environment. Raises Misconfigured when the database is not current."""
    from newsletter.store.schema import require_current
    from newsletter.usecases.context import open_context

    context = open_context(load_settings())
    try:
        require_current(context.database)
        yield context
    finally:
        context.database.dispose()


@contextmanager
def signing_context() -> Iterator[Context]:
    """The same for commands that make links or hashes: they need the secrets and PUBLIC_URL."""
    require_shared(load_settings())
    with command_context() as context:
        yield context
