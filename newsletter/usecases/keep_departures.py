"""Writes to the file of departures who left in a transaction that was just committed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter import telemetry
from newsletter.config import Settings
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.departures import Departure
from newsletter.spool.departures import append_departures
from newsletter.store.readers.departures import noted_departures


def keep_departures(settings: Settings, session: Session) -> None:
    """They have left, whatever becomes of the file: a full disk is only recorded."""
    noted = noted_departures(session)
    if not noted:
        return
    key = settings.address_hash_key.encode()
    departures = [
        Departure(
            kind=one.kind,
            row_id=one.row_id,
            at=one.at,
            address_hash=one.address_hash or hashed_address(one.address, key).current,
            reason=one.reason,
            newsletter_id=one.newsletter_id,
        )
        for one in noted
    ]
    try:
        append_departures(settings.departures_path, departures)
    except OSError as error:
        with telemetry.wide_event("departures can't be written") as event:
            event.add(count=len(departures), reason=error.strerror or str(error))
