"""What signs: the key of DKIM_KEY_FILE, or else those of the directory that sign now."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.mail.dkim.directory import KeyDirectory
from newsletter.mail.dkim.keys import DkimKey, load_dkim_keys
from newsletter.mail.dkim.signature import MessageSigner

RELOAD_AFTER = timedelta(seconds=10)
"""How soon running workers use newly activated keys."""


class Signers:
    """May be shared between threads."""

    def __init__(
        self, keys: list[DkimKey], domain: str, directory: KeyDirectory | None = None
    ) -> None:
        self._domain = domain
        self._signer = MessageSigner(keys, domain)
        self._directory = directory
        self._stamp = directory.stamp() if directory else ()
        self._reload_at: datetime | None = None

    def __bool__(self) -> bool:
        """False if there is no key to sign with."""
        return bool(self._signer.keys)

    @property
    def keys(self) -> tuple[DkimKey, ...]:
        return self._signer.keys

    def sign(self, message: bytes, now: datetime) -> bytes:
        """The DKIM-Signature headers to put in front of `message`; b"" without a key.

        `message` is complete, with CRLF. Raises InvalidInput for one that is not.
        """
        if self._directory is not None and (self._reload_at is None or now >= self._reload_at):
            self._reload(self._directory, now)
        return self._signer.sign(message, now)

    def _reload(self, directory: KeyDirectory, now: datetime) -> None:
        self._reload_at = now + RELOAD_AFTER
        stamp = directory.stamp()
        if stamp == self._stamp:
            return
        try:
            self._signer = MessageSigner(directory.signing_keys(), self._domain)
        except Misconfigured:
            # Perhaps half copied: the current keys are still published. The next start reports it.
            return
        self._stamp = stamp


def signers_from(settings: Settings) -> Signers:
    """Raises Misconfigured for keys that can't be used."""
    keys = load_dkim_keys(settings)
    if keys:
        return Signers(keys, settings.dkim_domain)
    directory = KeyDirectory(settings.dkim_directory)
    return Signers(directory.signing_keys(), settings.dkim_domain, directory)
