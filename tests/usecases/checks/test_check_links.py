"""Links are asked politely, of real servers on this machine, and never where nobody may look."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Self

import pytest

from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult
from newsletter.net.fetch import FetchPolicy, ask_link, fetch_body
from newsletter.net.links import ask_links
from newsletter.store.checks.link_checks import known_answers, save_answers
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.checks.check_links import PATIENCE, check_links
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as content
from tests.support.principals import EDITOR, by
from tests.support.services.http_server import serving

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Site:
    """What it answers by path: (status, headers), and who asked for what."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0
    hold_s: float = 0.0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def policy(self, **values: object) -> FetchPolicy:
        given: dict[str, object] = {
            "user_agent": "link-check-test",
            "ports": frozenset({self.port}),
            "is_allowed": lambda address: address.startswith("127."),
            "request_s": 5.0,
        }
        return FetchPolicy(**(given | values))  # type: ignore[arg-type]


@pytest.fixture
def site() -> Iterator[Site]:
    site, lock = Site(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with lock:
                site.at_once += 1
                site.most_at_once = max(site.most_at_once, site.at_once)
                site.asked.append((self.command, self.path))
                site.agents.add(self.headers["User-Agent"])
            time.sleep(site.hold_s)
            with lock:
                site.at_once -= 1
            status, headers = site.pages.get(f"{self.command} {self.path}") or site.pages.get(
                self.path, (404, {})
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(b"x" * 5000)

        do_HEAD = do_GET  # noqa: N815  the server's word

    with serving(Handler) as site.port:
        yield site


def test_what_is_fetched_whole_is_bounded_public_and_at_that_very_address(site: Site) -> None:
    site.pages = {"/a": (200, {}), "/moved": (302, {"Location": "/a"}), "/gone": (410, {})}
    assert fetch_body(site.url("/a"), site.policy()) == b"x" * 5000
    assert fetch_body(site.url("/a"), site.policy(most_bytes=4999)) is None
    assert fetch_body(site.url("/moved"), site.policy()) is None
    assert fetch_body(site.url("/gone"), site.policy()) is None
    asked = len(site.asked)
    private = FetchPolicy(user_agent="x", ports=frozenset({site.port}))
    assert fetch_body(site.url("/a"), private) is None
    assert len(site.asked) == asked


def test_a_body_that_drips_in_is_cut_when_the_time_is_over() -> None:
    hung_up, server = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(600):
            try:
                connection.sendall(b"x")
            except OSError:
                hung_up.set()
                break
            time.sleep(0.05)
        connection.close()

    with server:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        policy = FetchPolicy("x", 0.3, ports=frozenset({port}), is_allowed=lambda _: True)
        assert fetch_body(f"http://127.0.0.1:{port}/", policy) is None
        thread.join()
    assert hung_up.is_set()


class TestOneLink:
    def test_a_page_that_is_there_is_asked_by_head_alone(self, site: Site) -> None:
        site.pages["/a"] = (200, {"Content-Type": "text/html"})
        answer = ask_link(site.url("/a"), site.policy(), NOW)
        assert (answer.result, answer.status, answer.final_url) == (LinkResult.FOUND, 200, "")
        assert site.asked == [("HEAD", "/a")]
        assert site.agents == {"link-check-test"}

    @pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
    def test_a_server_that_answers_head_wrongly_is_asked_by_get(
        self, site: Site, status: int
    ) -> None:
        site.pages["HEAD /a"] = (status, {})
        site.pages["/a"] = (200, {})
        assert ask_link(site.url("/a"), site.policy(), NOW).result is LinkResult.FOUND
        assert site.asked == [("HEAD", "/a"), ("GET", "/a")]

    @pytest.mark.parametrize(
        ("status", "result"),
        [
            (404, LinkResult.GONE),
            (410, LinkResult.GONE),
            (401, LinkResult.SHUT),
            (403, LinkResult.SHUT),
            (429, LinkResult.SHUT),
            (500, LinkResult.FAILING),
            (503, LinkResult.FAILING),
        ],
    )
    def test_a_status_means_what_it_means_to_a_reader(
        self, site: Site, status: int, result: LinkResult
    ) -> None:
        site.pages["/a"] = (status, {})
        answer = ask_link(site.url("/a"), site.policy(), NOW)
        assert (answer.result, answer.status) == (result, status)

    def test_redirects_are_followed_to_their_end(self, site: Site) -> None:
        site.pages["/a"] = (301, {"Location": "/b"})
        site.pages["/b"] = (308, {"Location": site.url("/c")})
        site.pages["/c"] = (200, {})
        answer = ask_link(site.url("/a"), site.policy(), NOW)
        assert (answer.result, answer.final_url) == (LinkResult.FOUND, site.url("/c"))
        assert answer.is_permanent
        site.pages["/b"] = (302, {"Location": "/c"})
        assert not ask_link(site.url("/a"), site.policy(), NOW).is_permanent

    def test_redirects_without_end_are_left(self, site: Site) -> None:
        site.pages["/a"] = (302, {"Location": "/a"})
        assert ask_link(site.url("/a"), site.policy(), NOW).result is LinkResult.UNFIT
        assert len(site.asked) == 6

    def test_the_size_of_a_picture_is_counted_where_it_is_not_said(self, site: Site) -> None:
        site.pages["/said.png"] = (200, {"Content-Type": "image/png", "Content-Length": "77"})
        site.pages["/p.png"] = (200, {"Content-Type": "image/png"})
        said = ask_link(site.url("/said.png"), site.policy(), NOW, wants_size=True)
        assert (said.length, said.content_type) == (77, "image/png")
        assert ask_link(site.url("/p.png"), site.policy(), NOW, wants_size=True).length == 5000


class TestWhereNobodyMayLook:
    def test_loopback_is_refused_before_a_connection(self, site: Site) -> None:
        policy = FetchPolicy(user_agent="x", ports=frozenset({site.port}))
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"):
            answer = ask_link(site.url("/a", host), policy, NOW)
            assert answer.result in (LinkResult.PRIVATE, LinkResult.NO_HOST), host
        assert site.asked == []

    def test_a_redirect_into_the_house_is_refused(self, site: Site) -> None:
        """127.0.0.1 plays a public site, and 127.0.0.2 the router."""
        site.pages["/a"] = (302, {"Location": site.url("/secret", "127.0.0.2")})
        policy = site.policy(is_allowed=lambda address: address == "127.0.0.1")
        assert ask_link(site.url("/a"), policy, NOW).result is LinkResult.PRIVATE
        assert site.asked == [("HEAD", "/a")]

    def test_a_redirect_to_another_scheme_or_port_is_refused(self, site: Site) -> None:
        for target in ("file:///etc/passwd", "gopher://127.0.0.1/", "http://127.0.0.1:22/"):
            site.pages["/a"] = (302, {"Location": target})
            assert ask_link(site.url("/a"), site.policy(), NOW).result is LinkResult.UNFIT

    def test_only_the_web_s_own_ports_are_asked(self, site: Site) -> None:
        answer = ask_link(site.url("/a"), FetchPolicy(user_agent="x"), NOW)
        assert answer.result is LinkResult.UNFIT
        assert site.asked == []

    def test_a_name_is_looked_up_once_and_the_judged_address_is_used(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name that is public when it is judged and private when it is used: DNS rebinding."""
        site.pages["/a"] = (200, {})
        looked_up: list[str] = []
        real = socket.getaddrinfo

        def rebinding(host: str, *rest: object, **more: object) -> object:
            if host != "rebind.example":
                return real(host, *rest, **more)  # type: ignore[arg-type]
            looked_up.append(host)
            return real("127.0.0.1" if len(looked_up) == 1 else "127.0.0.9", *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        policy = site.policy(is_allowed=lambda address: address == "127.0.0.1")
        assert ask_link(site.url("/a", "rebind.example"), policy, NOW).result is LinkResult.FOUND
        assert looked_up == ["rebind.example"]

    def test_one_private_address_among_public_ones_is_enough(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both = [(2, 1, 6, "", ("127.0.0.1", site.port)), (2, 1, 6, "", ("127.0.0.2", site.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        policy = site.policy(is_allowed=lambda address: address == "127.0.0.1")
        assert ask_link(site.url("/a", "two.example"), policy, NOW).result is LinkResult.PRIVATE


class TestTrouble:
    def test_a_server_that_drips_is_cut_off(self) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(b"X-Slow: 1\r\n")
                time.sleep(0.05)

        with _Raw(drip) as raw:
            policy = FetchPolicy("x", request_s=0.6, ports=frozenset({raw.port}), is_allowed=bool)
            answer = ask_link(f"http://127.0.0.1:{raw.port}/", policy, NOW)
            assert (answer.result, answer.detail) == (
                LinkResult.FAILING,
                "no answer in time",
            )

    @pytest.mark.parametrize(
        "reply",
        [
            b"",
            b"\x00\xff\x00garbage\r\n\r\n",
            b"HTTP/1.1 99999 x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000,
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
            b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
        ],
        ids=["nothing", "garbage", "no status", "many headers", "a long header", "no address"],
    )
    def test_nonsense_is_an_answer_too(self, reply: bytes) -> None:
        with _Raw(lambda connection: connection.sendall(reply)) as raw:
            policy = FetchPolicy("x", request_s=2, ports=frozenset({raw.port}), is_allowed=bool)
            answer = ask_link(f"http://127.0.0.1:{raw.port}/", policy, NOW)
            assert answer.result in (LinkResult.FAILING, LinkResult.UNFIT)

    def test_nobody_listens(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            policy = FetchPolicy("x", ports=frozenset({port}), is_allowed=bool)
            answer = ask_link(f"http://127.0.0.1:{port}/", policy, NOW)
        assert answer.result is LinkResult.FAILING


class TestManyLinks:
    def test_a_host_is_asked_one_at_a_time_and_hosts_side_by_side(self, site: Site) -> None:
        site.hold_s = 0.02
        own = [site.url(f"/{number}") for number in range(6)]
        for number in range(6):
            site.pages[f"/{number}"] = (200, {})
        answers = ask_links(own, frozenset(), site.policy(), NOW, PATIENCE)
        assert {answer.url for answer in answers} == set(own)
        assert site.most_at_once == 1
        others = [site.url("/1", f"127.0.0.{number}") for number in range(2, 8)]
        # A server on each of these addresses would be needed: what counts is that none is lost.
        assert len(ask_links(others, frozenset(), site.policy(), NOW, PATIENCE)) == 6

    def test_what_takes_too_long_is_left_for_the_next_time(self, site: Site) -> None:
        site.hold_s = 0.3
        urls = [site.url(f"/{number}") for number in range(50)]
        answers = ask_links(urls, frozenset(), site.policy(), NOW, timedelta(seconds=0.7))
        assert len(answers) < 50


class TestWhatIsKept:
    def test_answers_are_kept_and_nobody_is_asked_twice_a_day(
        self, context: Context, clock: Clock, site: Site
    ) -> None:
        site.pages["/there"] = (200, {})
        issue_id = linking(context, site.url("/there"), site.url("/gone"))
        assert check_issue(context, issue_id, EDITOR).unchecked == 2
        check_links(context, issue_id, EDITOR, site.policy())
        first = check_issue(context, issue_id, EDITOR)
        assert [f.check for f in first.errors] == ["link-dead"]
        assert first.unchecked == 0
        asked = len(site.asked)
        check_links(context, issue_id, EDITOR, site.policy())
        assert len(site.asked) == asked
        clock.advance(timedelta(minutes=11))
        site.pages["/gone"] = (200, {})
        check_links(context, issue_id, EDITOR, site.policy())
        assert site.asked[asked:] == [("HEAD", "/gone")]
        assert not check_issue(context, issue_id, EDITOR).errors

    def test_an_answer_of_last_week_says_nothing(self, context: Context, clock: Clock) -> None:
        issue_id = linking(context, "https://example.com/1")
        with context.database.write() as session:
            save_answers(
                session,
                [LinkAnswer("https://example.com/1", LinkResult.GONE, context.now(), status=404)],
            )
        assert check_issue(context, issue_id, EDITOR).errors
        clock.advance(timedelta(days=8))
        assert not check_issue(context, issue_id, EDITOR).errors

    def test_what_is_kept_is_read_back_as_it_was(self, context: Context) -> None:
        answer = LinkAnswer(
            "https://例え.example/" + "x" * 3000,
            LinkResult.FOUND,
            context.now(),
            status=200,
            final_url="https://example.org/b",
            is_permanent=True,
            content_type="image/png",
            length=2**40,
            detail="…",
        )
        for _ in range(2):
            with context.database.write() as session:
                save_answers(session, [replace(answer, status=404), answer])
        with context.database.read() as session:
            assert known_answers(session, [answer.url, "https://other"]) == {answer.url: answer}


def linking(context: Context, *urls: str) -> int:
    issue_id = an_issue(context, a_newsletter(context)).id
    entries = [an_entry(f"Entry {url[-9:]}", url=url) for url in urls]
    save_issue(context, issue_id, content(*entries), 1, by("ada"))
    return issue_id


class _Raw:
    """A server of one connection after another that answers without looking."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._answer = answer

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(4096)
                    self._answer(connection)
                except OSError:
                    continue
