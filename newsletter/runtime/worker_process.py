"""A worker as a single process, supervised by `newsletter up`.

Dramatiq's command would add its own supervisor, which takes 13 MB.
"""

from __future__ import annotations

import signal
import threading

import dramatiq


def work(broker: dramatiq.Broker, threads: int) -> None:
    """Works until SIGTERM, then finishes what is on the wire."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_threads=threads)
    worker.start()
    stop.wait()
    worker.stop()
    broker.close()
