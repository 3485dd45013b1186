"""The few addresses that a test or a proof goes to. They need not belong to editors."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.addresses import address_key, parse_address

MOST_COLLEAGUES = 20


def some_addresses(addresses: Sequence[str], what: str) -> list[str]:
    """Each once. `what` they get is a test or a proof. Raises InvalidInput."""
    parsed = (parse_address(one) for one in addresses if one.strip())
    found = list({address_key(one): one for one in parsed}.values())
    if not found:
        raise InvalidInput("Enter at least one address.", field="addresses")
    if len(found) > MOST_COLLEAGUES:
        raise InvalidInput(
            f"You can send a {what} to at most {MOST_COLLEAGUES} addresses.",
            advice="Subscribers get the issue itself.",
            field="addresses",
        )
    return found
