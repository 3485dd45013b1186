"""Our service behind the real nginx and Caddy, with the examples that we ship in deploy/."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from newsletter.config import Settings
from newsletter.runtime.environment import environment_of
from newsletter.store.models import Consent
from newsletter.usecases.context import open_context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link
from tests.conftest import free_port, lacking
from tests.support.builders import a_newsletter
from tests.support.services.up import clean_environment, eventually
from tests.support.services.web_proxies import NAME, Ports, program, running_proxy
from tests.web.editor.conftest import ADDRESS, PASSWORD

pytestmark = pytest.mark.xdist_group("proxies")

HOSTILE_HEADERS = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example",
    "SCRIPT_NAME": "/evil",
    "X_Forwarded_For": "203.0.113.9",
}
TOKEN = "a-token-that-no-log-may-hold"


@dataclass
class Site:
    ports: Ports
    settings: Settings
    logs: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def connect(self, client: str = "127.0.0.1") -> ssl.SSLSocket:
        """From one of loopback's many addresses."""
        plain = socket.create_connection(
            ("127.0.0.1", self.ports.https), timeout=60, source_address=(client, 0)
        )
        trusting = ssl.create_default_context(cafile=str(self.logs / "fullchain.pem"))
        return trusting.wrap_socket(plain, server_hostname=NAME)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        client: str = "127.0.0.1",
    ) -> tuple[http.client.HTTPResponse, str]:
        """With the cookies that earlier answers set."""
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.connect(client)
        with closing(connection):
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            ours = {"Cookie": cookies, "Referer": f"https://{NAME}/"}
            connection.request(method, path, body, {**ours, **headers})
            answer = connection.getresponse()
            page = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer, page

    def submit(
        self, path: str, fields: dict[str, str], **sent: str | Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        _, page = self.ask("GET", path)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        headers = {**form, **dict(sent.get("headers") or {})}
        client = str(sent.get("client", "127.0.0.1"))
        body = urlencode({**hidden, **fields}).encode()
        return self.ask("POST", path, body, headers, client)

    def consents(self) -> list[Consent]:
        context = open_context(self.settings)
        try:
            with context.database.read() as session:
                return list(session.scalars(select(Consent).order_by(Consent.id)))
        finally:
            context.database.dispose()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Site]:
    if program(request.param) is None:
        lacking(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copy(sqlite_template, folder / "newsletter.db")
    settings = Settings(
        var_dir=folder,
        public_url=f"https://{NAME}",
        database_url=f"sqlite:///{folder / 'newsletter.db'}",
        smtp_url="smtp://127.0.0.1:1",
        secret_keys=("a-secret-for-the-tests-alone",),
        address_hash_key="another-secret-for-the-tests",
        signup_limit_client="2 per hour",
        signup_minimum_fill=timedelta(0),
        trusted_proxies=1,
    )
    _set_up(settings)
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        number = listener.fileno()
        web = subprocess.Popen(
            [sys.executable, "-m", "wsgi", str(number)],
            env=clean_environment() | environment_of(settings),
            pass_fds=(number,),
        )
        ports = Ports(free_port(), free_port(), listener.getsockname()[1])
        try:
            with running_proxy(request.param, folder, ports) as logs:
                yield Site(ports, settings, logs)
        finally:
            web.terminate()
            web.wait()


def _set_up(settings: Settings) -> None:
    context = open_context(settings)
    a_newsletter(context, slug="field-notes")
    url = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))
    context.database.dispose()


@pytest.fixture
def site(behind: Site) -> Site:
    """Without cookies."""
    return Site(behind.ports, behind.settings, behind.logs)


def test_pages_are_served_over_tls_with_each_header_once(site: Site) -> None:
    answer, page = site.ask("GET", "/n/field-notes")
    assert answer.status == 200
    assert "Field Notes" in page
    for name in ("Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options"):
        assert len(answer.headers.get_all(name) or ()) == 1
    assert [*site.cookies] == ["__Host-newsletter_session"]


def test_plain_http_leads_to_the_same_page_over_tls(site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.ports.http)
    connection.request("POST", "/n/field-notes?a=b", headers={"Host": NAME})
    answer = connection.getresponse()
    assert answer.status == 308
    location = answer.headers["Location"].replace(f":{site.ports.https}", "")
    assert location == f"https://{NAME}/n/field-notes?a=b"
    connection.close()


def test_who_is_limited_is_the_client_whatever_it_says_of_itself(site: Site) -> None:
    path = "/n/field-notes"
    statuses = []
    for number in range(3):
        said = {**HOSTILE_HEADERS, "X-Forwarded-For": f"203.0.113.{number}"}
        fields = {"address": f"reader{number}@example.org"}
        answer, _ = site.submit(path, fields, headers=said, client="127.0.0.77")
        statuses.append(answer.status)
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]

    other, _ = site.submit(path, {"address": "other@example.org"}, client="127.0.0.78")
    assert other.status != 429


