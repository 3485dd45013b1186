"""The Dramatiq entry: `dramatiq worker`. The broker first, then the actors that belong to it.

`newsletter up` starts it as a program, once for each worker process.
"""

import dramatiq

from newsletter.runtime.entry import exit_with_message
from newsletter.runtime.loaded_once import keep_what_is_loaded
from newsletter.runtime.renderer_entry import checked_sender_settings
from newsletter.runtime.ticker import TickerThread
from newsletter.tasks.actors import declare
from newsletter.tasks.broker import open_broker
from newsletter.usecases.context import open_context

with exit_with_message(exit_code=1):
    settings = checked_sender_settings()
    broker = open_broker(settings)
    # The command line asks Dramatiq for its broker, and would get a default one of its own.
    dramatiq.set_broker(broker)
    context = open_context(settings)
    wakeups = declare(broker, context)
    if settings.worker_ticks:
        broker.add_middleware(TickerThread(context, wakeups))
keep_what_is_loaded()

if __name__ == "__main__":
    from newsletter.runtime.worker_process import work

    work(broker, settings.worker_threads)
