"""The doctor: a healthy set-up is called healthy, and each fault is named, alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.mail.dkim.directory import KeyDirectory
from newsletter.mail.dkim.keys import ED25519, new_key
from newsletter.mail.dkim.records import record_of
from newsletter.signing import Signer
from newsletter.store.models import AppSecret
from newsletter.store.operations import beat
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from newsletter.usecases.operations.examine import Wishes, examine
from newsletter.usecases.operations.last_examinations import last_examinations
from newsletter.usecases.operations.round_trip import round_trip
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from tests.support.builders import a_newsletter, an_editor
from tests.support.pictures import drawn
from tests.support.principals import EDITOR
from tests.support.services.name_server import NameServer
from tests.support.services.relay import Relay
from tests.support.smtp.certificates import an_authority

ADDRESS = "192.0.2.25"
POINTER = "25.2.0.192.in-addr.arpa"
CERTIFICATE_ENDS_TOMORROW = ("https", Health.WARNING)


@pytest.fixture
def zone() -> Iterator[NameServer]:
    """Of example.org, as it should be, but for its DKIM key."""
    server = NameServer()
    server.records |= {
        "example.org": [f"v=spf1 ip4:{ADDRESS} ~all"],
        "_dmarc.example.org": ["v=DMARC1; p=quarantine; rua=mailto:ada@example.org"],
        "default._bimi.example.org": ["v=BIMI1; l=https://example.org/logo.svg"],
    }
    server.others |= {
        ("MX", "example.org"): ["10 mail.example.org."],
        ("A", "mail.example.org"): [ADDRESS],
        ("PTR", POINTER): ["mail.example.org."],
    }
    yield server
    server.stop()


@pytest.fixture
def live(
    settings: Settings,
    zone: NameServer,
    relay: Relay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Context]:
    """An installation that mails readers, with its site over https and everything in order."""
    authority = an_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    settings = replace(
        settings,
        smtp_url=f"smtp://127.0.0.1:{relay.port}",
        smtp_ehlo_name="mail.example.org",
        dns_server=zone.address,
        sending_addresses=(ADDRESS,),
        allowed_hosts=("127.0.0.1",),
    )
    tls = authority.server_tls()
    site = make_server("127.0.0.1", 0, create_app(settings), threaded=True, ssl_context=tls)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    context = open_context(replace(settings, public_url=f"https://127.0.0.1:{site.server_port}"))
    a_newsletter(context, slug="notes")
    with context.database.write() as session:
        beat(session, "ticker", context.now())
        beat(session, "worker", context.now())
    [key] = KeyDirectory(settings.dkim_directory).make([ED25519], context.now(), signs_at_once=True)
    record = record_of(key.selector, key.kind, key.public_half, "example.org")
    zone.records[record.name] = record.strings
    yield context
    site.shutdown()
    context.database.dispose()


def told(context: Context) -> list[Diagnosis]:
    made = examine(context, EDITOR)
    return [one for part in made for one in part.diagnoses if one.health is not Health.GOOD]


def not_in_order(context: Context) -> set[tuple[str, Health]]:
    return {(one.check, one.health) for one in told(context)}


def test_a_healthy_installation_is_called_healthy(live: Context) -> None:
    assert not_in_order(live) == {CERTIFICATE_ENDS_TOMORROW}
    kept = last_examinations(live, EDITOR)
    assert [(one.slug, one.is_sick) for one in kept] == [("", False), ("notes", False)]


def test_pictures_without_their_files_are_an_error(live: Context) -> None:
    add_picture(live, "notes", NewPicture(drawn()), EDITOR)
    assert about_pictures(live) == []
    folder = live.settings.media_dir
    away = folder.rename(folder.with_name("elsewhere"))
    assert about_pictures(live) == [f"The folder of pictures, {folder}, is missing."]
    away.rename(folder)
    next(folder.glob("*.jpg")).unlink()
    assert about_pictures(live) == ["1 of 1 pictures have no file there."]


def about_pictures(context: Context) -> list[str]:
    return [one.found for one in told(context) if one.check == "pictures"]


def txt(name: str, text: str) -> Callable[[NameServer], object]:
    return lambda zone: zone.records.update({name: [text]})


def gone(name: str) -> Callable[[NameServer], object]:
    return lambda zone: zone.records.pop(name)


def other(kind: str, name: str, *rows: str) -> Callable[[NameServer], object]:
    return lambda zone: zone.others.update({(kind, name): list(rows)})


def key_name(zone: NameServer) -> str:
    [name] = [name for name in zone.records if "_domainkey" in name]
    return name


def another_key(zone: NameServer) -> None:
    zone.records[key_name(zone)] = [f"v=DKIM1; k=ed25519; p={new_key(ED25519, 's').public_half}"]


def two_policies(zone: NameServer) -> None:
    zone.records.pop("example.org")
    zone.others["TXT", "example.org"] = ['"v=spf1 -all"', '"v=spf1 ~all"']


def eleven_includes(zone: NameServer) -> None:
    names = [f"s{number}.example.net" for number in range(11)]
    zone.records |= {name: ["v=spf1 ip4:198.51.100.1 -all"] for name in names}
    includes = [f"include:{name} " for name in names]
    zone.records["example.org"] = [f"v=spf1 ip4:{ADDRESS} ", *includes, "~all"]


SPF_OF_ANOTHER = txt("example.org", "v=spf1 ip4:198.51.100.7 ~all")
UNREADABLE = txt("_dmarc.example.org", "v=DMARC1; p=everything")
SICK: dict[str, tuple[Callable[[NameServer], object], str, Health, str]] = {
    "no SPF": (gone("example.org"), "spf", Health.ERROR, "v=spf1 ip4:192.0.2.25"),
    "SPF of another address": (SPF_OF_ANOTHER, "spf", Health.ERROR, "ip4:192.0.2.25"),
    "two SPF records": (two_policies, "spf", Health.ERROR, "Correct"),
    "SPF for everybody": (txt("example.org", "v=spf1 +all"), "spf", Health.ERROR, "~all"),
    "SPF with too many lookups": (eleven_includes, "spf", Health.ERROR, "Remove"),
    "no DKIM key": (lambda zone: zone.records.pop(key_name(zone)), "dkim", Health.ERROR, "IN TXT"),
    "another DKIM key": (another_key, "dkim", Health.ERROR, "IN TXT"),
    "no DMARC": (gone("_dmarc.example.org"), "dmarc", Health.ERROR, "v=DMARC1"),
    "DMARC that can't be read": (UNREADABLE, "dmarc", Health.ERROR, "_dmarc"),
    "no MX": (other("MX", "example.org"), "mx", Health.ERROR, "IN MX 10"),
    "MX without an address": (
        other("MX", "example.org", "10 away.example.net."), "mx", Health.ERROR, "away.example.net",
    ),
    "no name of the address": (other("PTR", POINTER), "ptr", Health.ERROR, "PTR record"),
    "a name that leads elsewhere": (
        other("PTR", POINTER, "elsewhere.example.net."), "ptr", Health.ERROR, "IN A 192.0.2.25",
    ),
    "DNS that does not answer": (
        lambda zone: zone.silent.add("example.org"), "spf", Health.UNKNOWN, "",
    ),
}  # fmt: skip
FOLLOWS = {
    "DNS that does not answer": {"mx"},
    "SPF for everybody": set[str](),
}
"""What can't be looked at for the same reason."""


