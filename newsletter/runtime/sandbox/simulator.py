"""Addresses that the sandbox refuses as real mail servers do, so that bounces can be tried out.

As Amazon SES has them at simulator.amazonses.com. The domain is reserved [RFC 2606], and
`bounce+2@…` is another address that bounces.
"""

from __future__ import annotations

SIMULATED_DOMAIN = "sandbox.example"


_REPLIES = {
    "bounce": "550 5.1.1 No such user here",
    "full": "552 5.2.2 The mailbox is full",
    "busy": "450 4.2.1 The mailbox is busy, try again later",
}
"""To RCPT, by what the address has before the @."""


def simulated_reply(address: str) -> str:
    """Empty for an address that is accepted."""
    name, _, domain = address.lower().rpartition("@")
    return _REPLIES.get(name.partition("+")[0], "") if domain == SIMULATED_DOMAIN else ""
