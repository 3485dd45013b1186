"""The settings as fields of a frozen class. docs/settings.md explains each one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.domain.delivery.deliveries import UncertainPolicy


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
        "", "Opens the sandbox's page. Set by `newsletter up`, new at each start.", secret=True
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
    inbound_smtp: str = _setting(
        "", "host:port where `newsletter inbound` takes bounces and replies by SMTP."
    )
    inbound_lmtp: str = _setting("", "host:port or unix:/path where it takes them by LMTP.")
    inbound_addresses: tuple[str, ...] = _setting(
        (), "Addresses to accept mail for beside those that we sign, separated by commas."
    )
    inbound_bounce_addresses: tuple[str, ...] = _setting(
        (), "Secret addresses that get nothing but bounces: a report to one needs no other proof."
    )
    inbound_max_bytes: int = _setting(40_000_000, "The largest message that is accepted.")
    inbound_max_connections: int = _setting(50, "Connections at a time, SMTP and LMTP each.")
    inbound_timeout: timedelta = _setting(
        timedelta(minutes=5), "How long a silent connection or mailbox server is waited for."
    )
    inbound_tls_cert_file: str = _setting(
        "", "A PEM file with certificate and key: `newsletter inbound` then offers STARTTLS."
    )
    inbound_mailbox: str = _setting(
        "",
        "A mailbox to read: imaps:// or pop3s://user:password@host, see settings.md.",
        secret=True,
    )
    inbound_mailbox_interval: timedelta = _setting(
        timedelta(minutes=1), "How often the mailbox is read where the server does not call us."
    )
    hook_ses_topics: tuple[str, ...] = _setting(
        (), "Opens /hooks/ses: the ARNs of the SNS topics that may post, separated by commas."
    )
    hook_postmark_login: str = _setting(
        "", "Opens /hooks/postmark: user:password, as in the webhook's address.", secret=True
    )
    hook_mailgun_key: str = _setting(
        "", "Opens /hooks/mailgun: the HTTP webhook signing key.", secret=True
    )
    hook_sendgrid_key: str = _setting(
        "", "Opens /hooks/sendgrid: the verification key of the Signed Event Webhook."
    )
    hook_limit: str = _setting("600 per minute", "Webhook requests from one client address.")
    media_store: str = _setting(
        "",
        "A bucket for pictures: s3://key:secret@bucket/prefix. Default: media in VAR_DIR.",
        secret=True,
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
    dns_server: str = _setting(
        "", "The name server that `newsletter doctor` asks. Default: the system's."
    )
    sending_addresses: tuple[str, ...] = _setting(
        (), "The IP addresses that your mail leaves from, separated by commas. For the doctor."
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
    audit_retention: timedelta = _setting(
        timedelta(days=365),
        "How long the audit log keeps sign-ins, exports, and who came, left or got a role.",
    )
    audit_address_retention: timedelta = _setting(
        timedelta(days=90), "How long it keeps client addresses and browsers, and failed sign-ins."
    )
    click_retention: timedelta = _setting(
        timedelta(days=90),
        "How long we keep who clicked on what, where clicks are counted by reader.",
    )
    click_machine_networks: tuple[str, ...] = _setting(
        (),
        "Networks whose clicks count as machines', such as 192.0.2.0/24, separated by commas.",
    )
    unknown_link_limit: str = _setting(
        "60 per hour", "Requests for links that lead nowhere, from one client address."
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
    def inbound_verp_domain(self) -> str:
        """The domain of addresses that we sign and read the mail of; "" while no door is open."""
        return self.bounce_domain if self.has_inbound_door else ""

    @property
    def has_inbound_door(self) -> bool:
        """Whether mail that comes back is read, rather than webhooks alone."""
        return bool(self.inbound_smtp or self.inbound_lmtp or self.inbound_mailbox)

    @property
    def accepted_addresses(self) -> frozenset[str]:
        """Beside those that we sign, in lower case."""
        both = (*self.inbound_addresses, *self.inbound_bounce_addresses)
        return frozenset(address.lower() for address in both)

    @property
    def journal_path(self) -> Path:
        return Path(self.journal_dir) if self.journal_dir else self.var_dir / "journal"

    @property
    def departures_path(self) -> Path:
        """The people who left, were suppressed or erased: a file beside the database."""
        return self.var_dir / "departures"

    @property
    def media_dir(self) -> Path:
        """Pictures that we serve, without MEDIA_STORE."""
        return self.var_dir / "media"

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
