"""What ours is measured against: Postfix's load generator, and this machine's own limits."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from benchmarks.bench import answers, free_port, wait_for
from benchmarks.results import Lacking

BACKLOG = 1024
SIGNED_HEADER_BYTES = 1_500
SIGNING_S = 2.0


@dataclass
class SmtpSink:
    """Postfix's smtp-sink; it counts what it takes."""

    port: int
    counter: Path
    process: subprocess.Popen[bytes]

    @property
    def received(self) -> int:
        """Messages taken since it started."""
        with self.counter.open("rb") as file:
            file.seek(max(0, self.counter.stat().st_size - 400))
            counts = re.findall(rb"mesg=(\d+)\r", file.read())
        return int(counts[-1]) if counts else 0


@contextmanager
def smtp_sink(home: Path) -> Iterator[SmtpSink]:
    port, counter = free_port(), home / "sink.counts"
    command = [_program("smtp-sink"), *_user(), "-c", f"inet:127.0.0.1:{port}", str(BACKLOG)]
    with counter.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: answers(port), "smtp-sink answers")
        yield SmtpSink(port, counter, process)
    finally:
        process.terminate()
        process.wait()


def smtp_source_rate(sink: SmtpSink, messages: int, size: int, connections: int) -> float:
    """Messages a second: the better of its two ways, one connection a message or many."""
    return max(_source_rate(sink, messages, size, connections, way) for way in ([], ["-d"]))


def _source_rate(
    sink: SmtpSink, messages: int, size: int, connections: int, way: list[str]
) -> float:
    command = [_program("smtp-source"), *way, "-s", str(connections), "-l", str(size)]
    command += ["-m", str(messages), f"inet:127.0.0.1:{sink.port}"]
    before, started_s = sink.received, time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - started_s
    wait_for(lambda: sink.received - before >= messages, "the sink has counted what it was sent")
    return messages / seconds


def signature_rate(kinds: str) -> float:
    """Bare signatures a second on all cores: rsa (2048 bits), ed25519, or both (pairs)."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        return sum(pool.map(_sign_for_a_while, [kinds] * cores))


def _sign_for_a_while(kinds: str) -> float:
    data = os.urandom(SIGNED_HEADER_BYTES)
    rsa_key = rsa.generate_private_key(65537, 2048)
    edwards_key = ed25519.Ed25519PrivateKey.generate()
    count, started_s = 0, time.monotonic()
    while (seconds := time.monotonic() - started_s) < SIGNING_S:
        if kinds in ("rsa", "both"):
            rsa_key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if kinds in ("ed25519", "both"):
            edwards_key.sign(data[:32])
        count += 1
    return count / seconds


def cpu_name() -> str:
    """As the system calls it, with the number of cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} × {names[0] if names else 'unknown'}"


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Lacking(f"{name} is not installed (on Debian: apt-get install postfix)")
    return found


def _user() -> list[str]:
    """It refuses to run as root."""
    return ["-u", pwd.getpwnam("nobody").pw_name] if os.geteuid() == 0 else []
