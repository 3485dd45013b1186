"""How an audience is cut into batches."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks.readers import a_newsletter, add_readers, an_issue
from benchmarks.sending import freeze
from newsletter.store.models import Delivery
from newsletter.usecases.context import Context


@pytest.mark.parametrize(
    ("readers", "sizes"),
    [
        pytest.param(1, [1], id="one"),
        pytest.param(250, [100, 100, 50], id="few: not in crumbs"),
        pytest.param(4_800, [150] * 32, id="some: a share for each worker"),
        pytest.param(33_000, [1000] * 33, id="many: by the setting"),
    ],
)
def test_workers_have_a_share_of_any_audience(
    context: Context, readers: int, sizes: list[int]
) -> None:
    newsletter_id = a_newsletter(context)
    add_readers(context, newsletter_id, readers)
    freeze(context, an_issue(context, newsletter_id))

    with context.database.read() as session:
        by_batch = (
            select(func.count(Delivery.subscriber_id))
            .group_by(Delivery.batch_id)
            .order_by(Delivery.batch_id)
        )
        assert list(session.scalars(by_batch)) == sizes
