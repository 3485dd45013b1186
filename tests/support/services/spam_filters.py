"""rspamd and SpamAssassin on this machine, without a network, as they are installed by Debian."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

from tests.support.services.http_server import serving

_CONFIGURATION = """
.include "/etc/rspamd/common.conf"
options {{
  filters = "chartable,dkim,regexp";
  url_tld = "${{SHAREDIR}}/effective_tld_names.dat";
  pidfile = "{folder}/rspamd.pid";
  tempdir = "{folder}";
  cache_file = "{folder}/symbols.cache";
  # Compiling for it takes half a minute; a few messages are read as quickly without.
  disable_hyperscan = true;
  control_socket = "{folder}/rspamd.sock mode=0600";
  local_addrs = [192.168.0.0/16];
  dns {{
    nameserver = ["127.0.0.1:{no_port}"];
    timeout = 0.2s;
    retransmits = 1;
    fake_records = {records};
  }}
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "warning"; }}
worker "normal" {{
  bind_socket = "127.0.0.1:{port}";
  count = 1;
  enabled = true;
}}
neural {{ enabled = false; }}
fuzzy_check {{ enabled = false; }}
rbl {{ enabled = false; }}
surbl {{ enabled = false; }}
history_redis {{ enabled = false; }}
"""


def rspamd_program() -> str | None:
    return shutil.which("rspamd")


def spamd_program() -> str | None:
    return shutil.which("spamd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@contextmanager
def running_rspamd(records: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    """Its address. `records` are its whole DNS: (name, type) to the answers."""
    folder = Path(tempfile.mkdtemp(prefix="nlrspamd-"))
    folder.chmod(0o777)
    port = _free_port()
    fake = [{"name": name, "type": kind, "replies": said} for (name, kind), said in records.items()]
    path = folder / "rspamd.conf"
    path.write_text(
        _CONFIGURATION.format(
            folder=folder, port=port, no_port=_free_port(), records=json.dumps(fake)
        ),
        encoding="utf-8",
    )
    program = rspamd_program() or ""
    # Root hands over to the user that Debian made for it; anybody else runs it as they are.
    user = ["-u", "_rspamd", "-g", "_rspamd"] if os.geteuid() == 0 else []
    command = [program, "-f", "-i", "-c", str(path), *user]
    with _process(command, port):
        yield f"http://127.0.0.1:{port}"
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_spamd() -> Iterator[str]:
    """`host:port`; -L keeps it from asking anybody."""
    port = _free_port()
    command = [spamd_program() or "", "-L", "-x", "--max-children=1", "-p", str(port)]
    with _process([*command, "-i", "127.0.0.1", "-A", "127.0.0.1", "--syslog=stderr"], port):
        yield f"127.0.0.1:{port}"


class Answering(BaseHTTPRequestHandler):
    """Speaks as rspamd does; `answers` are given one after another, the last one for ever."""

    answers: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = json.dumps({"required_score": 15, "symbols": {}, **answer}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def answering(*answers: dict[str, Any]) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a filter that has made up its mind, and the messages it was shown."""
    asked: list[bytes] = []
    handler = type("Handler", (Answering,), {"answers": list(answers), "asked": asked})
    with serving(handler) as port:
        yield f"http://127.0.0.1:{port}", asked


@contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert server.poll() is None, "it has ended"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
