"""`newsletter tick`: the ticker as a process of its own."""

from __future__ import annotations

import signal
import threading

import click


@click.command()
def tick() -> None:
    """Run the ticker, which wakes workers for due work.

    At least one ticker must run beside web and workers. You can run more, on any machine.
    """
    from newsletter.runtime.entry import checked_settings
    from newsletter.runtime.ticker import run_ticker
    from newsletter.tasks.broker import open_broker
    from newsletter.tasks.wakeups import Wakeups
    from newsletter.usecases.context import open_context

    context = open_context(checked_settings())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_ticker(context, Wakeups(open_broker(context.settings)), stop)
    context.database.dispose()
