"""Machines of our own on this machine: network namespaces, each with an address and a link."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.results import Lacking

PREFIX = f"nl{os.getpid() % 10_000}"
HUB = "10.213.77.1"
"""Where the services of all machines are; on a bridge that nothing else is connected to."""


@dataclass(frozen=True, slots=True)
class Machine:
    name: str
    link: str
    """Our end of it."""

    @property
    def before(self) -> list[str]:
        """What a command begins with that runs there."""
        return ["ip", "netns", "exec", self.name]

    def cut_off(self) -> None:
        """Nothing is refused, and nothing arrives."""
        _ip("link", "set", self.link, "down")

    def heal(self) -> None:
        _ip("link", "set", self.link, "up")


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """Raises Lacking if namespaces can't be made."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise Lacking("network namespaces need root and the program ip (Debian: iproute2)")
    bridge = f"{PREFIX}br"
    with ExitStack() as at_the_end:
        _try("link", "add", bridge, "type", "bridge")
        at_the_end.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{HUB}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        yield [_add_machine(at_the_end, bridge, number) for number in range(count)]


def _add_machine(at_the_end: ExitStack, bridge: str, number: int) -> Machine:
    name, link, inner = f"{PREFIX}m{number}", f"{PREFIX}v{number}", f"{PREFIX}w{number}"
    _try("netns", "add", name)
    at_the_end.callback(_ip, "netns", "del", name)
    _ip("link", "add", link, "type", "veth", "peer", "name", inner, "netns", name)
    _ip("link", "set", link, "master", bridge, "up")
    for words in (
        ["addr", "add", f"10.213.77.{number + 2}/24", "dev", inner],
        ["link", "set", inner, "up"],
        ["link", "set", "lo", "up"],
    ):
        _ip("-n", name, *words)
    return Machine(name, link)


def _try(*words: str) -> None:
    try:
        _ip(*words)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise Lacking(f"network namespaces can't be made here: {said}") from error


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
