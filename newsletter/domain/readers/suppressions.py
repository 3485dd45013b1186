"""Which suppressions can be lifted, and what it takes."""

from __future__ import annotations

from collections.abc import Collection

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.readers.consent import SuppressionReason


def require_liftable(reasons: Collection[SuppressionReason], *, is_confirmed: bool) -> None:
    """`is_confirmed`: the address was typed again. Raises Conflict, and InvalidInput without it."""
    if not reasons:
        raise Conflict("This address is not suppressed.")
    if SuppressionReason.ERASED in reasons:
        raise Conflict(
            "This person was erased. You can't lift that.",
            advice="Their wish to be forgotten holds for this address for good.",
        )
    if needs_confirmation(reasons) and not is_confirmed:
        raise InvalidInput(
            "This person reported your email as spam. Nothing was changed.",
            advice="Lift this only if they asked for it since. Type the address to confirm.",
            field="address",
        )


def needs_confirmation(reasons: Collection[SuppressionReason]) -> bool:
    """Mail to someone who complained harms every other reader's copy."""
    return SuppressionReason.COMPLAINT in reasons


def can_be_lifted(reasons: Collection[SuppressionReason]) -> bool:
    return bool(reasons) and SuppressionReason.ERASED not in reasons
