"""The journal of a worker process: a file that records each final dot and each reply.

The ledger only knows which window was on the wire. After a process dies, its journal narrows that
to single messages. There is one write(2) before each final dot, which also writes the replies since
the last one. Only the first line of a file is synced: the file must outlive the process. After a
power loss (the boot id differs) lines may be missing, so what it says is true, and what it does not
say is unknown: docs/decisions/0020. A process locks the files it writes, so a file without a lock
belongs to a dead process.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    RelayTrouble,
    Throttled,
    Uncertain,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.durable_files import sync_directory

ROTATE_BYTES = 4 * 1024 * 1024
_SUFFIX = ".journal"
_ESCAPED = re.compile(r"\\(.)")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

ClaimKey = tuple[int, int, int]
"""(edition id, subscriber id, attempts before this claim)."""


class Journal:
    """The journal of one process.

    Any thread may open and close windows; one thread writes lines. A full file is followed by a new
    one. A file is deleted when all windows that were open while it was written are in the ledger.
    """

    def __init__(self, directory: Path, owner: str) -> None:
        self._directory = directory
        self._owner = owner
        self._lock = threading.Lock()
        self._generation = 0
        self._written = 0
        self._descriptors: dict[int, int] = {}
        self._open_windows: Counter[int] = Counter()
        self._outcomes: list[str] = []
        self._line_end = ""

    def open_window(self) -> int:
        """Returns a number for `close_window`. Raises OSError if no file can be made."""
        with self._lock:
            if not self._descriptors or self._written > ROTATE_BYTES:
                self._begin_file()
            self._open_windows[self._generation] += 1
            return self._generation

    def close_window(self, number: int) -> None:
        """Call it when the outcomes are in the ledger, or the lease was given up."""
        with self._lock:
            self._open_windows[number] -= 1
            oldest = min((g for g, count in self._open_windows.items() if count > 0), default=None)
            for generation in list(self._descriptors):
                is_needed = oldest is not None and generation >= oldest
                if generation != self._generation and not is_needed:
                    self._remove(generation)

    def record_dot(self, line: ClaimKey) -> None:
        """Call it before the final dot. If it raises OSError, the dot must not be sent."""
        edition, subscriber, attempts = line
        self._write(f"D {edition} {subscriber} {attempts}\n")

    def record_outcome(self, line: ClaimKey, outcome: Outcome) -> None:
        """Buffers the outcome until the next dot is recorded."""
        edition, subscriber, attempts = line
        self._outcomes.append(f"R {edition} {subscriber} {attempts} {_dumped(outcome)}\n")

    def flush_outcomes(self) -> None:
        """Writes buffered outcomes. Call it at the end of a window, when no dot follows soon."""
        with suppress(OSError):  # the next dot reports it
            self._write("")

    def _write(self, text: str) -> None:
        answers, self._outcomes = self._outcomes, []
        # Ends a line that was cut off before, so that it does not spoil this one.
        data = f"{self._line_end}{''.join(answers)}{text}".encode()
        try:
            written = os.write(self._descriptors[self._generation], data)
        except OSError:
            self._outcomes = answers
            raise
        self._written += written
        if written < len(data):
            self._outcomes = answers
            self._line_end = "\n"
            message = "the journal was written only in part. Check for a full disk."
            raise OSError(message)
        self._line_end = ""

    def close(self) -> None:
        with self._lock:
            for generation in list(self._descriptors):
                self._remove(generation)

    def _begin_file(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        generation = self._generation + 1
        path = self._path(generation)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(descriptor, f"J {_boot_id()} {self._owner}\n".encode())
            os.fsync(descriptor)
            sync_directory(self._directory)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._generation, self._written = generation, 0
        self._descriptors[generation] = descriptor

    def _remove(self, generation: int) -> None:
        self._path(generation).unlink(missing_ok=True)
        os.close(self._descriptors.pop(generation))
        del self._open_windows[generation]

    def _path(self, generation: int) -> Path:
        return self._directory / f"{_file_stem(self._owner)}.{generation:08d}{_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the journal of a dead process says. `is_complete`: no line of it can be missing."""

    is_complete: bool
    dots: dict[ClaimKey, Outcome | None]

    def of(self, line: ClaimKey) -> Outcome | None:
        """The outcome of a claim: Uncertain if it is not known, None if no dot was sent."""
        if line in self.dots:
            return self.dots[line] or Uncertain("The worker died before the relay's answer came.")
        if not self.is_complete:
            return Uncertain("The worker that sent this is gone, and so is its journal.")
        return None


