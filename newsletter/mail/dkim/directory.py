"""The directory of DKIM keys: pairs made, waiting for their DNS records, signing, retired.

`keys.json` lists all keys that were ever made, with their public halves. Each private key is a
file, <selector>.pem, that only its owner can read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from newsletter.domain.errors import Conflict, Misconfigured
from newsletter.durable_files import replace_file
from newsletter.mail.dkim.keys import DkimKey, new_key, pem_of, read_key

INDEX = "keys.json"
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An entry of the index. The key signs from `activated_at` to `retired_at`."""

    selector: str
    kind: str
    public_half: str
    made_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.retired_at:
            return "retired"
        return "signing" if self.activated_at else "waiting"

    def to_json(self) -> dict[str, Any]:
        moments = ("made_at", "activated_at", "retired_at")
        iso = {name: getattr(self, name) and getattr(self, name).isoformat() for name in moments}
        return asdict(self) | iso


class KeyDirectory:
    """All methods raise Misconfigured if a file can't be read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all_keys(self) -> list[KnownKey]:
        """In the order they were made."""
        index = self.path / INDEX
        if not index.exists():
            return []
        try:
            lines = json.loads(index.read_text(encoding="utf-8"))["keys"]
            return [_known(line) for line in lines]
        except OSError as error:
            raise _trouble(index, "can't be read", error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured(
                f"{index} was not written by `newsletter dkim`.",
                advice="Restore it from a backup, or move the folder away and create new keys.",
            ) from error

    def signing_keys(self) -> list[DkimKey]:
        """The private keys that sign now. Raises Misconfigured for one that can't be used."""
        return [self._private(key) for key in self.all_keys() if key.state == "signing"]

    def stamp(self) -> tuple[int, ...]:
        """Changes when the index changes; () if there is none."""
        try:
            found = (self.path / INDEX).stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def make(self, kinds: Sequence[str], now: datetime, *, signs_at_once: bool) -> list[KnownKey]:
        """Makes the first keys. Raises Conflict if there are any."""
        known = self.all_keys()
        if any(key.state != "retired" for key in known):
            raise Conflict(
                f"{self.path} already has keys.",
                advice="Print them with `newsletter dkim show`, or create the next ones with "
                "`newsletter dkim rotate`.",
            )
        return self._add(known, kinds, now, activated_at=now if signs_at_once else None)

    def rotate(self, now: datetime) -> list[KnownKey]:
        """Makes the next keys, of the kinds that sign now. They wait for `activate`.

        Raises Conflict if no key signs or some wait already.
        """
        known = self.all_keys()
        kinds = [key.kind for key in known if key.state == "signing"]
        if not kinds:
            raise Conflict("No key is in use.", advice="Create one with `newsletter dkim make`.")
        if any(key.state == "waiting" for key in known):
            raise Conflict(
                "The next keys already exist.",
                advice="Publish their records (`newsletter dkim show`), then run "
                "`newsletter dkim rotate --activate`.",
            )
        return self._add(known, kinds, now, activated_at=None)

    def activate(self, now: datetime) -> list[KnownKey]:
        """Keys that wait sign from now on and replace the others. Returns all that changed.

        Raises Conflict if no key waits.
        """
        known = self.all_keys()
        if not any(key.state == "waiting" for key in known):
            raise Conflict(
                "No next key exists.", advice="Create one with `newsletter dkim rotate`."
            )
        for key in known:
            if key.state == "waiting":
                self._private(key)
        after = [_advanced(key, now) for key in known]
        self._write_index(after)
        return [new for old, new in zip(known, after, strict=True) if new != old]

    def _add(
        self,
        known: list[KnownKey],
        kinds: Sequence[str],
        now: datetime,
        activated_at: datetime | None,
    ) -> list[KnownKey]:
        stem = _free_stem({key.selector for key in known}, now)
        made = [new_key(kind, f"{stem}-{kind}") for kind in kinds]
        lines = [
            KnownKey(key.selector, key.kind, key.public_half, now, activated_at) for key in made
        ]
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for key in made:
                _write_private(self.path / f"{key.selector}.pem", pem_of(key))
        except OSError as error:
            raise _trouble(self.path, "can't be written to", error) from error
        self._write_index([*known, *lines])
        return lines

    def _private(self, key: KnownKey) -> DkimKey:
        path = self.path / f"{key.selector}.pem"
        read = read_key(path, key.selector, called=f"The DKIM key {path}")
        if read.public_half != key.public_half:
            raise Misconfigured(
                f"The DKIM key {path} does not match {INDEX}.",
                advice="Restore both from the same backup.",
            )
        return read

    def _write_index(self, keys: list[KnownKey]) -> None:
        text = json.dumps({"keys": [key.to_json() for key in keys]}, indent=2)
        try:
            replace_file(self.path / INDEX, f"{text}\n".encode())
        except OSError as error:
            raise _trouble(self.path, "can't be written to", error) from error


def _known(line: dict[str, Any]) -> KnownKey:
    moments = {
        name: datetime.fromisoformat(line[name]) if line[name] else None
        for name in ("made_at", "activated_at", "retired_at")
    }
    return KnownKey(**(line | moments))


def _advanced(key: KnownKey, now: datetime) -> KnownKey:
    if key.state == "waiting":
        return replace(key, activated_at=now)
    return replace(key, retired_at=now) if key.state == "signing" else key


def _free_stem(taken: set[str], now: datetime) -> str:
    """The day, plus a letter if that day already has keys."""
    day = now.strftime("n%Y%m%d")
    for letter in ["", *"bcdefghijklmnopqrstuvwxyz"]:
        if not any(selector.startswith(f"{day}{letter}-") for selector in taken):
            return f"{day}{letter}"
    raise Conflict("You have created 26 sets of keys today.", advice="Try again tomorrow.")


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, _OPEN_NEW, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _trouble(path: Path, what: str, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"{path} {what}: {(error.strerror or 'no reason is given').lower()}.",
        advice="Check DKIM_DIR. The user that runs the workers must own the keys.",
    )
