"""`newsletter up`: runs all processes on one machine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.config import PROJECT_ROOT, Settings, load_settings
from newsletter.domain.errors import Misconfigured
from newsletter.runtime.children import Child, OrphanWatch
from newsletter.runtime.environment import environment_of
from newsletter.runtime.preparation import preparing
from newsletter.runtime.private_files import open_folder_warning
from newsletter.runtime.probes import answers, free_port, is_healthy
from newsletter.runtime.shared_settings import (
    forget_last_run,
    is_loopback,
    make_secret,
    make_secrets,
    publish_settings,
    with_public_url,
)
from newsletter.runtime.single import listen, single_instance
from newsletter.runtime.supervisor import StopRequest, Supervisor
from newsletter.runtime.valkey import EmbeddedValkey

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
QUEUE_PREFETCH = "8"
THRIFTY_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""The C library has eight arenas a core by default, and each keeps its freed memory."""
WORKER_NAMES_FILE = "worker.name"

WEB, WORKER, SANDBOX, VALKEY = "web", "worker", "sandbox", "valkey"
INBOUND = "inbound"


@dataclass(frozen=True, slots=True)
class Started:
    """What the start page shows once all processes answer."""

    settings: Settings
    sign_in_url: str | None
    log_dir: Path


def run_all(
    environment: Mapping[str, str],
    stop: StopRequest,
    started: Callable[[Started], None],
    say: Callable[[str], None],
) -> bool:
    """Runs until `stop`. False if children had to be killed. Raises NewsletterError at the start.

    Calls `started` when all processes answer, and `say` with messages for the terminal. Starts no
    process that stays before it has checked the settings, the lock and the port.
    """
    settings = load_settings(environment)
    with ExitStack() as at_the_end, stop.listening():
        lock = at_the_end.enter_context(single_instance(settings.var_dir))
        forget_last_run(settings.var_dir)
        if warning := open_folder_warning(settings.var_dir):
            say(warning)
        make_secrets(settings.var_dir, environment)
        settings = load_settings(environment)
        _require_safe_host(settings)
        settings = with_public_url(settings, environment)
        listener = at_the_end.enter_context(listen(settings.host, settings.port))
        if not settings.port:
            settings = with_public_url(
                replace(settings, port=listener.getsockname()[1]), environment
            )
        watch = OrphanWatch(lock)
        at_the_end.callback(watch.close)
        processes = _Processes(settings, environment, Supervisor(stop, watch, say), watch)
        at_the_end.callback(processes.close)
        return processes.run(listener, stop, started, say)


def _require_safe_host(settings: Settings) -> None:
    if not settings.smtp_url and not is_loopback(settings.host):
        raise Misconfigured(
            f"HOST is {settings.host}, but without SMTP_URL all mail goes to the sandbox page. "
            "Everyone who can reach this machine could read it, including sign-in links.",
            advice="Set SMTP_URL to a relay, or unset HOST.",
        )
    if not settings.trusted_proxies and not is_loopback(settings.host):
        raise Misconfigured(
            f"HOST is {settings.host}, but TRUSTED_PROXIES is 0: passwords and subscribers would "
            "cross the network unencrypted.",
            advice="Unset HOST and put nginx or Caddy with TLS in front (see docs/deploy.md). If "
            "one on another machine already is, set TRUSTED_PROXIES to 1.",
        )


