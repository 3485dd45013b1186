"""The Dramatiq entry: `dramatiq worker`. The broker first, then the actors that belong to it."""

import dramatiq

from newsletter.runtime.entry import checked_sender_settings, told_in_words
from newsletter.tasks import declare, open_broker
from newsletter.usecases.context import open_context

with told_in_words(exit_code=1):
    settings = checked_sender_settings()
    broker = open_broker(settings)
    # The command line asks Dramatiq for its broker, and would get a default one of its own.
    dramatiq.set_broker(broker)
    wakeups = declare(broker, open_context(settings))
