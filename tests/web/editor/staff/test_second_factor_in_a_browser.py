"""The second factor as it is lived: app, file of codes, passkey with and without a password."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.web.editor.conftest import ADDRESS, PASSWORD

FACTOR = "/editor/account/second-factor"


@pytest.fixture
def named_site(app: Flask) -> Iterator[str]:
    """By the name of PUBLIC_URL: passkeys are bound to it."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    shell = app.extensions["newsletter"]
    url = f"http://localhost:{server.port}"
    settings = replace(shell.context.settings, public_url=url)
    app.extensions["newsletter"] = replace(shell, context=replace(shell.context, settings=settings))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join()


@pytest.fixture
def device(browser_page: Any) -> Any:
    """A phone that keeps passkeys and knows its owner."""
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def sign_in(page: Any, site: str) -> None:
    page.goto(f"{site}/editor/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Any, site: str) -> None:
    page.goto(f"{site}/editor/account")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_an_app_its_codes_and_a_passkey_let_their_owner_in(
    browser_page: Any, named_site: str, device: Any, first_editor: int
) -> None:
    page, site = browser_page, named_site
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, site)
    page.get_by_role("heading", name="Hello, Ada").wait_for()

    page.goto(f"{site}{FACTOR}")
    page.get_by_role("link", name="Set up an app").click()
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    assert page.locator(".qr-frame svg").bounding_box()["width"] > 150
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as text").click()
    codes = Path(download.value.path()).read_text().split()
    assert codes == page.locator(".codes code").all_inner_texts()

    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name", exact=True).fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is added").wait_for()
    page.get_by_text("Phone", exact=True).wait_for()

    sign_out(page, site)
    sign_in(page, site)
    page.get_by_label("Code", exact=True).fill(app.at(time.time() + 30))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Hello, Ada").wait_for()

    sign_out(page, site)
    sign_in(page, site)
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Hello, Ada").wait_for()

    sign_out(page, site)
    sign_in(page, site)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Hello, Ada").wait_for()

    sign_out(page, site)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Hello, Ada").wait_for()
    assert complaints == []
