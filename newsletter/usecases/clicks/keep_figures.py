"""Counts what no page should count: days that are over, and domains of issues that have ended."""

from __future__ import annotations

from datetime import timedelta

from newsletter.store.clicks import edition_domains, reader_days
from newsletter.usecases.context import Context

RECOUNTED_FOR = timedelta(hours=3)
"""The ticker comes by each hour."""


def keep_figures(context: Context) -> None:
    _keep_days(context)
    _keep_domains(context)


def _keep_days(context: Context) -> None:
    """Once a day, all of them. Counted outside the transaction that keeps them."""
    today = context.now().date()
    with context.database.read() as session:
        last = reader_days.last_kept_day(session)
        if last == today - timedelta(days=1):
            return
        counts = reader_days.count_days(session, before=today)
    with context.database.write() as session:
        reader_days.keep_days(session, counts)


def _keep_domains(context: Context) -> None:
    with context.database.read() as session:
        ended_since = context.now() - RECOUNTED_FOR
        editions = edition_domains.editions_to_count(session, ended_since)
    for edition_id in editions:
        with context.database.read() as session:
            counts = edition_domains.count_domains(session, edition_id)
        with context.database.write() as session:
            edition_domains.keep_domains(session, edition_id, counts)