@pytest.mark.parametrize("fault", SICK)
def test_each_fault_of_dns_is_named_with_what_mends_it_and_none_is_invented(
    live: Context, zone: NameServer, fault: str
) -> None:
    change, check, health, mend = SICK[fault]
    change(zone)
    found = [one for one in told(live) if (one.check, one.health) != CERTIFICATE_ENDS_TOMORROW]
    assert {one.check for one in found} == {check} | FOLLOWS.get(fault, set())
    assert any(one.check == check and one.health is health and mend in one.mend for one in found)


def test_a_signature_of_another_organisation_stands_for_nobody(live: Context) -> None:
    settings = replace(live.settings, dkim_domain="example.net", bounce_domain="example.com")
    found = not_in_order(replace(live, settings=settings))
    assert {("alignment", Health.ERROR), ("dkim", Health.ERROR)} <= found


def test_a_relay_that_is_gone_and_a_proxy_that_eats_posts_are_named(
    live: Context, relay: Relay
) -> None:
    relay.stop()
    settings = replace(live.settings, public_url=live.settings.public_url + "/elsewhere")
    found = not_in_order(replace(live, settings=settings))
    assert {("relay", Health.ERROR), ("one-click", Health.ERROR)} <= found


def test_open_secrets_lost_and_old_keys_and_a_wrong_clock_are_named(live: Context) -> None:
    editor = an_editor(live)
    sealed = Signer(["a key that is gone"]).seal_app_secret(editor.id, "ABC")
    with live.database.write() as session:
        session.add(AppSecret(user_id=editor.id, sealed=sealed, added_at=live.now()))
    [key_file] = live.settings.dkim_directory.glob("*.pem")
    key_file.chmod(0o644)
    later = datetime.now(UTC) + timedelta(days=400)
    found = not_in_order(replace(live, now=lambda: later))
    expected = {("secrets", Health.ERROR), ("key-age", Health.HINT), ("clock", Health.WARNING)}
    assert expected | {("second-factors", Health.ERROR)} <= found


def test_blocklists_are_asked_on_request_alone(live: Context, zone: NameServer) -> None:
    listed = f"{POINTER.removesuffix('.in-addr.arpa')}.zen.spamhaus.org"
    zone.others["A", listed] = ["127.0.0.3"]
    zone.records[listed] = ["https://check.spamhaus.org/"]
    assert "blocklist" not in {one.check for one in told(live)}
    assert {one.about for one in of_blocklists(live, Health.ERROR)} == {ADDRESS}
    zone.others["A", listed] = ["127.255.255.254"]
    assert not of_blocklists(live, Health.ERROR)
    assert len(of_blocklists(live, Health.UNKNOWN)) == 1


def of_blocklists(context: Context, health: Health) -> list[Diagnosis]:
    _, notes = examine(context, EDITOR, wishes=Wishes(blocklists=True))
    return [one for one in notes.diagnoses if one.check == "blocklist" and one.health is health]


def test_a_message_to_the_bounce_domain_makes_a_round_trip(live: Context, relay: Relay) -> None:
    assert round_trip(live, "ada@example.org").health is Health.UNKNOWN
    settings = replace(
        live.settings, bounce_domain="bounce.example.org", inbound_smtp="127.0.0.1:2525"
    )
    context = replace(live, settings=settings)
    lost = round_trip(context, "ada@example.org", patience_s=0.1)
    assert (lost.health, "runbook" in lost.mend or "MX" in lost.mend) == (Health.ERROR, True)
    hands_over = threading.Thread(target=hand_over_the_next, args=(context, relay))
    hands_over.start()
    assert round_trip(context, "ada@example.org").health is Health.GOOD
    hands_over.join()


def hand_over_the_next(context: Context, relay: Relay) -> None:
    """As the server does that the MX record names."""
    known = len(relay.raw)
    while len(relay.raw) == known:
        threading.Event().wait(0.02)
    recipient, message = relay.raw[-1]
    store_arrivals(context, [Arrival(Door.SMTP, message, "", (recipient,))])
