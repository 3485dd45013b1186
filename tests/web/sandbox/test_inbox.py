"""/sandbox: what the SMTP sandbox took, for people at this machine only."""

from __future__ import annotations

import re
import smtplib
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.runtime.sandbox.inbox import list_messages
from newsletter.runtime.sandbox.server import SandboxServer
from newsletter.store.models import FeedbackRow, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from tests.support.builders import a_newsletter
from tests.support.ledgers import a_sent_issue
from tests.support.reports import copy_to


@pytest.fixture
def client(app: Any) -> Any:
    """A browser that opened the link which `newsletter up` printed."""
    client = app.test_client()
    client.get("/sandbox/?key=the-key-of-this-start")
    return client


@pytest.fixture
def mail_id(sandbox: SandboxServer, settings: Settings) -> str:
    return a_mail(sandbox, settings.sandbox_dir)


def test_an_empty_inbox_says_what_to_do_next(client: Any) -> None:
    page = client.get("/sandbox")
    assert page.status_code == 200
    assert "No mail yet" in page.text
    assert client.get("/sandbox/").status_code == 200


def test_the_inbox_lists_the_newest_first(
    client: Any, sandbox: SandboxServer, settings: Settings
) -> None:
    a_mail(sandbox, settings.sandbox_dir, subject="The first")
    a_mail(sandbox, settings.sandbox_dir, subject="The second")
    page = client.get("/sandbox").text
    assert page.index("The second") < page.index("The first")
    assert "reader@example.org" in page


def test_mail_is_found_by_its_recipient(
    client: Any, sandbox: SandboxServer, settings: Settings
) -> None:
    a_mail(sandbox, settings.sandbox_dir, subject="For Ada", to="ada@example.org")
    a_mail(sandbox, settings.sandbox_dir, subject="For Bob", to="bob@example.org")
    page = client.get("/sandbox?recipient=ADA@example.org").text
    assert "For Ada" in page
    assert "For Bob" not in page
    assert "Show all 2" in client.get("/sandbox?recipient=nobody@example.org").text


def test_a_full_inbox_comes_in_pages(client: Any, settings: Settings) -> None:
    for number in range(51):
        path = settings.sandbox_dir / f"20261122T1200{number:08d}-0000abcd.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"Delivered-To: a@b.org\r\nSubject: Mail {number}.\r\n\r\n".encode())
    first = client.get("/sandbox").text
    assert "Mail 50." in first
    assert "Mail 0." not in first
    older = re.search(r'href="(/sandbox/?\?before=[^"]+)"', first)
    assert older
    assert "Mail 0." in client.get(older[1]).text


def test_a_message_is_shown_as_html_text_headers_and_source(client: Any, mail_id: str) -> None:
    usual = client.get(f"/sandbox/{mail_id}").text
    assert f'src="/sandbox/{mail_id}/html"' in usual
    assert "Good morning in plain text" in client.get(f"/sandbox/{mail_id}?view=text").text
    headers = client.get(f"/sandbox/{mail_id}?view=headers").text
    assert "Delivered-To" in headers
    assert "reader@example.org" in headers
    assert "MIME-Version: 1.0" in client.get(f"/sandbox/{mail_id}?view=source").text


def test_the_html_can_do_nothing_but_open_its_links_in_a_new_tab(client: Any, mail_id: str) -> None:
    frame = client.get(f"/sandbox/{mail_id}/html")
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "X-Frame-Options" not in frame.headers
    assert '<base target="_blank">' in frame.text
    page = client.get(f"/sandbox/{mail_id}").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_the_source_can_be_downloaded_as_it_arrived(
    client: Any, mail_id: str, settings: Settings
) -> None:
    answer = client.get(f"/sandbox/{mail_id}.eml")
    assert answer.data == (settings.sandbox_dir / f"{mail_id}.eml").read_bytes()
    assert answer.mimetype == "message/rfc822"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_hostile_mail_is_shown_as_text(
    client: Any, sandbox: SandboxServer, settings: Settings
) -> None:
    script = "<script>alert(1)</script>"
    mail_id = a_mail(sandbox, settings.sandbox_dir, subject=script, text=script)
    pages = [client.get("/sandbox").text]
    pages += [
        client.get(f"/sandbox/{mail_id}?view={v}").text for v in ("text", "headers", "source")
    ]
    for page in pages:
        assert "<script>alert" not in page
    searched = client.get("/sandbox", query_string={"recipient": f'"{script}'}).text
    assert "<script>alert" not in searched


@pytest.mark.parametrize(("what", "verdict"), [("bounce", "hard"), ("complaint", "complaint")])
def test_a_copy_bounces_later_or_is_reported_as_spam(
    client: Any, context: Context, settings: Settings, what: str, verdict: str
) -> None:
    sent = a_sent_issue(context, "accepted-1")
    copy = copy_to(sent, "accepted-1@example.org")
    head = f"Return-Path: <ada@example.org>\r\nDelivered-To: {copy.address}\r\n"
    mail = f"{head}List-Unsubscribe: <{copy.link}>\r\nSubject: On ropes\r\n\r\nText\r\n"
    page = "/sandbox/20261122T120000000000-0000abcd"
    settings.sandbox_dir.mkdir(parents=True, exist_ok=True)
    (settings.sandbox_dir / f"{page.rpartition('/')[2]}.eml").write_bytes(mail.encode())
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token
    form = {"csrf_token": token[1], "what": what}
    answer = client.post(f"{page}/return", data=form, follow_redirects=True)
    assert "Sent back" in answer.text
    judge_new(context)
    with context.database.read() as session:
        (fact,) = session.scalars(select(FeedbackRow))
        subscription = session.get_one(Subscription, copy.line.subscription_id)
    assert (fact.verdict, subscription.state) == (verdict, "suppressed")


