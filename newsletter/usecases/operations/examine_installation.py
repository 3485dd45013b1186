"""The doctor's looks at this installation: site, relays, clocks, disks, secrets, services."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

from newsletter.config import SHARED_FILE
from newsletter.domain.errors import Misconfigured
from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown
from newsletter.domain.operations.own_health import (
    clock_diagnosis,
    disk_diagnosis,
    https_diagnosis,
    key_age_diagnosis,
    media_diagnosis,
    media_folder_diagnosis,
    one_click_diagnosis,
    passkey_hosts_diagnosis,
    relay_diagnosis,
    sealed_apps_diagnosis,
    secret_file_diagnosis,
)
from newsletter.domain.staff.second_factors import relying_party
from newsletter.mail.dkim.directory import KeyDirectory
from newsletter.mail.smtp.relay import Relay, is_loopback, relays_from
from newsletter.mail.smtp.timeouts import timeouts_from
from newsletter.mail.smtp.trial import try_relay
from newsletter.net.own_site import SiteAnswer, get, post_form
from newsletter.signing import InvalidToken
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import NO_PICTURE, folder_trouble, kept_pictures
from newsletter.spool.redis_connections import redis_clock
from newsletter.store.factors import sealed_apps
from newsletter.store.operations import server_clock, server_version
from newsletter.store.passkeys import count_hosts
from newsletter.store.pictures import picture_names
from newsletter.urls import front_url, unsubscribe_url
from newsletter.usecases.context import Context
from newsletter.usecases.operations.standstills import standstills
from newsletter.usecases.readers.unsubscribe import NOBODY

_ONE_CLICK = "List-Unsubscribe=One-Click"


def installation_looks(context: Context) -> list[Callable[[], Iterable[Diagnosis]]]:
    looks = (
        _services,
        _site,
        _one_click,
        _clocks,
        _disks,
        _pictures,
        _secrets,
        _second_factors,
        _keys,
        _versions,
    )
    return [*(partial(look, context) for look in looks), *_relay_looks(context)]


def _services(context: Context) -> Iterator[Diagnosis]:
    found = standstills(context)
    for one in found:
        yield Diagnosis(Health.ERROR, one.part.value, "services", one.reason)
    if not found:
        yield good("services", "services", "Database, Redis, ticker and worker do their work.")


def _site(context: Context) -> Iterator[Diagnosis]:
    url, now = context.settings.public_url, context.now()
    answer = get(front_url(url)) if url.startswith("https://") else SiteAnswer()
    ends_at, is_live = answer.certificate_ends_at, bool(context.settings.smtp_url)
    yield https_diagnosis(url, answer.trouble, ends_at, now, is_live=is_live)
    if answer.date is not None:
        yield clock_diagnosis(url, answer.date, context.now())


def _one_click(context: Context) -> Iterator[Diagnosis]:
    """With a token of nobody's, so that nobody is unsubscribed."""
    url = context.settings.public_url
    if not urlsplit(url).hostname:
        yield unknown("one-click", "PUBLIC_URL", "PUBLIC_URL is not set.")
        return
    answer = post_form(unsubscribe_url(url, context.signer.sign_unsubscribe(NOBODY)), _ONE_CLICK)
    yield one_click_diagnosis(url, answer.status, answer.location, answer.trouble)


def _relay_looks(context: Context) -> list[Callable[[], Iterable[Diagnosis]]]:
    if not context.settings.smtp_url:
        why = "SMTP_URL is not set: mail goes to the sandbox, and to no reader."
        mend = "Set SMTP_URL=smtp://user:password@relay.example:587 when you go live."
        return [lambda: [Diagnosis(Health.WARNING, "relay", "SMTP_URL", why, mend=mend)]]
    try:
        relays = relays_from(context.settings)
    except Misconfigured as error:
        wrong = Diagnosis(Health.ERROR, "relay", "SMTP_URL", error.message, mend=error.advice)
        return [lambda: [wrong]]
    return [partial(_relay, context, relay) for relay in relays]


