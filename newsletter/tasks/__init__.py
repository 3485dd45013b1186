"""Dramatiq actors, thin doors to use cases. `declare(broker, context)` registers them."""

from newsletter.tasks.wakeups import Wakeups, declare

__all__ = ["Wakeups", "declare"]
