"""The guard at the door: headers, Host, cookies, forged forms, errors that tell nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.web.security import client_address
from tests.support.builders import a_newsletter, a_subscriber
from tests.web.public.conftest import Readers

SCRIPT = "<script>alert('x')</script>"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/n/field-notes", 200),
        ("GET", "/n/field-notes/archive", 200),
        ("GET", "/confirm/nonsense", 400),
        ("GET", "/unsubscribe/nonsense", 400),
        ("GET", "/preferences/nonsense", 400),
        ("GET", "/nothing/here", 404),
        ("DELETE", "/n/field-notes", 405),
        ("POST", "/n/field-notes", 400),
        ("GET", "/healthz", 200),
        ("GET", "/editor/sign-in", 200),
        ("GET", "/static/app.css", 200),
    ],
)
def test_every_answer_carries_a_strict_policy(
    readers: Readers, method: str, path: str, status: int
) -> None:
    answer = readers.client.open(path, method=method)
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    # The writing page shows it in a dialog when the session has ended.
    framing = "'self'" if path == "/editor/sign-in" else "'none'"
    assert f"frame-ancestors {framing}" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_error_of_ours_has_the_policy_too_and_tells_nothing(
    app: Flask, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.testing = False

    def explode(**_: object) -> str:
        message = "the secret reason"
        raise RuntimeError(message)

    app.view_functions["public_signup.form"] = explode
    answer = app.test_client().get("/n/field-notes")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret reason" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_pages_have_no_inline_script_or_style(readers: Readers) -> None:
    for path in ("/", "/n/field-notes/archive", "/nothing"):
        page = readers.client.get(path).text
        assert "<style" not in page
        assert "style=" not in page
        assert "onclick" not in page


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:8000", "[::2]", "a b", ""]
)
def test_a_foreign_host_is_refused(readers: Readers, host: str) -> None:
    answer = readers.client.get("/", headers={"Host": host})
    if host:
        assert answer.status_code == 400
        assert host not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1234", "[::1]:8000", "news.example.org"]
)
def test_our_own_hosts_are_answered(
    make_client: Callable[..., Any], newsletter: Newsletter, host: str
) -> None:
    client = make_client(public_url="http://news.example.org:8000")
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_allowed_hosts_are_answered(
    make_client: Callable[..., Any], newsletter: Newsletter
) -> None:
    client = make_client(allowed_hosts=("other.example",))
    assert client.get("/", headers={"Host": "other.example"}).status_code == 200
    assert client.get("/", headers={"Host": "third.example"}).status_code == 400


def test_a_forwarded_host_is_not_believed(
    make_client: Callable[..., Any], newsletter: Newsletter
) -> None:
    client = make_client(trusted_proxies=1)
    page = client.get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in page.text


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize(("moved_to", "path"), [("/x", "/editor/"), ("/n", "/field-notes")])
def test_a_header_moves_us_to_no_other_path(
    make_client: Callable[..., Any],
    newsletter: Newsletter,
    proxies: int,
    moved_to: str,
    path: str,
) -> None:
    """A proxy's rule for /editor/ would not see /x/editor/, and links would lead to /x/."""
    client = make_client(trusted_proxies=proxies)
    straight = client.get(moved_to + path)
    moved = client.get(path, environ_overrides={"SCRIPT_NAME": moved_to, "PATH_INFO": path})
    assert moved.status_code == straight.status_code
    assert "/x/" not in moved.text


def test_a_site_below_a_path_of_its_own_is_left_there(
    make_client: Callable[..., Any], newsletter: Newsletter
) -> None:
    client = make_client(public_url="http://localhost/letters")
    page = client.get("/", environ_overrides={"SCRIPT_NAME": "/letters", "PATH_INFO": "/"})
    assert 'action="/letters/n/field-notes"' in page.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("Proto", "https"), ("Protocol", "ssl"), ("Ssl", "on")],
)
def test_a_scheme_is_believed_from_trusted_proxies_alone(
    make_client: Callable[..., Any], newsletter: Newsletter, name: str, value: str
) -> None:
    for proxies in (0, 1):
        client = make_client(trusted_proxies=proxies)
        headers = {f"X-Forwarded-{name}": value}
        with client:
            client.get("/", headers=headers, environ_overrides={"wsgi.url_scheme": "https"})
            assert request.is_secure == (proxies == 1 and name == "Proto")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_an_address_is_believed_from_trusted_proxies_alone(
    make_client: Callable[..., Any], newsletter: Newsletter, header: str
) -> None:
    """The nearest proxy adds what it saw at the end; the client wrote what is in front of it."""
    for proxies, seen in ((0, "127.0.0.1"), (1, "198.51.100.1")):
        client = make_client(trusted_proxies=proxies)
        with client:
            client.get("/", headers={header: "203.0.113.9, 198.51.100.1"})
            assert client_address() == (seen if header == "X-Forwarded-For" else "127.0.0.1")