def test_the_address_that_is_kept_with_a_consent_is_the_client_s(site: Site) -> None:
    fields = {"address": "consenting@example.org"}
    site.submit("/n/field-notes", fields, headers=HOSTILE_HEADERS, client="127.0.0.79")
    kept = [consent.client_address for consent in site.consents()]
    assert "127.0.0.79" in kept
    assert not [address for address in kept if address and not address.startswith("127.0.0.")]


def test_headers_of_a_client_change_nothing_on_the_page(site: Site) -> None:
    answer, page = site.ask("GET", "/editor/sign-in", headers=HOSTILE_HEADERS)
    assert answer.status == 200
    assert "evil" not in page
    redirect, _ = site.ask("GET", "/editor/", headers=HOSTILE_HEADERS)
    assert "evil" not in (redirect.headers["Location"] or "")


def test_another_host_is_not_answered(site: Site) -> None:
    answer, _ = site.ask("GET", "/", headers={"Host": "evil.example"})
    assert answer.status in (200, 400, 421)
    if answer.status == 200:  # Caddy's own empty page for names that it doesn't know
        assert answer.headers["Content-Length"] == "0"


@pytest.mark.parametrize("size", [300_000, 2_000_000])
def test_a_large_body_of_a_stranger_is_refused(site: Site, size: int) -> None:
    answer, page = site.ask("POST", "/n/field-notes", b"a" * size)
    assert answer.status == 413, page


def test_a_large_body_without_a_session_is_refused_where_editors_upload(site: Site) -> None:
    path = "/editor/newsletters/field-notes/subscribers/import"
    answer, _ = site.ask("POST", path, b"a" * 5_000_000)
    assert answer.status == 413


def test_an_editor_s_upload_gets_through(site: Site) -> None:
    path = "/editor/newsletters/field-notes/subscribers/import"
    answer, _ = site.submit("/editor/sign-in", {"address": ADDRESS, "password": PASSWORD})
    assert answer.status in (302, 303)
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body += b"email\r\n" + b"a" * 31_900_000 + b"\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer, page = site.ask("POST", path, body, kind)
    assert (answer.status, "Send the form again" in page) == (400, True)


def test_fifty_slow_clients_keep_no_one_waiting(site: Site) -> None:
    head = b"POST /n/field-notes HTTP/1.1\r\nHost: news.example.org\r\nContent-Length: 900\r\n\r\n"
    slow = [site.connect("127.0.0.80") for _ in range(50)]
    for round_, byte in enumerate((head[:30], head[30:], b"a", b"b")):
        for one in slow:
            one.sendall(byte)
        assert site.ask("GET", "/n/field-notes")[0].status == 200, round_
    for one in slow:
        one.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):  # neither answered nor closed
            one.recv(1)
        one.close()


def test_fifty_clients_who_do_not_read_keep_no_one_waiting(site: Site) -> None:
    idle = [site.connect("127.0.0.81") for _ in range(50)]
    for one in idle:
        one.sendall(b"GET /n/field-notes HTTP/1.1\r\nHost: news.example.org\r\n\r\n" * 20)
    assert site.ask("GET", "/n/field-notes")[0].status == 200
    for one in idle:
        one.close()


def test_pages_are_not_compressed_and_static_files_are(site: Site) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    page, text = site.ask("GET", "/editor/sign-in", headers=accepts)
    assert page.headers["Content-Encoding"] is None
    for style in re.findall(r'href="((?:/editor)?/static/[^"]+\.css[^"]*)"', text):
        answer, _ = site.ask("GET", style, headers=accepts)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.headers.get_all("Strict-Transport-Security") or ()) == 1


def test_no_log_of_the_proxy_holds_a_token(site: Site) -> None:
    for path in (f"/unsubscribe/{TOKEN}", f"/confirm/{TOKEN}"):
        site.ask("GET", path)
        site.ask("POST", path, b"a" * 2_000_000)
    assert site.ask("GET", "/healthz")[0].status == 200
    logs = [*site.logs.glob("*.log")]
    assert logs
    assert not [log for log in logs if TOKEN in log.read_text(encoding="utf-8")]


def test_no_log_of_the_proxy_holds_a_token_when_the_service_is_gone(
    behind: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    proxy = request.node.callspec.params["behind"]
    ports = Ports(free_port(), free_port(), free_port())
    with running_proxy(proxy, tmp_path, ports) as logs:
        site = Site(ports, behind.settings, logs)
        assert site.ask("GET", f"/unsubscribe/{TOKEN}")[0].status == 502
        eventually(lambda: bool([*logs.glob("*.log")]), "a log")
    assert not [log for log in tmp_path.glob("*.log") if TOKEN in log.read_text(encoding="utf-8")]