def _relay(context: Context, relay: Relay) -> Iterator[Diagnosis]:
    tried = try_relay(relay, timeouts_from(context.settings))
    yield relay_diagnosis(
        tried.relay,
        tried.trouble,
        is_encrypted=tried.is_encrypted,
        has_login=tried.has_login,
        is_local=is_loopback(relay.host),
    )


def _clocks(context: Context) -> Iterator[Diagnosis]:
    with context.database.read() as session:
        theirs = server_clock(session)
    if theirs is not None:
        yield clock_diagnosis("database", theirs, context.now())
    if context.settings.redis_url:
        try:
            theirs = redis_clock(context.settings.redis_url)
        except RedisError:
            return  # the services say so
        yield clock_diagnosis("Redis", theirs, context.now())


def _disks(context: Context) -> Iterator[Diagnosis]:
    folders = [context.settings.var_dir, context.settings.journal_path]
    url = make_url(context.settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).parent)
    seen: set[int] = set()
    for folder in folders:
        if folder.exists() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            yield disk_diagnosis(str(folder), shutil.disk_usage(folder).free)


def _pictures(context: Context) -> Iterator[Diagnosis]:
    """Asks for a picture that can't be there: a bucket that says so can be reached and read."""
    if not context.settings.media_store:
        yield from _folder_of_pictures(context)
        return
    try:
        media_store(context.settings).read(NO_PICTURE)
    except (OSError, Misconfigured) as error:
        said = error.message if isinstance(error, Misconfigured) else str(error.strerror)
        yield media_diagnosis(said)
    else:
        yield media_diagnosis("")


def _folder_of_pictures(context: Context) -> Iterator[Diagnosis]:
    """Where none was added so far, there is none."""
    folder = context.settings.media_dir
    with context.database.read() as session:
        wanted = picture_names(session)
    if wanted:
        found = {path.name for path in kept_pictures(folder)}
        trouble = folder_trouble(folder)
        yield media_folder_diagnosis(str(folder), trouble, len(wanted - found), len(wanted))


def _secrets(context: Context) -> Iterator[Diagnosis]:
    settings = context.settings
    files = [settings.var_dir / SHARED_FILE, *settings.dkim_directory.glob("*.pem")]
    if settings.dkim_key_file:
        files.append(Path(settings.dkim_key_file))
    for file in files:
        if file.exists():
            yield secret_file_diagnosis(str(file), stat.S_IMODE(file.stat().st_mode))


def _second_factors(context: Context) -> Iterator[Diagnosis]:
    with context.database.read() as session:
        apps = sealed_apps(session)
        party = relying_party(context.settings.public_url)
        host = party.host if party else ""
        counts = count_hosts(session, host)
    if counts.passkeys:
        yield passkey_hosts_diagnosis(
            host, counts.elsewhere, counts.editors_elsewhere, counts.unknown
        )
    if apps:
        unreadable = [one for one in apps if not _opens(context, *one)]
        yield sealed_apps_diagnosis(len(apps), len(unreadable))


def _opens(context: Context, user_id: int, sealed: str) -> bool:
    try:
        return bool(context.signer.open_app_secret(user_id, sealed))
    except InvalidToken:
        return False


def _keys(context: Context) -> Iterator[Diagnosis]:
    if context.settings.dkim_key_file:
        return  # its age is not known
    try:
        keys = KeyDirectory(context.settings.dkim_directory).all_keys()
    except Misconfigured as error:
        yield Diagnosis(Health.ERROR, "key-age", "DKIM_DIR", error.message, mend=error.advice)
        return
    for key in keys:
        if key.state == "signing":
            yield key_age_diagnosis(key.selector, key.activated_at, context.now())


def _versions(context: Context) -> Iterator[Diagnosis]:
    with context.database.read() as session:
        database = server_version(session)
    python = platform.python_version()
    yield good(
        "versions", "versions", f"newsletter {version('newsletter')}, Python {python}, {database}."
    )