def test_the_session_s_cookie_is_out_of_reach_of_scripts_and_other_sites(
    readers: Readers,
) -> None:
    cookie = readers.client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_the_browser_told_to_stay(
    make_client: Callable[..., Any], newsletter: Newsletter
) -> None:
    answer = make_client(public_url="https://localhost").get("/", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/", "/static/app.css", "/nothing", "/healthz", "/editor/"])
def test_over_https_every_answer_tells_the_browser_to_stay(
    make_client: Callable[..., Any], newsletter: Newsletter, path: str
) -> None:
    answer = make_client(public_url="https://localhost").get(path, base_url="https://localhost")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in make_client().get(path).headers


def test_a_token_of_another_session_s_form_is_refused(readers: Readers, app: Flask) -> None:
    foreign = Readers(app.test_client(), readers.context).open_form()
    readers.open_form()
    answer = readers.client.post("/n/field-notes", data={**foreign, "address": "a@example.org"})
    assert answer.status_code == 400
    assert readers.addresses() == []


def test_names_and_descriptions_are_shown_as_text(context: Context, client: Any) -> None:
    a_newsletter(context, slug="odd", name=f"A {SCRIPT}", description=f'"{SCRIPT}')
    readers = Readers(client, context)
    pages = [client.get(path).text for path in ("/", "/n/odd", "/n/odd/archive")]
    pages.append(readers.sign_up("a@example.org", url="/n/odd").text)
    pages.append(client.get(readers.confirm_path("a@example.org")).text)
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_what_was_typed_comes_back_as_text(readers: Readers) -> None:
    page = readers.sign_up(f'"{SCRIPT}').text
    assert "<script>alert" not in page


def test_addresses_typed_into_the_url_are_not_echoed(readers: Readers) -> None:
    for path in (f"/{SCRIPT}", f"/n/{SCRIPT}", f"/?next={SCRIPT}", f"/confirm/{SCRIPT}"):
        assert "<script>alert" not in readers.client.get(path).text


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/..", "/\\evil.example"])
def test_nothing_redirects_to_another_site(readers: Readers, path: str) -> None:
    answer = readers.client.get(path)
    location = answer.headers.get("Location", "")
    assert "evil.example" not in location.split("/")[2:3]
    assert not location.startswith("//")


def test_an_answer_that_is_too_large_is_refused(readers: Readers) -> None:
    form = readers.open_form()
    answer = readers.client.post("/n/field-notes", data={**form, "address": "a" * 300_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_static_files_are_kept_for_ever_under_an_address_with_a_version(readers: Readers) -> None:
    page = readers.client.get("/").text
    start = page.index("/static/app.css?v=")
    url = page[start : page.index('"', start)]
    answer = readers.client.get(url)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_events_name_routes_and_never_tokens_or_addresses(
    readers: Readers, newsletter: Newsletter, caplog: pytest.LogCaptureFixture
) -> None:
    subscription = a_subscriber(readers.context, newsletter, address="known@example.org")
    token = readers.context.signer.sign_unsubscribe(subscription.id, 0)
    with caplog.at_level(logging.INFO):
        readers.client.get(f"/unsubscribe/{token}")
        readers.client.get("/?secret=query")
        readers.sign_up("new@example.org")
        readers.client.get("/no/such/page")
    events = [record.facts for record in caplog.records if record.name == "newsletter.events"]
    told = [(e["method"], e["route"], e["status"]) for e in events if "route" in e]
    assert ("GET", "/unsubscribe/<token>", 200) in told
    assert ("POST", "/n/<slug>", 200) in told
    assert ("GET", "(none)", 404) in told
    assert all("duration_ms" in event for event in events)
    everything = json.dumps([*events, *(r.getMessage() for r in caplog.records)], default=str)
    for secret in (token, "new@example.org", "secret=query", "no/such/page"):
        assert secret not in everything


def test_an_exception_is_logged_without_the_path(
    app: Flask, readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False

    def explode(**_: object) -> str:
        raise RuntimeError

    app.view_functions["public_leaving.page"] = explode
    with caplog.at_level(logging.INFO):
        assert app.test_client().get("/unsubscribe/a-secret-token").status_code == 500
    assert "a-secret-token" not in caplog.text
    assert "/unsubscribe/<token>" in caplog.text


def test_sign_in_attempts_are_limited(
    make_client: Callable[..., Any], newsletter: Newsletter
) -> None:
    client = make_client(sign_in_limit="2 per hour")
    page = client.get("/editor/sign-in").text
    start = page.index('name="csrf_token" value="') + len('name="csrf_token" value="')
    token = page[start : page.index('"', start)]
    data = {"csrf_token": token, "address": "a@example.org", "password": "wrong"}
    answers = [client.post("/editor/sign-in", data=data).status_code for _ in range(3)]
    assert 429 not in answers[:2]
    assert answers[2] == 429


def test_without_shared_secrets_there_is_no_app(settings: Settings) -> None:
    lacking = Settings(database_url=settings.database_url, public_url="http://localhost")
    with pytest.raises(Misconfigured, match="SECRET_KEYS"):
        create_app(lacking)


def test_errors_of_all_kinds_help(readers: Readers) -> None:
    assert "front page" in readers.client.get("/nothing").text
    refused = readers.client.put("/n/field-notes")
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]
    assert "buttons on the page" in refused.text


def test_the_minimum_fill_applies_by_default_on_a_real_relay(
    make_client: Callable[..., Any], context: Context, newsletter: Newsletter
) -> None:
    readers = Readers(make_client(smtp_url="smtp://relay.example:587"), context)
    assert readers.sign_up("a@example.org").status_code == 422
    patient = Readers(
        make_client(smtp_url="smtp://relay.example:587", signup_minimum_fill=timedelta(0)), context
    )
    assert patient.sign_up("a@example.org").status_code == 200
