"""One-click leaving as RFC 8058 has it, sentence by sentence: a copy that went over the wire, and
the web server that its header names. Section 7 is for IANA alone.
"""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from newsletter.app import create_app
from newsletter.delivery.transmission import Transmitter
from newsletter.mail.dkim.keys import DkimKey, new_key
from newsletter.store.models import Newsletter, Subscriber, Subscription
from newsletter.store.readers.subscriptions import evidence_of
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by

# What the databases do about it is tested in web/public/test_leaving.py.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SITE = "https://news.example.org"
GRACE, ALAN = "grace@example.com", "alan@example.com"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = "-FormBoundaryjWmhtjORrn"
BODIES = [
    pytest.param(FORM, b"List-Unsubscribe=One-Click", id="8.1 urlencoded"),
    pytest.param(
        f"{MULTIPART}; boundary={BOUNDARY}",
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        f"One-Click\r\n--{BOUNDARY}--\r\n".encode(),
        id="8.3 multipart",
    ),
]
"""As the examples of section 8 have them."""


@dataclass
class Copy:
    """One reader's, byte by byte as the relay got it, and what its reader's provider does."""

    raw: bytes
    server: Any
    rig: DeliveryRig

    def fields(self, name: str) -> list[bytes]:
        """Unfolded values, in order."""
        head = re.sub(rb"\r\n[ \t]", b" ", self.raw.partition(b"\r\n\r\n")[0])
        return re.findall(rb"(?im)^%s: (.*?)\r?$" % name.encode(), head)

    @property
    def uri(self) -> str:
        (uri,) = re.findall(rb"<([^>]*)>", self.fields("List-Unsubscribe")[0])
        return uri.decode("ascii")

    def post(
        self, body: bytes = b"List-Unsubscribe=One-Click", kind: str = FORM, **given: Any
    ) -> Any:
        """Without cookies, authorization, Referer or Origin, as a provider's machine sends it."""
        mail_program = self.server.test_client(use_cookies=False)
        return mail_program.post(self.uri, data=body, content_type=kind, **given)


@pytest.fixture(scope="module")
def keys() -> tuple[DkimKey, DkimKey]:
    return new_key("rsa", "s1"), new_key("ed25519", "s2")