def test_all_mail_can_be_deleted(client: Any, mail_id: str, settings: Settings) -> None:
    refused = client.post("/sandbox/clear")
    assert refused.status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sandbox").text)
    assert token
    answer = client.post("/sandbox/clear", data={"csrf_token": token[1]}, follow_redirects=True)
    assert "1 message deleted" in answer.text
    assert list_messages(settings.sandbox_dir) == ()


@pytest.mark.parametrize(
    "name", ["nothing", "20260101T000000000000-00000000", "..%2f..%2fetc%2fpasswd"]
)
def test_a_message_that_is_not_there_is_not_found(client: Any, name: str) -> None:
    for path in (f"/sandbox/{name}", f"/sandbox/{name}/html", f"/sandbox/{name}.eml"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "request_from",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"X-Real-IP": "192.0.2.7"}},
        {"headers": {"Forwarded": "for=192.0.2.7"}},
        {"headers": {"Host": "news.example.org"}},
    ],
    ids=["another machine", "a proxy", "nginx", "a standard proxy", "a public name"],
)
def test_nobody_from_elsewhere_gets_in(
    settings: Settings, mail_id: str, request_from: dict[str, Any]
) -> None:
    app = create_app(replace(settings, allowed_hosts=("news.example.org",)))
    client = app.test_client()
    client.get("/sandbox/?key=the-key-of-this-start")
    for path in paths(mail_id):
        assert client.get(path).status_code == 200
        assert client.get(path, **request_from).status_code == 404


@pytest.mark.parametrize("key", ["", "guessed", "the-key-of-this-star", "é"])
def test_a_proxy_that_looks_like_this_machine_gets_nobody_in_without_the_key(
    app: Flask, mail_id: str, key: str
) -> None:
    """nginx with `proxy_pass` alone: its Host is 127.0.0.1, and no header tells of it."""
    stranger = app.test_client()
    stranger.set_cookie("newsletter_sandbox", key)
    for path in paths(mail_id):
        answer = stranger.get(path, headers={"Host": "127.0.0.1"}, query_string={"key": key})
        assert answer.status_code == 404


def test_the_key_gives_a_cookie_and_leaves_the_address(app: Flask) -> None:
    browser = app.test_client()
    answer = browser.get("/sandbox/?key=the-key-of-this-start")
    assert answer.headers["Location"] == "/sandbox/"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert browser.get("/sandbox/").status_code == 200


def test_a_key_of_an_earlier_start_opens_nothing(settings: Settings, mail_id: str) -> None:
    client = create_app(replace(settings, sandbox_key="a-new-key")).test_client()
    assert client.get("/sandbox/?key=the-key-of-this-start").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_url": "smtp://relay.example"},
        {"public_url": "https://news.example.org"},
        {"public_url": "http://192.0.2.1:8000"},
        {"sandbox_key": ""},
    ],
    ids=["a relay", "a public name", "a public address", "no key"],
)
def test_there_is_no_sandbox_even_with_the_key(
    settings: Settings, mail_id: str, changed: dict[str, str]
) -> None:
    changed_settings = replace(settings, **changed)  # type: ignore[arg-type]
    client = create_app(changed_settings).test_client()
    client.set_cookie("newsletter_sandbox", changed_settings.sandbox_key)
    for path in (*paths(mail_id), f"/sandbox/?key={changed_settings.sandbox_key}"):
        assert client.get(path).status_code == 404


def test_only_who_opened_the_sandbox_is_shown_the_way_to_it(
    client: Any, app: Flask, context: Context
) -> None:
    a_newsletter(context, slug="field-notes")
    for browser, is_shown in ((client, True), (app.test_client(), False)):
        form = browser.get("/n/field-notes").text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        answer = browser.post("/n/field-notes", data={**hidden, "address": "ada@example.org"})
        assert ("/sandbox" in answer.text) is is_shown


def paths(mail_id: str) -> tuple[str, ...]:
    return (
        "/sandbox",
        f"/sandbox/{mail_id}",
        f"/sandbox/{mail_id}/html",
        f"/sandbox/{mail_id}.eml",
    )


def a_mail(
    sandbox: SandboxServer,
    directory: Path,
    *,
    subject: str = "Good morning",
    to: str = "reader@example.org",
    text: str = "Good morning in plain text",
) -> str:
    """The id under which the sandbox keeps it."""
    message = EmailMessage()
    message["From"] = "Ada <ada@example.org>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    message.add_alternative("<html><head></head><p>Good morning</p></html>", subtype="html")
    with smtplib.SMTP("127.0.0.1", sandbox.port) as relay:
        relay.send_message(message)
    return list_messages(directory)[0].id
