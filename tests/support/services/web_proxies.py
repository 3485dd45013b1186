"""The real nginx and Caddy with our examples in deploy/, on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from newsletter.runtime.probes import answers
from tests.support.services.up import ROOT, eventually

NAME = "news.example.org"
EXAMPLES = ROOT / "deploy"
_NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
events {{ }}
http {{
    types {{ text/css css; application/javascript js; }}
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/newsletter.conf;
}}
"""


@dataclass(frozen=True)
class Ports:
    http: int
    https: int
    web: int


def program(proxy: str) -> str | None:
    return shutil.which(proxy, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def running_proxy(proxy: str, folder: Path, ports: Ports) -> Iterator[Path]:
    """Yields the folder of its logs. Raises AssertionError if it doesn't take the example."""
    _make_certificate(folder)
    command = {"nginx": _nginx, "caddy": _caddy}[proxy](folder, ports)
    environment = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / f"{proxy}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            eventually(lambda: _answers(ports.https, process), f"{proxy} answers")
            yield folder
        finally:
            process.terminate()
            process.wait()


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended"
    return answers(port)


def _nginx(folder: Path, ports: Ports) -> list[str]:
    example = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{ports.http};"),
        ("listen 443 ", f"listen 127.0.0.1:{ports.https} "),
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("127.0.0.1:8000", f"127.0.0.1:{ports.web}"),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert old in example
        example = example.replace(old, new)
    (folder / "newsletter.conf").write_text(example, encoding="utf-8")
    # Workers of root's nginx are someone else, who may not look into root's folders.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, user=user), encoding="utf-8")
    return [program("nginx") or "", "-c", str(configuration), "-e", str(folder / "start.log")]


def _caddy(folder: Path, ports: Ports) -> list[str]:
    example = (EXAMPLES / "Caddyfile").read_text(encoding="utf-8")
    tls = f"tls {folder}/fullchain.pem {folder}/privkey.pem"
    site = f"{NAME}:{ports.https} {{\n\tbind 127.0.0.1\n\t{tls}"
    for old, new in (
        (f"{NAME} {{", site),
        ("{\n\tservers", f"{{\n\tadmin off\n\thttp_port {ports.http}\n\tservers"),
        ("127.0.0.1:8000", f"127.0.0.1:{ports.web}"),
    ):
        assert old in example
        example = example.replace(old, new, 1) if "servers" in old else example.replace(old, new)
    configuration = folder / "Caddyfile"
    configuration.write_text(example, encoding="utf-8")
    adapter = ["--adapter", "caddyfile"]
    return [program("caddy") or "", "run", "--config", str(configuration), *adapter]


def _make_certificate(folder: Path) -> None:
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"),
            *files,
        ],
        check=True,
        capture_output=True,
    )