@pytest.fixture
def signing_rig(
    rig: DeliveryRig, keys: tuple[DkimKey, DkimKey], tmp_path: Path
) -> Iterator[DeliveryRig]:
    files = [tmp_path / f"{key.selector}.pem" for key in keys]
    for file, key in zip(files, keys, strict=True):
        file.write_bytes(
            key.private_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    with_settings(
        rig,
        public_url=SITE,
        dkim_key_file=",".join(map(str, files)),
        dkim_selector=",".join(key.selector for key in keys),
    )
    rig.transmitter = Transmitter(rig.context)
    yield rig
    rig.transmitter.close()


@pytest.fixture
def copies(signing_rig: DeliveryRig, clock: Clock) -> dict[str, Copy]:
    """Of an issue that was sent to two readers, by their address."""
    rig = signing_rig
    rig.send_to(GRACE, ALAN)
    rig.deliver()
    server = create_app(rig.context.settings, now=lambda: clock.now)
    server.testing = True
    return {reader: Copy(raw, server, rig) for reader, raw in rig.relay.raw}


@pytest.fixture
def copy(copies: dict[str, Copy]) -> Copy:
    return copies[GRACE]


@pytest.fixture
def dns(keys: tuple[DkimKey, DkimKey]) -> Callable[..., bytes]:
    record = f"v=DKIM1; k=rsa; p={keys[0].public_half}".encode()
    return lambda name, **_: record if name == b"s1._domainkey.example.org." else b""


class TestSection31MailSenders:
    def test_one_list_unsubscribe_and_one_list_unsubscribe_post_field(self, copy: Copy) -> None:
        assert len(copy.fields("List-Unsubscribe")) == 1
        assert len(copy.fields("List-Unsubscribe-Post")) == 1

    def test_the_field_must_contain_one_https_uri(self, copy: Copy) -> None:
        (field,) = copy.fields("List-Unsubscribe")
        assert re.fullmatch(rb"<https://news\.example\.org/[\x21-\x3b\x3d\x3f-\x7e]+>", field)

    def test_the_post_field_must_contain_the_single_pair(self, copy: Copy) -> None:
        assert copy.fields("List-Unsubscribe-Post") == [b"List-Unsubscribe=One-Click"]

    def test_the_uri_identifies_the_recipient(self, copies: dict[str, Copy]) -> None:
        assert copies[GRACE].uri != copies[ALAN].uri
        assert copies[GRACE].post().status_code == 200
        assert states(copies[GRACE].rig) == {GRACE: "unsubscribed", ALAN: "active"}

    def test_the_uri_identifies_the_list_and_leaves_no_other(self, copy: Copy) -> None:
        other = a_newsletter(copy.rig.context)
        a_subscriber(copy.rig.context, other, address=GRACE)
        copy.post()
        assert states(copy.rig)[GRACE] == "unsubscribed"
        assert states(copy.rig, other) == {GRACE: "active"}

    def test_all_that_is_needed_is_encoded_in_the_uri(self, copy: Copy) -> None:
        """There are no further arguments, no cookie, no login, nothing before it."""
        answer = copy.post()
        assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
        assert "Set-Cookie" not in answer.headers
        assert "WWW-Authenticate" not in answer.headers

    def test_context_that_is_sent_all_the_same_changes_nothing(self, copy: Copy) -> None:
        context = {"Cookie": "session=forged", "Authorization": "Basic eDp5"}
        foreign = {"Origin": "https://mail.example.net", "Referer": "https://mail.example.net/"}
        assert copy.post(headers=context | foreign).status_code == 200
        assert states(copy.rig)[GRACE] == "unsubscribed"

    def test_the_uri_includes_an_opaque_identifier(self, copy: Copy) -> None:
        secret = copy.rig.context.settings.secret_keys[0]
        assert copy.uri.isascii()
        parts = urlsplit(copy.uri)
        assert (parts.query, parts.fragment, parts.username) == ("", "", None)
        for told in ("grace", "example.com", "field", "notes", secret):
            assert told not in parts.path.lower()

    def test_the_server_verifies_the_hard_to_forge_component(self, copy: Copy) -> None:
        start = len(f"{SITE}/unsubscribe/")
        for place in range(start, len(copy.uri) - 1):
            forged = copy.uri[:place] + other_letter(copy.uri[place]) + copy.uri[place + 1 :]
            answer = replace_uri(copy, forged).post()
            assert answer.status_code == 400, place
            assert "Nobody was unsubscribed" in answer.text
        assert states(copy.rig)[GRACE] == "active"

    def test_the_infrastructure_handles_the_posts_that_its_mail_provokes(self, copy: Copy) -> None:
        """A provider's machines all come from a few addresses: no limit may stop them."""
        assert {copy.post().status_code for _ in range(150)} == {200}

    @pytest.mark.parametrize(("kind", "body"), BODIES)
    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("came_by", ["https", "http"])
    def test_the_sender_must_not_return_a_redirect(
        self, copy: Copy, kind: str, body: bytes, slash: str, came_by: str
    ) -> None:
        """Where a proxy takes the https away, the server is asked by http."""
        asked = copy.uri.replace("https", came_by, 1) + slash
        answer = replace_uri(copy, asked).post(body, kind)
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert states(copy.rig)[GRACE] == "unsubscribed"


class TestSection32MailReceivers:
    @pytest.mark.parametrize(("kind", "body"), BODIES)
    def test_a_post_of_the_pair_ends_the_subscription(
        self, copy: Copy, kind: str, body: bytes
    ) -> None:
        answer = copy.post(body, kind)
        assert answer.status_code == 200
        assert states(copy.rig)[GRACE] == "unsubscribed"
        (withdrawn,) = evidence(copy.rig)
        assert (withdrawn.kind, withdrawn.how) == ("withdrawn", "one-click, edition 1")

    def test_the_body_is_what_the_post_field_says(self, copy: Copy) -> None:
        copy.post(copy.fields("List-Unsubscribe-Post")[0])
        assert states(copy.rig)[GRACE] == "unsubscribed"

    def test_the_answer_asks_for_no_confirmation(self, copy: Copy) -> None:
        answer = copy.post()
        assert answer.mimetype == "text/plain"
        assert len(answer.data) < 100

    def test_the_target_is_that_of_the_get_for_leaving_by_hand(self, copy: Copy) -> None:
        message = email.message_from_bytes(copy.raw, policy=default)
        for subtype in ("plain", "html"):
            assert copy.uri in message.get_body((subtype,)).get_content()
        page = copy.server.test_client().get(copy.uri)
        assert page.status_code == 200
        assert "<button" in page.text

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_whatever_fetches_the_uri_without_the_user_s_consent_changes_nothing(
        self, copy: Copy, method: str
    ) -> None:
        for asked in (copy.uri, f"{copy.uri}/", f"{copy.uri}?List-Unsubscribe=One-Click"):
            assert copy.server.test_client().open(asked, method=method).status_code == 200
        assert states(copy.rig)[GRACE] == "active"
        assert evidence(copy.rig) == []

    def test_after_it_no_issue_comes_any_more(self, copy: Copy) -> None:
        copy.post()
        copy.rig.relay.raw.clear()
        send_another(copy.rig)
        assert [reader for reader, _ in copy.rig.relay.raw] == [ALAN]


class TestSection4AdditionalRequirements:
    def test_the_message_has_a_valid_signature_of_the_sender_s_domain(
        self, copy: Copy, dns: Callable[..., bytes]
    ) -> None:
        assert dkim.DKIM(copy.raw).verify(dnsfunc=dns)
        assert re.search(rb"\bd=example\.org;", copy.fields("DKIM-Signature")[0])

    def test_both_fields_are_included_in_the_h_tag_of_each_signature(self, copy: Copy) -> None:
        signatures = copy.fields("DKIM-Signature")
        assert len(signatures) == 2
        for signature in signatures:
            (listed,) = re.findall(rb"\bh=([^;]+)", signature)
            names = {name.strip().lower() for name in listed.split(b":")}
            assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= names

    @pytest.mark.parametrize(
        ("true", "false"),
        [
            (b"List-Unsubscribe: <https://news", b"List-Unsubscribe: <https://evil"),
            (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Clicks"),
            (b"List-Unsubscribe:", b"List-Unsubscribe: <https://evil.example/>\r\nX:"),
            (b"List-Unsubscribe:", b"List-Unsubscribe: <https://evil.example/>\r\n%b"),
            (b"List-Unsubscribe-Post:", b"List-Unsubscribe-Post: a=b\r\n%b"),
        ],
        ids=["another URI", "another pair", "in its place", "a second URI", "a second pair"],
    )
    def test_both_fields_are_covered_by_the_signature(
        self, copy: Copy, dns: Callable[..., bytes], true: bytes, false: bytes
    ) -> None:
        """Also against one that is put beside: each is signed once more than it is there."""
        assert true in copy.raw
        forged = copy.raw.replace(true, false.replace(b"%b", true), 1)
        assert not dkim.DKIM(forged).verify(dnsfunc=dns)


class TestSection5HeaderSyntax:
    def test_the_field_is_its_name_a_colon_and_the_pair_on_one_line(self, copy: Copy) -> None:
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in copy.raw

    def test_a_field_with_an_address_is_never_an_encoded_word(self, copy: Copy) -> None:
        assert b"=?" not in copy.fields("List-Unsubscribe")[0]


class TestSection6SecurityConsiderations:
    def test_the_uri_works_for_whoever_has_the_message_and_only_ends_that_subscription(
        self, copy: Copy
    ) -> None:
        """No form can be filled in by it: what else is posted is not looked at."""
        body = f"List-Unsubscribe=One-Click&address={ALAN}&action=erase&token=x".encode()
        assert copy.post(body).status_code == 200
        assert states(copy.rig) == {GRACE: "unsubscribed", ALAN: "active"}

    def test_a_second_post_answers_the_same_and_is_no_second_withdrawal(self, copy: Copy) -> None:
        first, second = copy.post(), copy.post()
        assert (second.status_code, second.data) == (first.status_code, first.data)
        assert len(evidence(copy.rig)) == 1

    def test_an_address_that_never_existed_is_told_from_one_that_did_by_nothing(
        self, copy: Copy
    ) -> None:
        """Only who holds a signed URI learns anything: ids can't be tried one by one."""
        signer = copy.rig.context.signer
        strangers = [
            signer.sign_preferences(1),
            signer.sign_confirmation(1, 0),
            signer.sign_unsubscribe(999_999),
            "WzEsMV0",
        ]
        answers = [replace_uri(copy, f"{SITE}/unsubscribe/{one}").post() for one in strangers]
        assert {answer.status_code for answer in answers} == {400}
        assert states(copy.rig)[GRACE] == "active"


def states(rig: DeliveryRig, newsletter: Newsletter | None = None) -> dict[str | None, str]:
    """Of each subscription to that newsletter, by the reader's address."""
    newsletter_id = newsletter.id if newsletter else rig.newsletter_id
    with rig.context.database.read() as session:
        rows = session.execute(
            select(Subscriber.address, Subscription.state)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .where(Subscription.newsletter_id == newsletter_id)
        )
        return {address: str(state) for address, state in rows}


def evidence(rig: DeliveryRig) -> list[Any]:
    with rig.context.database.read() as session:
        return evidence_of(session, rig.subscription(GRACE).id)


def send_another(rig: DeliveryRig) -> None:
    with rig.context.database.read() as session:
        newsletter = session.get_one(Newsletter, rig.newsletter_id)
    issue = an_issue(rig.context, newsletter, title="The next one")
    send_now(rig.context, issue.id, by("editor"))
    start_issue(rig.context, issue.id)
    rig.deliver()


def replace_uri(copy: Copy, uri: str) -> Copy:
    """Its bytes with another address in the field."""
    return replace(copy, raw=copy.raw.replace(copy.uri.encode(), uri.encode(), 1))


def other_letter(letter: str) -> str:
    return "A" if letter != "A" else "B"
