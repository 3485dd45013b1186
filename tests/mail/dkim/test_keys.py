"""DKIM keys over the years: made, published, signing, retired."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest

from newsletter.config import Settings
from newsletter.domain.errors import Conflict, InvalidInput, Misconfigured
from newsletter.mail.dkim.directory import INDEX, KeyDirectory
from newsletter.mail.dkim.keys import ED25519, RSA, new_key, pem_of
from newsletter.mail.dkim.records import Answer, compare, record_of
from newsletter.mail.dkim.signers import RELOAD_AFTER, signers_from
from newsletter.net.dns import Dns
from tests.support.services.name_server import NameServer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MESSAGE = b"From: ada@example.org\r\nSubject: x\r\n\r\nText\r\n"


@pytest.fixture
def directory(tmp_path: Path) -> KeyDirectory:
    return KeyDirectory(tmp_path / "dkim")


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.stop()


def selectors(header: bytes) -> list[str]:
    return [one.partition(b";")[0].decode() for one in header.split(b"s=")[1:]]


def test_keys_are_made_in_pairs_for_their_owner_alone(directory: KeyDirectory) -> None:
    made = directory.make([RSA, ED25519], NOW, signs_at_once=True)
    assert [key.selector for key in made] == ["n20261123-rsa", "n20261123-ed25519"]
    assert [key.state for key in directory.all_keys()] == ["signing", "signing"]
    assert directory.path.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in directory.path.iterdir()} == {0o600}
    with pytest.raises(Conflict, match="already"):
        directory.make([RSA], NOW, signs_at_once=True)


def test_the_old_keys_sign_until_the_next_are_activated(directory: KeyDirectory) -> None:
    directory.make([ED25519], NOW, signs_at_once=True)
    with pytest.raises(Conflict, match="No next key exists"):
        directory.activate(NOW)
    directory.rotate(NOW)
    assert [key.selector for key in directory.signing_keys()] == ["n20261123-ed25519"]
    with pytest.raises(Conflict, match="already exist"):
        directory.rotate(NOW)
    directory.activate(NOW + timedelta(days=2))
    assert [key.selector for key in directory.signing_keys()] == ["n20261123b-ed25519"]
    old, new = directory.all_keys()
    assert (old.state, new.state) == ("retired", "signing")
    assert old.public_half != new.public_half
    assert old.retired_at == NOW + timedelta(days=2)


def test_keys_made_for_later_do_not_sign(directory: KeyDirectory) -> None:
    directory.make([ED25519], NOW, signs_at_once=False)
    assert directory.signing_keys() == []
    with pytest.raises(Conflict, match="No key is in use"):
        directory.rotate(NOW)
    directory.activate(NOW)
    assert len(directory.signing_keys()) == 1


def test_a_directory_that_is_not_there_holds_no_keys(directory: KeyDirectory) -> None:
    assert directory.all_keys() == []
    assert not signers_from(Settings(dkim_dir=str(directory.path)))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": [{"selector": 1}]}', "not json"])
def test_an_index_that_is_spoilt_is_named(directory: KeyDirectory, text: str) -> None:
    directory.make([ED25519], NOW, signs_at_once=True)
    (directory.path / INDEX).write_text(text)
    with pytest.raises(Misconfigured, match="was not written by `newsletter dkim`"):
        signers_from(Settings(dkim_dir=str(directory.path)))


def test_a_private_half_that_is_lost_or_another_is_named(directory: KeyDirectory) -> None:
    (key,) = directory.make([ED25519], NOW, signs_at_once=True)
    file = directory.path / f"{key.selector}.pem"
    file.write_bytes(pem_of(new_key(ED25519, "x")))
    with pytest.raises(Misconfigured, match="does not match"):
        directory.signing_keys()
    file.unlink()
    with pytest.raises(Misconfigured, match="no such file"):
        directory.signing_keys()


def test_a_directory_that_can_not_be_written_to_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="can't be written to: not a directory"):
        KeyDirectory(tmp_path / "file" / "dkim").make([ED25519], NOW, signs_at_once=True)


def test_a_message_is_signed_by_all_keys_that_sign(directory: KeyDirectory) -> None:
    directory.make([RSA, ED25519], NOW, signs_at_once=True)
    signers = signers_from(Settings(dkim_dir=str(directory.path)))
    header = signers.sign(MESSAGE, NOW)
    assert selectors(header) == ["n20261123-rsa", "n20261123-ed25519"]
    rsa_key = directory.all_keys()[0]
    record = f"v=DKIM1; k=rsa; p={rsa_key.public_half}".encode()
    assert dkim.DKIM(header + MESSAGE).verify(dnsfunc=lambda *_, **__: record)


def test_a_running_worker_uses_newly_activated_keys(directory: KeyDirectory) -> None:
    signers = signers_from(Settings(dkim_dir=str(directory.path)))
    assert signers.sign(MESSAGE, NOW) == b""
    directory.make([ED25519], NOW, signs_at_once=True)
    assert signers.sign(MESSAGE, NOW) == b""
    later = NOW + RELOAD_AFTER
    assert selectors(signers.sign(MESSAGE, later)) == ["n20261123-ed25519"]
    directory.rotate(NOW)
    directory.activate(NOW)
    assert selectors(signers.sign(MESSAGE, later)) == ["n20261123-ed25519"]
    assert selectors(signers.sign(MESSAGE, later + RELOAD_AFTER)) == ["n20261123b-ed25519"]


def test_keys_that_are_half_copied_leave_the_old_ones_signing(directory: KeyDirectory) -> None:
    directory.make([ED25519], NOW, signs_at_once=True)
    signers = signers_from(Settings(dkim_dir=str(directory.path)))
    (directory.path / INDEX).write_text("{")
    assert selectors(signers.sign(MESSAGE, NOW)) == ["n20261123-ed25519"]


def test_a_key_file_comes_before_the_directory(directory: KeyDirectory, tmp_path: Path) -> None:
    directory.make([ED25519], NOW, signs_at_once=True)
    (tmp_path / "own.pem").write_bytes(pem_of(new_key(ED25519, "x")))
    settings = Settings(
        dkim_dir=str(directory.path), dkim_key_file=str(tmp_path / "own.pem"), dkim_selector="own"
    )
    assert selectors(signers_from(settings).sign(MESSAGE, NOW)) == ["own"]


def test_two_key_files_have_two_selectors(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.pem").write_bytes(pem_of(new_key(ED25519, name)))
    files = f"{tmp_path / 'a.pem'},{tmp_path / 'b.pem'}"
    signers = signers_from(Settings(dkim_key_file=files, dkim_selector="a,b"))
    assert selectors(signers.sign(MESSAGE, NOW)) == ["a", "b"]
    with pytest.raises(Misconfigured, match="2 selectors, DKIM_KEY_FILE 1 files"):
        signers_from(Settings(dkim_key_file=str(tmp_path / "a.pem"), dkim_selector="a,b"))


# --- Records -------------------------------------------------------------------------------------


def test_a_long_record_is_cut_into_strings_that_dns_can_hold() -> None:
    key = new_key(RSA, "s1")
    record = record_of("s1", RSA, key.public_half, "Example.org")
    assert record.name == "s1._domainkey.example.org"
    assert [len(string) <= 255 for string in record.strings] == [True, True]
    assert "".join(record.strings) == f"v=DKIM1; k=rsa; p={key.public_half}"
    first, *strings, last = record.zone_line.splitlines()
    assert (first, last) == ("s1._domainkey.example.org. IN TXT (", ")")
    assert [string.strip().strip('"') for string in strings] == record.strings


def test_a_short_record_is_one_line_and_without_a_domain_it_is_relative() -> None:
    record = record_of("s1", ED25519, "abc=")
    assert record.zone_line == 's1._domainkey IN TXT "v=DKIM1; k=ed25519; p=abc="'


def test_dns_answers_are_compared_by_their_tags(name_server: NameServer) -> None:
    key = new_key(RSA, "s1")
    record = record_of("s1", RSA, key.public_half, "example.org")
    assert compare(record, Dns(name_server.address).texts(record.name)).answer is Answer.MISSING
    name_server.records[record.name] = record.strings
    assert compare(record, Dns(name_server.address).texts(record.name)).answer is Answer.PUBLISHED
    half = key.public_half[:100]
    name_server.records[record.name] = [
        "n=a note; p=",
        half,
        f"{key.public_half[100:300]} ",
        key.public_half[300:],
    ]
    assert compare(record, Dns(name_server.address).texts(record.name)).answer is Answer.PUBLISHED
    name_server.records[record.name] = [f"v=DKIM1; k=rsa; p={half}"]
    found = compare(record, Dns(name_server.address).texts(record.name))
    assert (found.answer, half in found.detail) == (Answer.DIFFERENT, True)


@pytest.mark.parametrize("server", ["ns.example.org", "1.2.3", "::1:53:x", "127.0.0.1:port"])
def test_a_name_server_that_is_not_an_address_is_reported(server: str) -> None:
    with pytest.raises(InvalidInput, match="name server"):
        Dns(server)


def test_the_index_is_readable_by_people(directory: KeyDirectory) -> None:
    directory.make([ED25519], NOW, signs_at_once=True)
    (line,) = json.loads((directory.path / INDEX).read_text())["keys"]
    assert line["made_at"] == "2026-11-23T09:00:00+00:00"
