"""DKIM keys for the operator: made, shown with their DNS records, rotated, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.alabels import ascii_domain
from newsletter.domain.readers.addresses import domain_of
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.mail.dkim.directory import KeyDirectory, KnownKey
from newsletter.mail.dkim.keys import load_dkim_keys
from newsletter.mail.dkim.records import Answer, Found, TxtRecord, compare, record_of
from newsletter.net.dns import Dns, NoAnswer
from newsletter.store.newsletters import all_newsletters
from newsletter.usecases.context import Context


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key with the records that have to be in DNS; `state` as in KnownKey."""

    selector: str
    kind: str
    state: str
    records: tuple[TxtRecord, ...]
    made_at: str = ""
    activated_at: str = ""
    retired_at: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "selector": self.selector,
            "kind": self.kind,
            "state": self.state,
            "made_at": self.made_at or None,
            "activated_at": self.activated_at or None,
            "retired_at": self.retired_at or None,
            "records": [
                {
                    "name": record.name,
                    "type": "TXT",
                    "value": record.value,
                    "strings": record.strings,
                    "zone_line": record.zone_line,
                }
                for record in self.records
            ],
        }


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    key: PublishedKey
    record: TxtRecord
    found: Found


def sender_domains(context: Context, principal: Principal) -> list[str]:
    """Those that the newsletters send from, which signatures should be of."""
    require(principal, "sender_domains")
    with context.database.read() as session:
        return _domains(session)


def with_records(keys: Sequence[KnownKey], domains: Sequence[str]) -> list[PublishedKey]:
    """Without a domain, the records' names are relative to it."""
    return [
        PublishedKey(
            key.selector,
            key.kind,
            key.state,
            _records(key.selector, key.kind, key.public_half, domains),
            *(moment.isoformat() if moment else "" for moment in _moments(key)),
        )
        for key in keys
    ]


def keys_from_files(settings: Settings, domains: Sequence[str]) -> list[PublishedKey]:
    """Those of DKIM_KEY_FILE. Raises Misconfigured."""
    return [
        PublishedKey(
            key.selector,
            key.kind,
            "signing",
            _records(key.selector, key.kind, key.public_half, domains),
        )
        for key in load_dkim_keys(settings)
    ]


def signing_records(settings: Settings, domain: str) -> list[TxtRecord]:
    """Of the keys that sign mail from `domain` now. Raises Misconfigured."""
    signs_for = [settings.dkim_domain or domain]
    listed = KeyDirectory(settings.dkim_directory).all_keys()
    keys = keys_from_files(settings, signs_for) or with_records(listed, signs_for)
    return [record for key in keys if key.state == "signing" for record in key.records]


def check_records(keys: Sequence[PublishedKey], server: str = "") -> list[CheckedRecord]:
    """Asks DNS for the records of keys that sign, or are about to."""
    dns = Dns(server)
    return [
        CheckedRecord(key, record, _look_up(dns, record))
        for key in keys
        if key.state != "retired"
        for record in key.records
    ]


def _look_up(dns: Dns, record: TxtRecord) -> Found:
    try:
        return compare(record, dns.texts(record.name))
    except NoAnswer as error:
        return Found(Answer.UNKNOWN, str(error))


def _domains(session: Session) -> list[str]:
    addresses = [newsletter.sender_address for newsletter in all_newsletters(session)]
    return sorted({ascii_domain(domain_of(address)) for address in addresses if address})


def _moments(key: KnownKey) -> tuple[Any, ...]:
    return key.made_at, key.activated_at, key.retired_at


def _records(
    selector: str, kind: str, public_half: str, domains: Sequence[str]
) -> tuple[TxtRecord, ...]:
    return tuple(record_of(selector, kind, public_half, domain) for domain in domains or [""])
