"""Drawing up the deliveries of an issue, beside the bare INSERT … SELECT of the same rows."""

from __future__ import annotations

import argparse
import time
from typing import Any

from sqlalchemy import insert, literal, null, select

from benchmarks.bench import DATABASES, a_bench
from benchmarks.readers import a_newsletter, add_readers, an_issue, count_rows
from benchmarks.results import finish, guarded, tell
from benchmarks.sending import freeze
from benchmarks.yardsticks import cpu_name
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Delivery, Edition, Subscription
from newsletter.usecases.context import Context

EMPTY = ("reply_stage", "reply_enhanced", "reply_text", "queue_id", "detail", "relay")


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.rows, options.database)
    is_good = result["deliveries"] == 3 * options.rows
    return finish("materialise", result, is_json=options.json, is_good=is_good)


def measure(rows: int, database: str) -> dict[str, Any]:
    """Bare, ours, bare: each adds to the same table, and the bare ones' mean is what counts."""
    with a_bench(database) as bench:
        context = bench.context
        tell(f"{rows:,} readers in {database} …")
        newsletter_id = a_newsletter(context)
        add_readers(context, newsletter_id, rows)
        tell("Materialising …")
        before_s = _bare(context, newsletter_id)
        ours_s = _ours(context, newsletter_id)
        after_s = _bare(context, newsletter_id)
        deliveries = count_rows(context, Delivery)
        context.database.dispose()
    bare_s = (before_s + after_s) / 2
    return {
        "seconds": round(ours_s, 3),
        "yardstick_seconds": round(bare_s, 3),
        "ratio": round(ours_s / bare_s, 3),
        "deliveries": deliveries,
        "rows": rows,
        "database": database,
        "cpu": cpu_name(),
    }


def _ours(context: Context, newsletter_id: int) -> float:
    """All of freezing: rendering, batches and deliveries, committed."""
    issue_id = an_issue(context, newsletter_id)
    started_s = time.monotonic()
    freeze(context, issue_id)
    return time.monotonic() - started_s


def _bare(context: Context, newsletter_id: int) -> float:
    edition_id = _bare_edition(context, newsletter_id)
    table = Delivery.__table__.c
    rows = select(
        literal(edition_id),
        Subscription.subscriber_id,
        Subscription.id,
        null(),
        literal(DeliveryState.PENDING.value),
        literal(context.now(), Delivery.state_at.type),
        literal(0),
        *(literal("") for _ in EMPTY),
    ).where(
        Subscription.newsletter_id == newsletter_id,
        Subscription.state == SubscriptionState.ACTIVE,
    )
    columns = [table.edition_id, table.subscriber_id, table.subscription_id, table.batch_id]
    columns += [table.state, table.state_at, table.attempts, *(table[name] for name in EMPTY)]
    started_s = time.monotonic()
    with context.database.write() as session:
        session.execute(insert(Delivery).from_select(columns, rows, include_defaults=False))
    return time.monotonic() - started_s


def _bare_edition(context: Context, newsletter_id: int) -> int:
    now = context.now()
    edition = Edition(
        issue_id=an_issue(context, newsletter_id),
        newsletter_id=newsletter_id,
        number=0,
        subject="",
        html="",
        text="",
        content={},
        active_at_freeze=0,
        frozen_at=now,
        expires_at=now,
    )
    with context.database.write() as session:
        session.add(edition)
    return edition.id


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
