"""Dramatiq actors, thin doors to use cases. `declare(broker, context)` registers them."""

from newsletter.tasks.actors import declare
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups

__all__ = ["Wakeups", "declare", "open_broker"]
