"""The context that a command works in: its settings, on a database that is current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.config import load_settings, require_shared

if TYPE_CHECKING:
    from newsletter.usecases.context import Context

HASHES = ("address_hash_key",)
"""What a command needs that looks for suppressed addresses."""
LINKS = ("secret_keys", "public_url")
"""What a command needs that prints a signed link."""
ADDRESSES = ("public_url",)
"""What a command needs that renders a mail: it links to our pages."""


@contextmanager
def command_context(*needed: str) -> Iterator[Context]:
    """A context from the environment. `needed` names the settings that the command uses.

    Raises Misconfigured when one of them is missing, or when the database is not current.
    """
    from newsletter.store.schema import require_current
    from newsletter.usecases.context import open_context

    settings = load_settings()
    require_shared(settings, needed)
    context = open_context(settings)
    try:
        require_current(context.database)
        yield context
    finally:
        context.database.dispose()
