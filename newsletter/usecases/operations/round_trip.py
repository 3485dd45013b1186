"""A message to our own bounce domain, by way of the relay: whether it comes in at our door."""

from __future__ import annotations

import secrets
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from newsletter.domain.errors import Misconfigured
from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.relay import relay_from
from newsletter.mail.smtp.timeouts import timeouts_from
from newsletter.mail.smtp.trial import hand_over
from newsletter.mail.verp import verp_sender
from newsletter.store.feedback.arrivals import has_arrived
from newsletter.usecases.context import Context

PATIENCE_S = 60.0
_POLL_S = 0.5
_KIND = "t"  # a trip: no copy and no other mail has it
_WHY = "Bounces don't come back either, so dead addresses stay on the list."


def round_trip(context: Context, sender: str, patience_s: float = PATIENCE_S) -> Diagnosis:
    """Waits until it has come back, or `patience_s`."""
    check, domain = "round-trip", context.settings.bounce_domain
    if not domain or not context.settings.has_inbound_door:
        return unknown(
            check,
            domain or "BOUNCE_DOMAIN",
            "No door is open for mail that comes back.",
            "Set BOUNCE_DOMAIN and open a door: see “Mail that comes back” in docs/runbook.md.",
        )
    token = secrets.randbelow(10**12)
    address = verp_sender(_KIND, (token,), domain, context.settings.secret_keys)
    try:
        trouble = _send(context, sender, address)
    except Misconfigured as error:
        trouble = str(error)
    if trouble:
        return Diagnosis(Health.ERROR, check, domain, f"It could not be sent: {trouble}", _WHY)
    if _comes_back(context, address, patience_s):
        return good(check, domain, "A message to it came in at our door.")
    return Diagnosis(
        Health.ERROR,
        check,
        domain,
        f"A message to it did not come in within {patience_s:g} seconds.",
        _WHY,
        "Follow the MX record to its server, and let that hand mail for the domain to the door.",
    )


def _send(context: Context, sender: str, address: str) -> str:
    """Why it was not taken, "" if it was. With the null reverse-path: it must never bounce."""
    return hand_over(
        relay_from(context.settings),
        timeouts_from(context.settings),
        Envelope("", address),
        _message(context, sender, address),
    )


def _message(context: Context, sender: str, address: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(context.now())
    message["From"] = sender
    message["To"] = address
    message["Subject"] = "Round trip"
    message["Message-ID"] = f"<{secrets.token_hex(12)}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("The doctor looks whether mail comes back. Nothing has to be done.\n")
    return message.as_bytes()


def _comes_back(context: Context, address: str, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with context.database.read() as session:
            if has_arrived(session, address):
                return True
        time.sleep(_POLL_S)
    return False
