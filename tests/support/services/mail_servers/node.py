"""Haraka and smtp-server, from npm."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import lacking
from tests.support.services.mail_servers.server import (
    INSTALLED,
    UNKNOWN,
    MailServer,
    free_port,
    running,
)

_HERE = Path(__file__).parent
_LINE = re.compile(r"^(\S+)$", re.MULTILINE)


@contextmanager
def running_haraka(folder: Path) -> Iterator[MailServer]:
    package, node, port = _package("haraka"), _node(), free_port()
    for name in ("config", "plugins", "queue"):
        (folder / name).mkdir()
    settings = {
        "smtp.ini": f"listen=127.0.0.1:{port}\nnodes=0\nspool_dir={folder}/queue\n",
        "plugins": "take\n",
        "me": "relay.test\n",
        "loglevel": "WARN\n",
    }
    for name, text in settings.items():
        (folder / "config" / name).write_text(text, encoding="utf-8")
    shutil.copy(package / "config/connection.ini", folder / "config")
    shutil.copy(_HERE / "haraka_take.js", folder / "plugins/take.js")
    command = [node, str(package / "bin/haraka"), "-c", str(folder)]
    with running(command, port, folder / "output", _environment(folder)):
        yield MailServer("Haraka", port, folder / "taken", _LINE)


@contextmanager
def running_smtp_server(folder: Path) -> Iterator[MailServer]:
    _package("smtp-server")
    port = free_port()
    environment = {
        **_environment(folder),
        "NODE_PATH": str(INSTALLED / "node_modules"),
        "PORT": str(port),
    }
    command = [_node(), str(_HERE / "smtp_server.js")]
    with running(command, port, folder / "output", environment):
        yield MailServer("smtp-server", port, folder / "taken", _LINE)


def _environment(folder: Path) -> dict[str, str]:
    (folder / "taken").touch()
    return {"TAKEN": str(folder / "taken"), "UNKNOWN": UNKNOWN}


def _package(name: str) -> Path:
    package = INSTALLED / "node_modules" / name
    if not package.is_dir():
        lacking(f"{package} (see .ci/run)")
    return package


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        lacking("node")
    return node
