"""The Dramatiq entry: `dramatiq worker`. The broker first, then the actors that belong to it."""

from newsletter.runtime.entry import checked_sender_settings, told_in_words
from newsletter.tasks import declare, open_broker
from newsletter.usecases.context import open_context

with told_in_words(exit_code=1):
    settings = checked_sender_settings()
    broker = open_broker(settings)
    wakeups = declare(broker, open_context(settings))
