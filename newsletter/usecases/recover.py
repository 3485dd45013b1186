"""After a worker died: what it had leased is free again, what it was handing over is judged."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.deliveries import UncertainPolicy
from newsletter.store import batches, leases, ledger, relay_pauses
from newsletter.store import outbox as outbox_store
from newsletter.usecases.context import Context


def recover_worker(context: Context, worker_name: str) -> int:
    """For the supervisor, once every process of that worker is gone. Returns the open messages."""
    with context.database.write() as session:
        owners = leases.owned_by_worker(session, worker_name)
        if not owners:
            return 0
        batch_ids = batches.held_by(session, owners)
        outbox_ids = outbox_store.held_by(session, owners)
        return _give_up(context, session, batch_ids, outbox_ids)


def recover_run_out(context: Context) -> int:
    """For the sweeper: whoever did not renew a lease in time is taken for dead."""
    now = context.now()
    with context.database.write() as session:
        batch_ids = batches.run_out(session, now)
        outbox_ids = outbox_store.run_out(session, now)
        return _give_up(context, session, batch_ids, outbox_ids)


def try_relay_again(context: Context) -> None:
    """For a worker that starts: perhaps it was the settings, and they are right now."""
    with context.database.write() as session:
        relay_pauses.forget_trouble(session)


def _give_up(
    context: Context, session: Session, batch_ids: list[int], outbox_ids: list[int]
) -> int:
    now = context.now()
    resend = context.settings.uncertain is UncertainPolicy.RESEND
    opened = ledger.give_up_open_windows(session, batch_ids, now, resend=resend)
    batches.free(session, batch_ids)
    for batch_id in batch_ids:
        batches.close_if_done(session, batch_id, now)
    outbox_store.give_up(session, outbox_ids, now)
    return opened + len(outbox_ids)
