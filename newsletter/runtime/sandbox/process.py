"""The mail sandbox as a process. Arguments: DIRECTORY PORT. Imports little, to start fast."""

from __future__ import annotations

import sys
from pathlib import Path

from newsletter.domain.errors import NewsletterError
from newsletter.runtime.private_files import keep_files_private
from newsletter.runtime.sandbox.server import serve_sandbox
from newsletter.runtime.sandbox.simulator import simulated_reply


def main() -> None:
    keep_files_private()
    directory, port = sys.argv[1:]
    try:
        serve_sandbox(Path(directory), "127.0.0.1", int(port), simulated_reply)
    except NewsletterError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
