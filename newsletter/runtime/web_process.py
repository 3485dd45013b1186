"""The web server as a single process, supervised by `newsletter up`.

Gunicorn's command would add its own supervisor, which takes 13 MB.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.sock import create_sockets

from newsletter.runtime.web_worker import WebWorker

THREADS = 8


def serve(app: Callable[..., Any], listener: int) -> None:
    """Serves on the descriptor `listener` until SIGTERM, then finishes open requests.

    Also ends when its parent process does.
    """
    application = _Application(app, listener)
    cfg = application.cfg
    log = cfg.logger_class(cfg)
    sockets = create_sockets(cfg, log)
    worker = WebWorker(1, os.getppid(), sockets, application, cfg.timeout / 2, cfg, log)
    worker.pid = os.getpid()
    worker.init_process()


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Callable[..., Any], listener: int) -> None:
        self._app = app
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"fd://{self._listener}")
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", THREADS)

    def load(self) -> Callable[..., Any]:
        return self._app
