"""Reports through the door for mail, beside a bare aiosmtpd that stores nothing, in one run.

    python -m benchmarks.inbound [--reports 100000] [--connections 20] [--kills 20] [--database URL]

While the reports come in, the door is killed with SIGKILL and started again. A sender without an
answer sends the report again, as mail servers do. At the end, each report that was answered with
250 and is no row is lost. The database must be empty; without one, it is an SQLite file of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select

from newsletter.mail.verp import verp_sender
from newsletter.store.database import Database
from newsletter.store.models import InboundMessage
from newsletter.store.schema import migrate

KEY = "a-secret-of-the-benchmark"
DOMAIN = "bounce.example.org"
BARE = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Taker:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 Ok"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Taker()), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Load:
    reports: int
    connections: int
    kills: int = 0


class Server:
    """A process that listens on a port of its own until it is killed."""

    def __init__(self, command: list[str], environment: dict[str, str], port: int) -> None:
        self._command = command
        self._environment = os.environ | environment
        self.port = port
        self.down_s = 0.0
        """From kills until it listened again."""
        self._start()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def kill_and_restart(self) -> None:
        began_s = time.monotonic()
        self.kill()
        self._start()
        self.down_s += time.monotonic() - began_s

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stderr=subprocess.DEVNULL
        )
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    load = Load(given.reports, given.connections, given.kills)
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/newsletter.db"
        database = Database(url)
        migrate(database)
        port = _free_port()
        bare = Server([sys.executable, "-c", BARE, str(port)], {}, port)
        bare_rate = _rate(bare, replace(load, kills=0))
        port = _free_port()
        command = [sys.executable, "-m", "newsletter.runtime.inbound.process"]
        door_rate = _rate(Server(command, _environment(Path(folder), url, port), port), load)
        with database.read() as session:
            rows = session.scalar(select(func.count()).select_from(InboundMessage)) or 0
        database.dispose()
    lost = load.reports - rows
    share = door_rate / bare_rate
    print(f"bare aiosmtpd {bare_rate:,.0f}/s, the door {door_rate:,.0f}/s: {share:.2f} of it")
    print(f"{load.reports:,} reports, {load.kills} kills, {lost:,} lost")
    sys.exit(1 if lost else 0)


def _rate(server: Server, load: Load) -> float:
    """Reports that were answered in each second that the server was up. Kills it in the end."""
    answered = Answered()
    shares = [range(n, load.reports, load.connections) for n in range(load.connections)]
    threads = [
        threading.Thread(target=_send, args=(server.port, share, answered)) for share in shares
    ]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    for kill in range(1, load.kills + 1):
        answered.wait_for(load.reports * kill // (load.kills + 1))
        time.sleep(random.uniform(0, 0.05))  # noqa: S311  so that it hits any moment
        server.kill_and_restart()
    for thread in threads:
        thread.join()
    took_s = time.monotonic() - began_s
    server.kill()
    return load.reports / (took_s - server.down_s)


class Answered:
    """How many reports were answered with 250."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def add(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify()

    def wait_for(self, count: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count)


def _send(port: int, numbers: Sequence[int], answered: Answered) -> None:
    waiting = list(reversed(numbers))
    while waiting:
        try:
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.ehlo()
                while waiting:
                    client.sendmail("", [_recipient(waiting[-1])], _report(waiting[-1]))
                    waiting.pop()
                    answered.add()
        except (OSError, smtplib.SMTPException):
            time.sleep(0.1)


def _recipient(number: int) -> str:
    return verp_sender("d", (1, number + 1), DOMAIN, [KEY])


def _report(number: int) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {_recipient(number)}\r\n"
        f"Subject: Undelivered\r\nMessage-ID: <{number}@mx.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        "--B\r\n\r\nIt could not be delivered.\r\n--B\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; reader{number}@example.net\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--B--\r\n"
    ).encode()


def _environment(folder: Path, url: str, port: int) -> dict[str, str]:
    return {
        "VAR_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEYS": KEY,
        "ADDRESS_HASH_KEY": "another-secret-of-it",
        "PUBLIC_URL": "http://localhost:8000",
        "BOUNCE_DOMAIN": DOMAIN,
        "INBOUND_SMTP": f"127.0.0.1:{port}",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
