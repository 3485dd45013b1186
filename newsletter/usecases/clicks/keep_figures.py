"""Counts what no page should count: days that are over, the figures of issues that have ended,
and when subscribers last got one.
"""

from __future__ import annotations

from datetime import timedelta

from newsletter.store.clicks import edition_domains, reader_days
from newsletter.store.sending import kept_figures, last_mailed
from newsletter.store.sending.ledger import has_open
from newsletter.usecases.context import Context

RECOUNTED_FOR = timedelta(hours=3)
"""The ticker comes by each hour."""


def keep_figures(context: Context) -> None:
    _keep_days(context)
    _keep_domains(context)
    _keep_reports(context)
    note_mailed(context)


def note_mailed(context: Context) -> None:
    """Who got the issues that have ended. Portion by portion, as there may be a million."""
    now = context.now()
    with context.database.read() as session:
        ended = last_mailed.editions_to_note(session)
        editions = [one for one in ended if not has_open(session, one)]
    for edition_id in editions:
        after: int | None = 0
        while after is not None:
            with context.database.write() as session:
                after = last_mailed.note_copies(session, edition_id, after)
        with context.database.write() as session:
            last_mailed.note_edition(session, edition_id, now)


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


def _keep_reports(context: Context) -> None:
    with context.database.read() as session:
        editions = kept_figures.editions_to_keep(session, context.now() - RECOUNTED_FOR)
    for edition_id in editions:
        with context.database.read() as session:
            counted = kept_figures.count_figures(session, edition_id)
        with context.database.write() as session:
            kept_figures.keep_figures_of(session, edition_id, counted)
