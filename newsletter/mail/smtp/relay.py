"""The relay that mail is handed to, as the settings describe it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from newsletter.config import Settings
from newsletter.domain.alabels import ascii_domain
from newsletter.domain.delivery.pacing import Limit, limits
from newsletter.domain.delivery.pipelining import Pipelining
from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.domain.operations.service_urls import ESCAPING
from newsletter.mail.smtp.relay_parameters import parameters_of

_EXAMPLE = "Use smtp://user:password@relay.example:587 or smtps://…. See docs/settings.md."
NO_RELAY = "no relay"
"""The name under which wrong settings are recorded as relay trouble."""
_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION_PORT = 587
_PRIVATE_TOPS = frozenset({"arpa", "home", "internal", "lan", "local", "localdomain", "localhost"})


@dataclass(frozen=True, slots=True)
class Relay:
    """`ca_file` is "" for the system's certificates; `username` is "" for no login.

    With `starttls_if_offered`, encryption is used where it is offered. The certificate is not
    checked then unless there is a `ca_file`: that is for loopback, where nobody is in between, and
    where certificates are rarely valid. Without either, STARTTLS is not used.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool = False
    starttls_required: bool = True
    starttls_if_offered: bool = False
    ca_file: str = ""
    ehlo_name: str = "localhost"
    token_file: str = ""
    """Holds an OAuth access token, which is read at each login in place of `password`."""
    weight: int = 1
    """Its share of the mail, relative to the weights of the other relays."""
    connections: int = 20
    """Connections at a time, for each process."""
    per_connection: int = 1_000
    """Messages after which a connection is closed and another one opened."""
    connection_age: timedelta = timedelta(minutes=10)
    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0
    """Messages, for all processes together; 0 means no limit."""
    warm_up_from: date | None = None
    warm_up_start: int = 0
    """Messages on the first day. Each later day allows twice as many, up to `per_day`."""
    pipelining: Pipelining | None = None
    """How far ahead of its replies it may be spoken to; None: it is learned."""

    @property
    def name(self) -> str:
        """host:port, without credentials, for people and logs."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def limits(self, now: datetime) -> tuple[Limit, ...]:
        """The limits in force on the UTC day of `now`."""
        ramp = (self.warm_up_from, self.warm_up_start) if self.warm_up_from else None
        return limits(self.per_second, self.per_hour, self.per_day, ramp, now.date())


def relays_from(settings: Settings, own_name: str = "localhost") -> tuple[Relay, ...]:
    """One relay for each URL in SMTP_URL; the URLs are separated by blanks.

    `own_name` is what we call ourselves where neither SMTP_EHLO_NAME nor PUBLIC_URL has a name.

    Raises Misconfigured. The message never repeats a URL, which may hold a password.
    """
    if not settings.relay_url.strip():
        raise Misconfigured("SMTP_URL is not set, so mail can't be sent.", advice=_EXAMPLE)
    relays = tuple(_relay(url, settings, own_name) for url in settings.relay_url.split())
    names = [relay.name for relay in relays]
    for name in names:
        if names.count(name) > 1:
            raise Misconfigured(
                f"SMTP_URL names the relay {name} twice.", advice="List it once and set its weight."
            )
    return relays


def relay_names(settings: Settings) -> tuple[str, ...]:
    """The names of all relays; NO_RELAY alone if the settings are wrong."""
    try:
        return tuple(relay.name for relay in relays_from(settings))
    except Misconfigured:
        return (NO_RELAY,)


def relay_from(settings: Settings) -> Relay:
    """The first relay. Raises Misconfigured."""
    return relays_from(settings)[0]


def _relay(url: str, settings: Settings, own_name: str) -> Relay:
    parts = _split(url)
    host, username = parts.hostname or "", unquote(parts.username or "", errors="strict")
    implicit_tls = parts.scheme == "smtps"
    is_local = settings.smtp_starttls == "auto" and is_loopback(host)
    relay = Relay(
        host=host,
        port=_port(parts, has_login=bool(username)),
        username=username,
        password=unquote(parts.password or "", errors="strict"),
        implicit_tls=implicit_tls,
        starttls_required=not implicit_tls and _wants_starttls(settings.smtp_starttls, host),
        starttls_if_offered=not implicit_tls and is_local and bool(username),
        ca_file=settings.smtp_ca_file,
        ehlo_name=_ehlo_name(_own_name(settings, own_name)),
        **parameters_of(parts.query),
    )
    _check_login(relay)
    if relay.ca_file:
        tls_context(relay.ca_file)
    return relay


@lru_cache(maxsize=8)
def tls_context(ca_file: str) -> ssl.SSLContext:
    """Always verifies certificate and name; TLS 1.2 or later. Raises Misconfigured."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror if isinstance(error, FileNotFoundError) else "no certificates in it"
        raise Misconfigured(
            f"SMTP_CA_FILE {ca_file} can't be read: {reason}.",
            advice="Set it to a PEM file of certificates, or unset it to trust the system's.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@lru_cache(maxsize=1)
def unverified_tls_context() -> ssl.SSLContext:
    """Takes any certificate. For loopback only."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def starttls_context(relay: Relay) -> ssl.SSLContext:
    """Raises Misconfigured."""
    if relay.starttls_if_offered and not relay.starttls_required and not relay.ca_file:
        return unverified_tls_context()
    return tls_context(relay.ca_file)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        hostname, _ = parts.hostname, parts.port
        unquote(parts.netloc, errors="strict")
    except ValueError:  # its text holds parts of the URL, so no `from error`
        raise Misconfigured("SMTP_URL can't be read.", advice=ESCAPING) from None
    if parts.scheme not in _PORTS:
        raise Misconfigured("SMTP_URL must start with smtp:// or smtps://.", advice=_EXAMPLE)
    if parts.path.strip("/") or parts.fragment or "@" in parts.query:
        raise Misconfigured("SMTP_URL has extra text after host and port.", advice=ESCAPING)
    if not hostname or any(c.isspace() or not c.isprintable() for c in hostname):
        raise Misconfigured("SMTP_URL has no host.", advice=_EXAMPLE)
    return parts


def _port(parts: SplitResult, *, has_login: bool) -> int:
    """587 with a login, 25 without [RFC 6409]."""
    if parts.port is not None:
        return parts.port
    return _SUBMISSION_PORT if parts.scheme == "smtp" and has_login else _PORTS[parts.scheme]


def _wants_starttls(setting: str, host: str) -> bool:
    return setting == "required" or (setting == "auto" and not is_loopback(host))


def _check_login(relay: Relay) -> None:
    if bool(relay.username) != bool(relay.password or relay.token_file):
        missing = "password" if relay.username else "user name"
        raise Misconfigured(f"SMTP_URL has no {missing} for the login.", advice=_EXAMPLE)
    if "\0" in relay.username + relay.password:
        raise Misconfigured("The user name or password in SMTP_URL contains %00.", advice=_EXAMPLE)


def _own_name(settings: Settings, otherwise: str) -> str:
    if settings.smtp_ehlo_name:
        return settings.smtp_ehlo_name
    return otherwise if is_loopback(settings.public_host) else settings.public_host


def _ehlo_name(name: str) -> str:
    """IP addresses are written as literals [RFC 5321 4.1.3]."""
    try:
        address = ip_address(name.strip("[]").removeprefix("IPv6:"))
    except ValueError:
        return _host_name(name)
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"


def _host_name(name: str) -> str:
    try:
        encoded = ascii_domain(name)
    except InvalidInput:
        encoded = ""
    if not encoded or not all(c.isalnum() or c in "-._" for c in encoded):
        raise Misconfigured(
            f"SMTP_EHLO_NAME “{name}” is not a host name.",
            advice="Set it to the public name of this machine, such as mail.example.org.",
        )
    return encoded


def machine_name() -> str:
    return full_name(socket.getfqdn())


def full_name(machine: str) -> str:
    """The name of a machine if others may know it, "localhost" otherwise."""
    _, dot, top = machine.lower().rstrip(".").rpartition(".")
    is_known = bool(dot) and top.isalpha() and top not in _PRIVATE_TOPS
    return machine if is_known else "localhost"
