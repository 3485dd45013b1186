"""Recovery after a worker died: its leases are cleared and its open deliveries settled."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.delivery.judge_attempt import judge_attempt
from newsletter.delivery.notice_restore import record_unknown_acceptances
from newsletter.domain.delivery.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.delivery.outcomes import RelayTrouble, Uncertain
from newsletter.spool.journal import Evidence, dead_owners, forget_evidence, read_evidence
from newsletter.store import leases
from newsletter.store import outbox as outbox_store
from newsletter.store.sending import batches, learned_paces, ledger, relay_pauses, windows
from newsletter.store.sending.ledger import AttemptRecord, OpenLine
from newsletter.usecases.context import Context


def recover_worker(context: Context, worker_name: str) -> int:
    """Call it when every process of that worker is gone, as the supervisor does.

    Returns how many messages have no known outcome.
    """
    with context.database.read() as session:
        owners = leases.owned_by_worker(session, worker_name)
    return _recover_owners(context, owners)


def recover_dead_workers(context: Context) -> int:
    """Recovers processes of this machine that left only a journal. Returns as `recover_worker`."""
    return _recover_owners(context, dead_owners(context.settings.journal_path))


def recover_expired_leases(context: Context) -> int:
    """Treats every owner of an expired lease as dead. Returns as `recover_worker`."""
    now = context.now()
    longest = now + context.settings.lease_duration + leases.CLOCKS_DIFFER_BY
    with context.database.write() as session:
        batch_ids = batches.expired_leases(session, now, longest)
        outbox_ids = outbox_store.expired_leases(session, now, longest)
        return _release(context, session, batch_ids, outbox_ids)


def try_relay_again(context: Context) -> None:
    """Call it when a worker starts: the settings may have been corrected."""
    with context.database.write() as session:
        relay_pauses.clear_all_trouble(session)
        learned_paces.forget_all_paces(session)


def _recover_owners(context: Context, owners: list[str]) -> int:
    if not owners:
        return 0
    with context.database.write() as session:
        batch_ids = batches.leased_by(session, owners)
        outbox_ids = outbox_store.leased_by(session, owners)
        record_unknown_acceptances(context, session, owners)
        unknown = _release(context, session, batch_ids, outbox_ids)
    for owner in owners:
        forget_evidence(context.settings.journal_path, owner)
    return unknown


def _release(
    context: Context, session: Session, batch_ids: list[int], outbox_ids: list[int]
) -> int:
    now = context.now()
    unknown = _settle_open_lines(context, session, batch_ids)
    batches.clear_leases(session, batch_ids)
    for batch_id in batch_ids:
        batches.close_if_done(session, batch_id, now)
    outbox_store.requeue_interrupted(session, outbox_ids, now)
    return unknown + len(outbox_ids)


def _settle_open_lines(context: Context, session: Session, batch_ids: list[int]) -> int:
    """Copies the journals' outcomes into the ledger. Returns how many are unknown."""
    directory = context.settings.journal_path
    evidence: dict[str, Evidence] = {}
    by_batch: dict[tuple[int, int], list[tuple[int, AttemptRecord]]] = {}
    unknown = 0
    for line in ledger.open_lines(session, batch_ids):
        if line.owner not in evidence:
            evidence[line.owner] = read_evidence(directory, line.owner)
        record, is_known = _record_of(context, line, evidence[line.owner])
        unknown += not is_known
        by_batch.setdefault((line.edition_id, line.batch_id), []).append(
            (line.subscriber_id, record)
        )
    for (edition_id, batch_id), records in by_batch.items():
        windows.record_window(session, edition_id, batch_id, records, context.now())
    return unknown


def _record_of(context: Context, line: OpenLine, evidence: Evidence) -> tuple[AttemptRecord, bool]:
    outcome = evidence.of((line.edition_id, line.subscriber_id, line.attempts))
    if outcome is None or isinstance(outcome, RelayTrouble):
        return AttemptRecord(DeliveryState.PENDING, is_attempt=False), True
    if not isinstance(outcome, Uncertain):
        record = judge_attempt(
            context.settings,
            outcome,
            line.attempts,
            context.now(),
            line.expires_at,
            context.draw(),
        )
        return record, True
    if context.settings.uncertain is UncertainPolicy.RESEND:
        # At once: the relay had no trouble.
        detail = f"{outcome.detail} It is sent again with the same Message-ID."
        return AttemptRecord(DeliveryState.PENDING, detail=detail), False
    detail = f"{outcome.detail} It is held for an editor."
    return AttemptRecord(DeliveryState.UNCERTAIN, detail=detail), False
