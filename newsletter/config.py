"""Settings, frozen; the only reader of the environment. docs/settings.md explains each one.

A value is looked up in the environment first, then in `var/shared.env`, which `newsletter up`
writes for what all processes must share (`var/running.env` says where it listens while it runs),
then the default below applies.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.domain.deliveries import UncertainPolicy
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import without_stop
from newsletter.domain.service_urls import checked_redis_url
from newsletter.durable_files import replace_file

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SHARED_FILE = "shared.env"
RUNNING_FILE = "running.env"


def _setting(default: Any, help_text: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"help": help_text, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """One field for each environment variable of the same name in upper case.

    Durations are given in seconds in the environment and are `timedelta` here.
    """

    var_dir: Path = _setting(
        Path("var"), "The folder for all state: database, queue, secrets, sandbox."
    )
    host: str = _setting("127.0.0.1", "The address the web server listens on.")
    port: int = _setting(8000, "The port the web server listens on.")
    public_url: str = _setting(
        "", "The public web address of this site, without a slash at the end."
    )
    database_url: str = _setting(
        "", "sqlite:///path or postgresql://user:pass@host/name.", secret=True
    )
    redis_url: str = _setting("", "redis://, rediss:// or unix:///path.sock.", secret=True)
    smtp_url: str = _setting(
        "", "The relay: smtp://user:pass@host:587 or smtps://user:pass@host.", secret=True
    )
    smtp_starttls: str = _setting(
        "auto",
        "required, off, or auto: required; on loopback, used where it is offered for a login.",
    )
    smtp_ca_file: str = _setting("", "A PEM file of certificates to trust instead of the system's.")
    smtp_ehlo_name: str = _setting(
        "", "The name sent in EHLO. Default: the host of PUBLIC_URL, or the sender's domain."
    )
    smtp_connect_timeout: timedelta = _setting(
        timedelta(seconds=30), "Timeout for connect, TLS and EHLO."
    )
    smtp_command_timeout: timedelta = _setting(
        timedelta(minutes=5),
        "Timeout for the relay's greeting and for replies to MAIL, RCPT and AUTH.",
    )
    smtp_data_timeout: timedelta = _setting(timedelta(minutes=2), "Timeout for the reply to DATA.")
    smtp_final_timeout: timedelta = _setting(
        timedelta(minutes=10),
        "Timeout for the reply to the final dot. Shorter timeouts cause duplicates.",
    )
    sandbox_smtp_url: str = _setting(
        "", "The SMTP sandbox. Set by `newsletter up`. Ignored when SMTP_URL is set."
    )
    sandbox_key: str = _setting(
        "", "Opens the sandbox's page. Set by `newsletter up`, anew at each start.", secret=True
    )
    secret_keys: tuple[str, ...] = _setting(
        (), "Secrets, separated by commas. The last one signs, all of them verify.", secret=True
    )
    address_hash_key: str = _setting(
        "", "The key for hashes of suppressed addresses. Never change it.", secret=True
    )
    bounce_domain: str = _setting(
        "", "The domain of envelope senders. Default: the sender's domain."
    )
    dkim_dir: str = _setting(
        "", "The folder for the keys of `newsletter dkim`. Default: dkim in VAR_DIR."
    )
    dkim_key_file: str = _setting(
        "",
        "A PEM private key to use instead of DKIM_DIR: Ed25519, or RSA of 2048 bits or more.",
    )
    dkim_selector: str = _setting("", "The selector of the published public key.")
    dkim_domain: str = _setting("", "The signing domain. Default: the sender's domain.")
    rspamd_url: str = _setting(
        "", "An rspamd that scores each issue before it is sent, such as http://host:11333."
    )
    spamd_host: str = _setting(
        "", "A SpamAssassin daemon to use instead of rspamd: host or host:783."
    )
    trusted_proxies: int = _setting(0, "The number of trusted proxies that set X-Forwarded-For.")
    allowed_hosts: tuple[str, ...] = _setting(
        (), "More host names to answer to besides PUBLIC_URL's, separated by commas."
    )
    worker_processes: int = _setting(
        1, "The number of worker processes that `newsletter up` starts."
    )
    worker_threads: int = _setting(
        4, "Threads in a worker process: as many batches are worked on at a time."
    )
    worker_ticks: bool = _setting(
        False, "Worker processes find what is due, too; then no `newsletter tick` is needed."
    )
    worker_name: str = _setting(
        "", "The name a worker uses for its leases. Set by `newsletter up`."
    )
    batch_size: int = _setting(
        1000, "The number of deliveries in a batch. Workers lease one batch at a time."
    )
    lease_duration: timedelta = _setting(
        timedelta(seconds=60),
        "The time after which another worker takes over a lease that was not renewed.",
    )
    journal_dir: str = _setting(
        "", "The folder for the delivery journal, on a local disk. Default: VAR_DIR/journal."
    )
    sweep_interval: timedelta = _setting(timedelta(seconds=10), "The interval between sweeps.")
    overdue_after: timedelta = _setting(
        timedelta(hours=1),
        "An issue that starts later than this, or goes on after such a pause, asks an editor.",
    )
    issue_expiry: timedelta = _setting(timedelta(hours=48), "How long a deferred copy is retried.")
    outbox_expiry: timedelta = _setting(
        timedelta(hours=24), "How long a confirmation, link, test or proof is retried."
    )
    retry_schedule: tuple[timedelta, ...] = _setting(
        tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 150)),
        "Waits between attempts in seconds, separated by commas. The last one repeats.",
    )
    retry_jitter_percent: int = _setting(10, "The random variation of each wait, in percent.")
    relay_backoff: timedelta = _setting(
        timedelta(seconds=30), "The first pause after a relay problem. It doubles each time."
    )
    relay_backoff_limit: timedelta = _setting(timedelta(minutes=15), "The longest such pause.")
    uncertain: UncertainPolicy = _setting(
        UncertainPolicy.RESEND, "resend or hold copies that may or may not have arrived."
    )
    confirmation_expiry: timedelta = _setting(
        timedelta(days=7), "How long a confirmation link works."
    )
    sign_in_expiry: timedelta = _setting(timedelta(minutes=30), "How long a sign-in link works.")
    session_lifetime: timedelta = _setting(
        timedelta(days=14), "How long an editor stays signed in at most."
    )
    session_idle_lifetime: timedelta = _setting(
        timedelta(days=3), "How long an editor who opens no page stays signed in."
    )
    pending_retention: timedelta = _setting(
        timedelta(days=30), "How long we keep an address that nobody confirmed."
    )
    client_address_retention: timedelta = _setting(
        timedelta(days=90), "How long we keep the client address with the evidence of consent."
    )
    signup_limit_client: str = _setting("30 per hour", "Signups from one client address.")
    signup_limit_network: str = _setting("150 per hour", "Signups from one /24 or /64.")
    signup_limit_overall: str = _setting(
        "1000 per hour", "Confirmations mailed to all addresses together."
    )
    sign_in_limit: str = _setting("10 per 15 minutes", "Sign-in attempts from one client address.")
    sign_in_limit_network: str = _setting(
        "50 per 15 minutes", "Sign-in attempts from one /24 or /64."
    )
    sign_in_limit_account: str = _setting(
        "10 per 15 minutes; 50 per day",
        "Attempts at one account, from browsers that have not signed in to it before.",
    )
    sign_in_limit_overall: str = _setting(
        "300 per 15 minutes", "Sign-in attempts by all such browsers together."
    )
    signup_minimum_fill: timedelta | None = _setting(
        None,
        "Faster signups need a second press of the button. Default: 2, or 0 in the sandbox.",
    )
    welcome_mail: bool = _setting(True, "on or off: email each subscriber after they confirm.")
    farewell_mail: bool = _setting(
        False, "on or off: email each subscriber after they unsubscribe."
    )
    templates_dir: str = _setting(
        "", "A folder of your own email templates. Each replaces the built-in one of the same name."
    )
    max_digest_bytes: int = _setting(2_000_000, "The largest digest that can be pasted or parsed.")

    @property
    def relay_url(self) -> str:
        """Where mail goes; "" when there is nowhere, and then nothing is sent."""
        return self.smtp_url or self.sandbox_smtp_url

    @property
    def is_sandboxed(self) -> bool:
        return bool(self.sandbox_smtp_url) and not self.smtp_url

    @property
    def journal_path(self) -> Path:
        return Path(self.journal_dir) if self.journal_dir else self.var_dir / "journal"

    @property
    def departures_path(self) -> Path:
        """Who left, was suppressed or was erased, beside the database."""
        return self.var_dir / "departures"

    @property
    def sandbox_dir(self) -> Path:
        """The sandbox's inbox: one .eml a message."""
        return self.var_dir / "sandbox"

    @property
    def dkim_directory(self) -> Path:
        return Path(self.dkim_dir) if self.dkim_dir else self.var_dir / "dkim"

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environment` (default: the process's) over the file of shared settings.

    Raises Misconfigured, which names the variable, when a value can't be read.
    """
    given = dict(os.environ if environment is None else environment)
    var_dir = Path(given.get("VAR_DIR") or "var").resolve()
    values = {
        **read_shared_file(var_dir),
        **read_shared_file(var_dir, RUNNING_FILE),
        **{k: v for k, v in given.items() if v != ""},
    }
    read = {
        name: _read(name.upper(), values[name.upper()], parser)
        for name, parser in _PARSERS.items()
        if name.upper() in values
    }
    read["var_dir"] = var_dir
    read.setdefault("database_url", f"sqlite:///{var_dir / 'newsletter.db'}")
    settings = Settings(**read)
    _check(settings)
    return settings


SHARED = ("secret_keys", "address_hash_key", "public_url")


def require_shared(settings: Settings, needed: Collection[str] = SHARED) -> None:
    """What every process must share has to be there before one starts apart from the others.

    A command needs less.
    """
    missing = [name.upper() for name in SHARED if name in needed and not getattr(settings, name)]
    if missing:
        raise Misconfigured(
            f"{', '.join(missing)} not set.",
            advice="Set the same values in the environment of every process. "
            "`newsletter up` creates them itself. See docs/settings.md.",
        )


def require_relay(settings: Settings) -> None:
    """A worker that has nowhere to send to must not take work, let alone pretend."""
    if not settings.relay_url:
        raise Misconfigured(
            "SMTP_URL is not set, so mail can't be sent.",
            advice="Set it to smtp://user:password@host:587. See docs/settings.md.",
        )


def read_shared_file(var_dir: Path, file_name: str = SHARED_FILE) -> dict[str, str]:
    """The NAME=value lines of `var/shared.env`; empty when there is no such file."""
    path = var_dir / file_name
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def write_shared_file(
    var_dir: Path, values: Mapping[str, str], file_name: str = SHARED_FILE
) -> None:
    """Replaces `var/shared.env` as a whole. Without these secrets, links in sent mail are dead."""
    var_dir.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Made by `newsletter up`. Keep it secret, and keep it: links in sent mail",
        "# are signed with SECRET_KEYS.",
        *(f"{name}={value}" for name, value in values.items()),
    ]
    replace_file(var_dir / file_name, "".join(f"{line}\n" for line in lines).encode())


def _read(name: str, text: str, parser: Any) -> Any:
    try:
        return parser(text.strip())
    except ValueError as error:
        raise Misconfigured(
            f"{name} can't be read: {without_stop(error)}.", advice="See docs/settings.md."
        ) from error


def _seconds(text: str) -> timedelta:
    try:
        seconds = float(text)
    except ValueError:
        message = f"“{text}” is not a number of seconds"
        raise ValueError(message) from None
    if not 0 <= seconds <= 366 * 86400:
        message = f"{text} seconds is out of range"
        raise ValueError(message)
    return timedelta(seconds=seconds)


def _whole_number(text: str) -> int:
    if not text.isdigit():
        message = f"“{text}” is not a whole number"
        raise ValueError(message)
    return int(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _waits(text: str) -> tuple[timedelta, ...]:
    waits = tuple(_seconds(word) for word in _words(text))
    if not waits:
        message = "it needs at least one number of seconds"
        raise ValueError(message)
    return waits


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"“{text}” is not an http or https address"
        raise ValueError(message)
    return text.rstrip("/")


def _uncertain(text: str) -> UncertainPolicy:
    try:
        return UncertainPolicy(text.lower())
    except ValueError:
        message = f"“{text}” must be resend or hold"
        raise ValueError(message) from None


def _starttls(text: str) -> str:
    if text.lower() not in ("auto", "required", "off"):
        message = f"“{text}” must be auto, required or off"
        raise ValueError(message)
    return text.lower()


def _switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        message = f"“{text}” must be on or off"
        raise ValueError(message)
    return text.lower() == "on"


_BY_TYPE: dict[str, Any] = {
    "str": str,
    "bool": _switch,
    "int": _whole_number,
    "timedelta": _seconds,
    "timedelta | None": _seconds,
    "tuple[str, ...]": _words,
    "tuple[timedelta, ...]": _waits,
    "UncertainPolicy": _uncertain,
    "Path": Path,
}
_PARSERS: dict[str, Any] = {
    **{name: _BY_TYPE[str(f.type)] for name, f in Settings.__dataclass_fields__.items()},
    "public_url": _web_url,
    "redis_url": checked_redis_url,
    "smtp_starttls": _starttls,
}


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise Misconfigured(f"PORT {settings.port} is not a port.", advice="Use 1 to 65535.")
    if settings.lease_duration < timedelta(seconds=1):
        raise Misconfigured("LEASE_DURATION is too short.", advice="Set it to 1 second or more.")
    if settings.batch_size < 1 or settings.worker_threads < 1 or settings.worker_processes < 1:
        raise Misconfigured(
            "BATCH_SIZE, WORKER_THREADS and WORKER_PROCESSES must be at least 1.",
            advice="Unset the one that is 0, or set it to 1.",
        )
    if any(len(key) < 16 for key in settings.secret_keys):
        raise Misconfigured(
            "A key in SECRET_KEYS is shorter than 16 characters.",
            advice="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
