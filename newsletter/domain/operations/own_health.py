"""What the doctor makes of this installation: site, relay, clock, disk, secrets, keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown
from newsletter.domain.said_times import said_day
from newsletter.domain.sentences import as_sentence

SOON = timedelta(days=14)
"""A certificate that ends earlier should have been renewed by itself."""
OLD_KEY = timedelta(days=365)
CLOCK_TOLERANCE = timedelta(seconds=30)
LITTLE_ROOM_BYTES, NO_ROOM_BYTES = 2_000_000_000, 200_000_000
_ONE_CLICK = "Gmail and Yahoo refuse lists whose one-click unsubscribe does not work [RFC 8058]."


def https_diagnosis(
    url: str, trouble: str, ends_at: datetime | None, now: datetime, *, is_live: bool = True
) -> Diagnosis:
    """`trouble` is why PUBLIC_URL gave no answer, "" if it did. Not `is_live`: only the sandbox."""
    check, about = "https", url or "PUBLIC_URL"
    if not url.startswith("https://"):
        return Diagnosis(
            Health.ERROR if is_live else Health.HINT, check, about, "It is not https.", _ONE_CLICK,
            "Serve the site over https (docs/deploy.md), and set PUBLIC_URL=https://…",
        )  # fmt: skip
    if trouble:
        return Diagnosis(
            Health.ERROR, check, about, as_sentence(f"It can't be reached: {trouble}"),
            "Readers can't confirm or leave, and links in mails are dead.",
            "Check DNS, the proxy and its certificate; then open the address in a browser.",
        )  # fmt: skip
    if ends_at is not None and ends_at - now < SOON:
        return Diagnosis(
            Health.WARNING, check, about, f"Its certificate ends on {said_day(ends_at)}.",
            "After that day no browser and no mail provider opens it.",
            "Renew it, and see why it did not renew itself.",
        )  # fmt: skip
    until = f" Its certificate is valid until {said_day(ends_at)}." if ends_at else ""
    return good(check, about, f"It answers.{until}")


def one_click_diagnosis(url: str, status: int, location: str, trouble: str) -> Diagnosis:
    """What a POST got, as a mail provider sends it."""
    check, about = "one-click", url
    if trouble:
        return unknown(check, about, as_sentence(f"The POST got no answer: {trouble}"))
    if status == 200:
        return good(check, about, "A one-click POST is answered with 200.")
    leads = f" and a redirect to {location}" if location else ""
    return Diagnosis(
        Health.ERROR, check, about, f"A one-click POST is answered with {status}{leads}.",
        _ONE_CLICK, "Let the proxy pass POST requests of unsubscribe links on unchanged.",
    )  # fmt: skip


def relay_diagnosis(
    name: str, trouble: str, *, is_encrypted: bool, has_login: bool, is_local: bool
) -> Diagnosis:
    check = "relay"
    if trouble:
        return Diagnosis(
            Health.ERROR, check, name, as_sentence(f"It takes no mail: {trouble}"),
            "Nothing can be sent. Mail waits, and none is lost.", "Check SMTP_URL.",
        )  # fmt: skip
    if not is_encrypted and not is_local:
        return Diagnosis(
            Health.WARNING, check, name, "Mail goes to it without encryption.",
            "Anyone in between can read the addresses of all readers.",
            "Unset SMTP_STARTTLS, or use smtps://.",
        )  # fmt: skip
    how = "encrypted" if is_encrypted else "on this machine"
    return good(check, name, f"It answers, {how}{', and takes our login' if has_login else ''}.")


def clock_diagnosis(about: str, theirs: datetime | None, ours: datetime) -> Diagnosis:
    check = "clock"
    if theirs is None:
        return unknown(check, about, "It did not tell the time.")
    off = abs(theirs - ours)
    if off > CLOCK_TOLERANCE:
        return Diagnosis(
            Health.WARNING, check, about,
            f"Its clock and ours differ by {int(off.total_seconds())} seconds.",
            "Issues start at the wrong time, and signatures and sign-in links end too soon.",
            "timedatectl set-ntp true",
        )  # fmt: skip
    return good(check, about, "Its clock and ours agree.")


def disk_diagnosis(folder: str, free_bytes: int) -> Diagnosis:
    check = "disk"
    found = f"{free_bytes / 1e9:.1f} GB are free."
    if free_bytes >= LITTLE_ROOM_BYTES:
        return good(check, folder, found)
    return Diagnosis(
        Health.ERROR if free_bytes < NO_ROOM_BYTES else Health.WARNING, check, folder, found,
        "When it is full, sending stops and nothing that an editor writes can be saved.",
        f"du -xh {folder} | sort -h | tail",
    )  # fmt: skip


def media_diagnosis(trouble: str) -> Diagnosis:
    check, about = "pictures", "MEDIA_STORE"
    if not trouble:
        return good(check, about, "The bucket of pictures answers.")
    return Diagnosis(
        Health.ERROR, check, about, as_sentence(f"The bucket of pictures can't be read: {trouble}"),
        "Readers see holes instead of pictures, and none can be added.",
        "Check the address, the login and the permissions to get and put objects.",
    )  # fmt: skip


def media_folder_diagnosis(folder: str, trouble: str, missing: int, total: int) -> Diagnosis:
    check = "pictures"
    if not trouble and not missing:
        return good(check, folder, "The files of all pictures are there.")
    found = trouble or f"{missing:,} of {total:,} pictures have no file there."
    return Diagnosis(
        Health.ERROR, check, folder, found,
        "Readers see holes instead of pictures.",
        "Mount the disk, give back the rights, or put the folder back from a backup.",
    )  # fmt: skip


def secret_file_diagnosis(path: str, mode: int) -> Diagnosis:
    check = "secrets"
    if mode & 0o077:
        return Diagnosis(
            Health.ERROR, check, path, f"Others on this machine can read it (mode {mode:04o}).",
            "Anyone who has it can sign mail, or sign in, in your name.", f"chmod go-rwx {path}",
        )  # fmt: skip
    return good(check, path, "Only its owner can read it.")


def sealed_apps_diagnosis(all_of_them: int, unreadable: int) -> Diagnosis:
    check, about = "second-factors", "SECRET_KEYS"
    if unreadable:
        return Diagnosis(
            Health.ERROR, check, about,
            f"{unreadable} of {all_of_them} authenticator apps need a key that is gone.",
            "Their editors can sign in with a recovery code or a passkey alone.",
            "Put the old key in front of the others in SECRET_KEYS.",
        )  # fmt: skip
    return good(check, about, "Codes of authenticator apps can be checked.")


def passkey_hosts_diagnosis(host: str, elsewhere: int, editors: int, no_host: int) -> Diagnosis:
    check, about = "second-factors", "PUBLIC_URL"
    if elsewhere:
        return Diagnosis(
            Health.WARNING, check, about,
            f"{elsewhere} {'passkey belongs' if elsewhere == 1 else 'passkeys belong'} to another "
            f"host than {host or 'that of PUBLIC_URL'}, of {editors} "
            f"{'editor' if editors == 1 else 'editors'}.",
            "They work there alone. Their editors sign in by an app’s code or a recovery code.",
            "Tell them to add a new passkey on the page Second factor, and remove the old one. For "
            "anyone who has neither, run `newsletter editor reset-second-factor ADDRESS`.",
        )  # fmt: skip
    if no_host:
        return unknown(
            check, about,
            f"{no_host} {'passkey was' if no_host == 1 else 'passkeys were'} added by an older "
            "version, which didn’t record the host. We learn it when they are used.",
            "If PUBLIC_URL has another host since, ask their editors to add new passkeys.",
        )  # fmt: skip
    return good(check, about, f"Passkeys belong to {host}.")


def key_age_diagnosis(selector: str, activated_at: datetime | None, now: datetime) -> Diagnosis:
    check = "key-age"
    if activated_at is not None and now - activated_at > OLD_KEY:
        return Diagnosis(
            Health.HINT, check, selector, f"It has signed since {said_day(activated_at)}.",
            "M3AAWG advises new DKIM keys at least twice a year.", "newsletter dkim rotate",
        )  # fmt: skip
    return good(check, selector, "The key is less than a year old.")


def blocklist_diagnoses(
    about: str, listings: dict[str, str | None], why_unasked: dict[str, str]
) -> Iterator[Diagnosis]:
    """`listings` by list: what it says, None if `about` is not on it."""
    check = "blocklist"
    for name, why in why_unasked.items():
        yield unknown(check, about, f"{name} gave no answer: {why}.")
    for name, said in listings.items():
        if said is None:
            yield good(check, about, f"It is not on {name}.")
        else:
            yield Diagnosis(
                Health.ERROR,
                check,
                about,
                as_sentence(f"It is on {name}: {said}"),
                "Servers that ask this list refuse the mail.",
                f"Stop what caused it, then ask {name} for removal.",
            )
