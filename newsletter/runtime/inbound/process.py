"""The doors for mail as a process of `newsletter up`."""

from __future__ import annotations

from newsletter.runtime.entry import checked_settings, exit_with_message
from newsletter.runtime.inbound.serve import serve_inbound
from newsletter.usecases.context import open_context


def main() -> None:
    with exit_with_message(1):
        context = open_context(checked_settings())
        try:
            serve_inbound(context)
        finally:
            context.database.dispose()


if __name__ == "__main__":
    main()
