"""The `newsletter` command: thin doors to use cases."""

from __future__ import annotations

from newsletter.cli.root import main

__all__ = ["main"]