class _Processes:
    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        supervisor: Supervisor,
        watch: OrphanWatch,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._supervisor = supervisor
        self._watch = watch
        self._valkey: EmbeddedValkey | None = None
        self._worker_names: dict[str, str] = {}

    def run(
        self,
        listener: socket.socket,
        stop: StopRequest,
        started: Callable[[Started], None],
        say: Callable[[str], None],
    ) -> bool:
        try:
            with preparing(self._watch, self._child_environment(), *self._start_task()) as answer:
                ready = self._start_services(answer())
                sign_in_url = answer()["sign_in_url"]
            with publish_settings(self._settings, self._environment):
                for wait_until_ready in ready:
                    wait_until_ready()
                if not stop.is_made:
                    self._start_processes(listener)
                if not stop.is_made:
                    started(Started(self._settings, sign_in_url, self._log_dir))
                self._supervisor.run()
                say("Stopping after the mail being sent. Press Ctrl-C again to kill.")
        finally:
            clean = self._stop()
        return clean

    def close(self) -> None:
        if self._valkey is not None:
            self._valkey.remove_socket()

    @property
    def _log_dir(self) -> Path:
        return self._settings.var_dir / "log"

    def _start_services(self, checked: Mapping[str, Any]) -> list[Callable[[], None]]:
        """Starts queue and sandbox. Returns functions that wait until they are ready."""
        ready = []
        if not self._settings.redis_url:
            ready.append(self._start_valkey(Path(checked["valkey"])))
        if not self._settings.smtp_url:
            ready.append(self._start_sandbox())
        return ready

    def _start_valkey(self, program: Path) -> Callable[[], None]:
        self._valkey = valkey = EmbeddedValkey(self._settings.var_dir / "valkey", program)
        self._watch.remove_at_end(valkey.socket_dir)
        child = self._child(VALKEY, valkey.command())
        child.before_start = valkey.make_directories
        child.is_reachable = valkey.socket.exists
        self._supervisor.start(child)
        self._settings = replace(self._settings, redis_url=valkey.url)
        return lambda: valkey.wait_until_ready(lambda: child.is_running)

    def _start_sandbox(self) -> Callable[[], None]:
        port = free_port()
        command = [*_module("newsletter.runtime.sandbox.process"), str(self._settings.sandbox_dir)]
        child = self._child(SANDBOX, [*command, str(port)])
        self._supervisor.start(child)
        self._settings = replace(
            self._settings,
            sandbox_smtp_url=f"smtp://127.0.0.1:{port}",
            sandbox_key=make_secret() if is_loopback(self._settings.public_host) else "",
        )
        return lambda: self._supervisor.wait_for(child, lambda: answers(port), START_TIMEOUT_S)

    def _start_task(self) -> list[str]:
        file = self._worker_names_file
        return ["start", *(file.read_text(encoding="utf-8").split() if file.exists() else [])]

    def _start_processes(self, listener: socket.socket) -> None:
        listening = listener.fileno()
        web = self._child(WEB, [*_module("wsgi"), str(listening)], pass_fds=(listening,))
        self._supervisor.start(web)
        for worker in self._workers():
            self._supervisor.start(worker)
        if self._settings.has_inbound_door:
            self._supervisor.start(
                self._child(INBOUND, _module("newsletter.runtime.inbound.process"))
            )
        self._supervisor.wait_for(web, self._is_web_healthy, START_TIMEOUT_S)

    def _workers(self) -> list[Child]:
        """One child for each worker process, so that each is recovered separately."""
        workers = [self._child(name, _module("worker")) for name in self._worker_children]
        for worker in workers:
            worker.environment = partial(self._worker_environment, worker.name)
            worker.after_death = partial(self._recover_worker, worker.name)
        return workers

    @property
    def _worker_children(self) -> list[str]:
        """worker, worker-2, worker-3 …"""
        others = range(2, self._settings.worker_processes + 1)
        return [WORKER, *(f"{WORKER}-{number}" for number in others)]

    def _recover_worker(self, child: str) -> None:
        task = ("recover", self._worker_names[child])
        with preparing(self._watch, self._child_environment(), *task) as answer:
            answer()

    def _is_web_healthy(self) -> bool:
        settings = self._settings
        host = settings.host if is_loopback(settings.host) else "127.0.0.1"
        return is_healthy(host, settings.port, urlsplit(settings.public_url).netloc)

    def _stop(self) -> bool:
        drain_s = max(self._settings.smtp_final_timeout.total_seconds(), STOP_TIMEOUT_S)
        clean = self._supervisor.stop([WEB, INBOUND, *self._worker_children], patience_s=drain_s)
        return self._supervisor.stop([SANDBOX], [VALKEY], patience_s=STOP_TIMEOUT_S) and clean

    def _child(self, name: str, command: list[str], pass_fds: tuple[int, ...] = ()) -> Child:
        return Child(
            name=name,
            command=command,
            environment=self._child_environment,
            log=self._log_dir / f"{name}.log",
            pass_fds=pass_fds,
        )

    def _child_environment(self) -> dict[str, str]:
        """PYTHONPATH finds wsgi.py and worker.py, so that relative paths in settings stay valid."""
        path = os.pathsep.join(
            filter(None, (str(PROJECT_ROOT), self._environment.get("PYTHONPATH")))
        )
        return {
            **THRIFTY_MALLOC,
            **self._environment,
            **environment_of(self._settings),
            "PYTHONPATH": path,
        }

    def _worker_environment(self, child: str) -> dict[str, str]:
        """A new worker name for each start, so that no other process has leases under it."""
        self._worker_names[child] = f"up-{socket.gethostname()}-{os.urandom(4).hex()}"
        lines = "\n".join(self._worker_names.values())
        self._worker_names_file.write_text(lines, encoding="utf-8")
        return {
            **self._child_environment(),
            "WORKER_NAME": self._worker_names[child],
            "WORKER_TICKS": "on",
            "dramatiq_queue_prefetch": QUEUE_PREFETCH,
        }

    @property
    def _worker_names_file(self) -> Path:
        return self._settings.var_dir / WORKER_NAMES_FILE


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]
