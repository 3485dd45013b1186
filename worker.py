"""The Dramatiq entry: `dramatiq worker`. The broker first, then the actors that belong to it."""

from newsletter.config import load_settings, require_relay, require_shared
from newsletter.tasks import declare, open_broker
from newsletter.telemetry import configure_logging
from newsletter.usecases.context import open_context

settings = load_settings()
require_shared(settings)
require_relay(settings)
configure_logging()
broker = open_broker(settings)
wakeups = declare(broker, open_context(settings))
