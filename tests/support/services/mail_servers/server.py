"""A mail server as a process: where it listens, what it took, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import lacking, not_permitted

INSTALLED = Path(os.environ.get("MAIL_SERVERS", Path.home() / ".cache/newsletter-ci/mail-servers"))
"""`debian/` holds unpacked packages, since no two of them can be installed together."""
PATIENCE_S = 30
UNKNOWN = "unknown@r.example"
"""Every server refuses this recipient."""


@dataclass(frozen=True)
class MailServer:
    """`log` names each recipient of a message that was taken where `taken_line` matches.

    With a `ca_file` it offers STARTTLS, with a certificate for 127.0.0.1.
    """

    name: str
    port: int
    log: Path
    taken_line: re.Pattern[str]
    ca_file: str = ""

    def wait_for(self, recipients: Sequence[str]) -> list[str]:
        """What it took of `recipients`, once that is as many: some write their log later."""
        deadline = time.monotonic() + PATIENCE_S
        wanted = set(recipients)
        while True:
            text = self.log.read_text(encoding="utf-8", errors="replace")
            taken = [found for found in self.taken_line.findall(text) if found in wanted]
            if len(taken) >= len(wanted) or time.monotonic() > deadline:
                return sorted(taken)
            time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def unpacked(path: str) -> Path:
    """A program of an unpacked Debian package. Skips the test without it."""
    program = INSTALLED / "debian" / path
    if not program.is_file():
        lacking(f"{program} (see .ci/run)")
    return program


def isolated(script: str) -> list[str]:
    """Runs `script` as root with mounts of its own, for servers that want users and folders.

    Its processes are its own, too, and they all end with the shell, which is the first of them.
    """
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        not_permitted("only root can start this server")
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        not_permitted("mounts and processes can't be separated here")
    return [*command, "sh", "-e", "-c", f"{script}\nexit"]  # so that the last one is a child


@contextmanager
def running(
    command: Sequence[str], port: int, output: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """`output` gets what it writes."""
    with output.open("wb") as written:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        _wait_until_it_greets(process, port, output)
        yield
    finally:
        process.kill()
        process.wait()


def _wait_until_it_greets(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                if connection.recv(4).startswith((b"220", b"* OK")):
                    connection.sendall(b"QUIT\r\n")
                    return
        except OSError:
            pass
        time.sleep(0.05)
    said = output.read_text(encoding="utf-8", errors="replace")[-2_000:]
    raise AssertionError(f"{command_of(process)} does not answer: {said}")


def command_of(process: subprocess.Popen[bytes]) -> str:
    return " ".join(map(str, process.args))[:200] if isinstance(process.args, list) else ""
