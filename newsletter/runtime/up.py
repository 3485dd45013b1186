"""`newsletter up`: the whole house on one machine, from a look at its settings to its end."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.config import PROJECT_ROOT, Settings, load_settings
from newsletter.delivery.recover import recover_worker
from newsletter.domain.errors import Misconfigured
from newsletter.mail.dkim.signers import signers_from
from newsletter.mail.smtp.relay import relay_from
from newsletter.rendering.template_checks.checks import require_sound_templates
from newsletter.runtime.children import Child, OrphanWatch
from newsletter.runtime.environment import environment_of
from newsletter.runtime.shared_settings import (
    forget_last_run,
    is_loopback,
    make_secrets,
    own_address,
    told_to_commands,
)
from newsletter.runtime.single import listen, only_one
from newsletter.runtime.supervisor import StopRequest, Supervisor
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.schema import migrate
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.operations.first_start import FirstStart, prepare_first_start

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 20.0
WEB_THREADS = 8
QUEUE_PREFETCH = "8"
LAST_WORKER_FILE = "worker.name"

WEB, WORKER, TICKER, SANDBOX, VALKEY = "web", "worker", "ticker", "sandbox", "valkey"


@dataclass(frozen=True, slots=True)
class Opening:
    """What there is to tell once everything answers."""

    settings: Settings
    first_start: FirstStart
    log_dir: Path


def run_house(
    environment: Mapping[str, str],
    stop: StopRequest,
    opened: Callable[[Opening], None],
    say: Callable[[str], None],
) -> bool:
    """Runs until `stop`; False when children had to be killed. Raises NewsletterError at the start.

    Nothing is started before the settings, the lock and the port are known to be good.
    """
    settings = load_settings(environment)
    with ExitStack() as at_the_end, stop.listening():
        lock = at_the_end.enter_context(only_one(settings.var_dir))
        forget_last_run(settings.var_dir)
        make_secrets(settings.var_dir, environment)
        settings = own_address(_checked(load_settings(environment)), environment)
        listener = at_the_end.enter_context(listen(settings.host, settings.port))
        if not settings.port:
            settings = own_address(replace(settings, port=listener.getsockname()[1]), environment)
        watch = OrphanWatch(lock)
        at_the_end.callback(watch.close)
        house = _House(settings, environment, Supervisor(stop, watch, say), watch)
        at_the_end.callback(house.put_away)
        return house.run(listener, stop, opened, say)


def _checked(settings: Settings) -> Settings:
    if settings.smtp_url:
        relay_from(settings)
    elif not is_loopback(settings.host):
        raise Misconfigured(
            f"HOST is {settings.host}, but without SMTP_URL all mail goes to the sandbox page. "
            "Everyone who can reach this machine could read it, including sign-in links.",
            advice="Set SMTP_URL to a relay, or unset HOST.",
        )
    signers_from(settings)
    require_sound_templates(settings.templates_dir)
    return settings


class _House:
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
        self._worker_name = ""

    def run(
        self,
        listener: socket.socket,
        stop: StopRequest,
        opened: Callable[[Opening], None],
        say: Callable[[str], None],
    ) -> bool:
        try:
            ready = self._start_services()
            context = open_context(self._settings)
            with told_to_commands(self._settings, self._environment):
                first_start = self._prepare(context)
                for wait_until_ready in ready:
                    wait_until_ready()
                if not stop.is_made:
                    self._start_processes(context, listener)
                if not stop.is_made:
                    opened(Opening(self._settings, first_start, self._log_dir))
                self._supervisor.run()
                say("Stopping after the mail being sent. Press Ctrl-C again to kill.")
        finally:
            clean = self._stop()
        return clean

    def put_away(self) -> None:
        if self._valkey is not None:
            self._valkey.remove_socket()

    @property
    def _log_dir(self) -> Path:
        return self._settings.var_dir / "log"

    def _start_services(self) -> list[Callable[[], None]]:
        """What to call before anybody needs them: the database is prepared in the meantime."""
        ready = []
        if not self._settings.redis_url:
            ready.append(self._start_valkey())
        if not self._settings.smtp_url:
            ready.append(self._start_sandbox())
        return ready

    def _start_valkey(self) -> Callable[[], None]:
        self._valkey = valkey = EmbeddedValkey(self._settings.var_dir / "valkey")
        self._watch.removes_at_last(valkey.socket_dir)
        child = self._child(VALKEY, valkey.command())
        self._supervisor.start(child)
        self._settings = replace(self._settings, redis_url=valkey.url)
        return lambda: valkey.wait_until_ready(lambda: child.is_running)

    def _start_sandbox(self) -> Callable[[], None]:
        port = _free_port()
        command = [sys.executable, "-m", "newsletter.runtime.sandbox.process"]
        child = self._child(SANDBOX, [*command, str(self._settings.sandbox_dir), str(port)])
        self._supervisor.start(child)
        self._settings = replace(self._settings, sandbox_smtp_url=f"smtp://127.0.0.1:{port}")
        return lambda: self._supervisor.wait_for(child, lambda: _answers(port), START_PATIENCE_S)

    def _prepare(self, context: Context) -> FirstStart:
        migrate(context.database)
        last = self._last_worker_file
        if last.exists():
            recover_worker(context, last.read_text(encoding="utf-8").strip())
        return prepare_first_start(context)

    def _start_processes(self, context: Context, listener: socket.socket) -> None:
        settings = self._settings
        gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}"]
        gunicorn += ["--worker-class", "gthread", "--threads", str(WEB_THREADS)]
        gunicorn += ["--workers", "1", "--no-control-socket"]
        web = self._child(WEB, [*gunicorn, "wsgi:app"], pass_fds=(listener.fileno(),))
        dramatiq = [sys.executable, "-m", "dramatiq", "worker"]
        dramatiq += ["--processes", str(settings.worker_processes)]
        dramatiq += ["--threads", str(settings.worker_threads)]
        worker = self._child(WORKER, dramatiq)
        worker.environment = self._worker_environment
        worker.after_death = lambda: _discard(recover_worker(context, self._worker_name))
        self._supervisor.start(web)
        self._supervisor.start(worker)
        self._supervisor.start(self._child(TICKER, [*_newsletter(), "tick"]))
        # The context's own connections must not be held by a process that only watches.
        context.database.dispose()
        self._supervisor.wait_for(web, lambda: _is_healthy(settings), START_PATIENCE_S)

    def _stop(self) -> bool:
        drain_s = max(self._settings.smtp_final_timeout.total_seconds(), STOP_PATIENCE_S)
        clean = self._supervisor.stop([WEB, WORKER, TICKER], patience_s=drain_s)
        return self._supervisor.stop([SANDBOX], [VALKEY], patience_s=STOP_PATIENCE_S) and clean

    def _child(self, name: str, command: list[str], pass_fds: tuple[int, ...] = ()) -> Child:
        return Child(
            name=name,
            command=command,
            environment=self._child_environment,
            log=self._log_dir / f"{name}.log",
            pass_fds=pass_fds,
        )

    def _child_environment(self) -> dict[str, str]:
        """wsgi.py and worker.py are found by PYTHONPATH: relative paths in settings stay right."""
        path = os.pathsep.join(
            filter(None, (str(PROJECT_ROOT), self._environment.get("PYTHONPATH")))
        )
        return {**self._environment, **environment_of(self._settings), "PYTHONPATH": path}

    def _worker_environment(self) -> dict[str, str]:
        """A name of its own for each start: nobody else ever holds a lease under it."""
        self._worker_name = f"up-{socket.gethostname()}-{secrets.token_hex(4)}"
        self._last_worker_file.write_text(self._worker_name, encoding="utf-8")
        return {
            **self._child_environment(),
            "WORKER_NAME": self._worker_name,
            "dramatiq_queue_prefetch": QUEUE_PREFETCH,
        }

    @property
    def _last_worker_file(self) -> Path:
        return self._settings.var_dir / LAST_WORKER_FILE


def _newsletter() -> list[str]:
    return [sys.executable, "-m", "newsletter.cli"]


def _discard(_: object) -> None:
    """For callbacks that return nothing."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _is_healthy(settings: Settings) -> bool:
    host = settings.host if is_loopback(settings.host) else "127.0.0.1"
    connection = http.client.HTTPConnection(host, settings.port, timeout=2)
    try:
        connection.request(
            "GET", "/healthz", headers={"Host": urlsplit(settings.public_url).netloc}
        )
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