def read_evidence(directory: Path, owner: str) -> Evidence:
    dots: dict[ClaimKey, Outcome | None] = {}
    paths = sorted(directory.glob(f"{_file_stem(owner)}.*{_SUFFIX}"))
    is_complete = bool(paths)
    for path in paths:
        lines = path.read_bytes().split(b"\n")
        is_complete = is_complete and lines[0] == f"J {_boot_id()} {owner}".encode()
        # The last part is empty, or a line that was cut off before its dot was sent.
        for line in lines[1:-1]:
            _read_line(line, dots)
    return Evidence(is_complete, dots)


def forget_evidence(directory: Path, owner: str) -> None:
    """Deletes the files of `owner`. Call it when the ledger has the outcomes."""
    for path in directory.glob(f"{_file_stem(owner)}.*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def dead_owners(directory: Path) -> list[str]:
    """The owners of journal files that no process has locked."""
    held: dict[str, bool] = {}
    for path in directory.glob(f"*{_SUFFIX}"):
        owner, is_held = _owner_of(path)
        if owner:
            held[owner] = held.get(owner, False) or is_held
    return sorted(owner for owner, is_held in held.items() if not is_held)


def _owner_of(path: Path) -> tuple[str, bool]:
    try:
        with path.open("rb") as file:
            words = file.readline().decode(errors="replace").split(maxsplit=2)
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return (words[2].strip() if len(words) == 3 else ""), True
    except FileNotFoundError:
        return "", False
    return (words[2].strip() if len(words) == 3 else ""), False


def _read_line(data: bytes, dots: dict[ClaimKey, Outcome | None]) -> None:
    """Ignores a line that was cut off: no dot followed it, and its outcomes were written again."""
    try:
        words = data.decode().split(" ", 4)
        if words[0] not in ("D", "R") or len(words) < 4:
            return
        line = (int(words[1]), int(words[2]), int(words[3]))
        outcome = _loaded(words[4]) if words[0] == "R" else None
    except (ValueError, IndexError, TypeError):
        return
    dots[line] = outcome


def _dumped(outcome: Outcome) -> str:
    match outcome:
        case Accepted(reply, queue_id):
            # Most outcomes: written without JSON, which takes five times as long.
            said = reply.text.replace("\\", "\\\\").replace("\n", "\\n")
            return f"A {reply.code} {reply.enhanced or '-'} {queue_id or '-'} {said}"
        case Deferred(reply, stage):
            facts = ["D", reply.code, reply.enhanced, reply.text, stage.value]
        case Rejected(reply, stage):
            facts = ["R", reply.code, reply.enhanced, reply.text, stage.value]
        case Withheld() | RelayTrouble() | Throttled():
            facts = ["W"]
        case _:
            facts = ["U", getattr(outcome, "detail", "")]
    return json.dumps(facts)


def _loaded(text: str) -> Outcome:
    if text.startswith("A "):
        _, code, enhanced, queue_id, said = text.split(" ", 4)
        unescaped = _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], said)
        words = "" if enhanced == "-" else enhanced
        return Accepted(Reply(int(code), unescaped, words), "" if queue_id == "-" else queue_id)
    kind, *facts = json.loads(text)
    if kind == "U":
        return Uncertain(facts[0])
    if kind == "W":
        return Withheld()
    code, enhanced, said, stage = facts[:4]  # older versions wrote their verdict behind these
    kind_of_refusal = Deferred if kind == "D" else Rejected
    return kind_of_refusal(Reply(code, said, enhanced), Stage(stage))


def _file_stem(owner: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "~" for c in owner)


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
