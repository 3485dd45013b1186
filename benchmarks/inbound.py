"""Reports through the door for mail, beside a bare aiosmtpd that stores nothing, in one run.

    python -m benchmarks.inbound [--reports 100000] [--connections 20] [--database URL]

Each report is counted in the database at the end: what was answered with 250 and is no row is lost.
The database must be empty and migrated; without one, it is an SQLite file of its own.
"""

from __future__ import annotations

import argparse
import os
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    load = Load(given.reports, given.connections)
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/newsletter.db"
        database = Database(url)
        migrate(database)
        port = _free_port()
        with _running([sys.executable, "-c", BARE, str(port)], port, {}):
            bare = _rate(port, load)
        port = _free_port()
        command = [sys.executable, "-m", "newsletter.runtime.inbound.process"]
        with _running(command, port, _environment(Path(folder), url, port)):
            ours = _rate(port, load)
        with database.read() as session:
            rows = session.scalar(select(func.count()).select_from(InboundMessage)) or 0
    lost = load.reports - rows
    print(f"bare aiosmtpd {bare:,.0f}/s, the door {ours:,.0f}/s: {ours / bare:.2f} of it")
    print(f"{load.reports:,} reports, {lost:,} lost")
    sys.exit(1 if lost else 0)


def _rate(port: int, load: Load) -> float:
    shares = [range(n, load.reports, load.connections) for n in range(load.connections)]
    threads = [threading.Thread(target=_send, args=(port, share)) for share in shares]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load.reports / (time.monotonic() - began_s)


def _send(port: int, numbers: Sequence[int]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        for number in numbers:
            client.sendmail("", [_recipient(number)], _report(number))


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


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
