"""Client addresses are kept with the evidence of consent for a while only."""

from __future__ import annotations

from datetime import timedelta

from newsletter.domain.readers.consent import ConsentKind
from newsletter.store.readers.subscriptions import evidence_of, record_consent
from newsletter.usecases.context import Context
from newsletter.usecases.readers.forget_client_addresses import forget_client_addresses
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber


def test_old_client_addresses_are_forgotten_and_the_rest_of_the_evidence_stays(
    context: Context, clock: Clock
) -> None:
    subscription = a_subscriber(context, a_newsletter(context))
    for kind in (ConsentKind.ASKED, ConsentKind.CONFIRMED):
        with context.database.write() as session:
            record_consent(
                session,
                subscription.id,
                kind,
                at=context.now(),
                how="signup page",
                client_address="192.0.2.1",
            )
        clock.advance(timedelta(days=60))
    assert forget_client_addresses(context) == 1
    with context.database.read() as session:
        old, young = evidence_of(session, subscription.id)
    assert (old.kind, old.how, old.client_address) == ("asked", "signup page", None)
    assert young.client_address == "192.0.2.1"
    assert forget_client_addresses(context) == 0
