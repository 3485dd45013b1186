"""The misbehaving relay as a process of ours: commands, and what it says that it took."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import answers, free_port, wait_for
from benchmarks.torture.chaos_sink import Behaviour

SLACK_S = 0.1


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the relay took; `then` it did what this says: answer, drop or hang."""

    at_s: float
    recipient: str
    message_id: str
    then: str


class RelayProcess:
    def __init__(self, port: int, taken_list: Path, process: subprocess.Popen[str]) -> None:
        self.port = port
        self._taken_list = taken_list
        self._process = process
        self._lock = threading.Lock()

    def ask(self, command: str) -> dict[str, Any]:
        """The tally and the number of open connections, after the command was carried out."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the relay has no pipes")
        with self._lock:
            self._process.stdin.write(f"{command}\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
            return answer

    def taken(self) -> Received:
        self.ask("flush")
        with self._taken_list.open(encoding="utf-8") as lines:
            return Received([Taken(*fields) for fields in map(json.loads, lines)])


class Received:
    """The relay's own list of accepted mail: it shows what was lost and what came twice."""

    def __init__(self, messages: list[Taken]) -> None:
        self.messages = messages
        self.copies = Counter(message.recipient for message in messages)
        self._ids: dict[str, set[str]] = defaultdict(set)
        for message in messages:
            self._ids[message.recipient].add(message.message_id)

    @property
    def duplicates(self) -> int:
        return len(self.messages) - len(self.copies)

    @property
    def duplicates_with_other_message_id(self) -> int:
        return sum(len(ids) > 1 for ids in self._ids.values())

    def causes(self, events: list[tuple[float, str]]) -> dict[str, int]:
        """How many second copies there are by what befell the first one soonest."""
        causes: Counter[str] = Counter()
        before: dict[str, Taken] = {}
        for message in self.messages:
            first = before.get(message.recipient)
            if first is not None:
                causes[_cause(first, message, events)] += 1
            before[message.recipient] = message
        return dict(causes)

    @property
    def seconds(self) -> float:
        """From the first message to the last."""
        return self.messages[-1].at_s - self.messages[0].at_s if self.messages else 0.0


def _cause(first: Taken, second: Taken, events: list[tuple[float, str]]) -> str:
    if first.then != "answer":
        return first.then
    between = (what for at_s, what in events if first.at_s - SLACK_S <= at_s <= second.at_s)
    return next(between, "nothing that we did")


@contextmanager
def chaos_relay(
    home: Path, behaviour: Behaviour, *, port: int = 0, before: tuple[str, ...] = ()
) -> Iterator[RelayProcess]:
    """`before` is what its command begins with, such as `ip netns exec NAME`."""
    port = port or free_port()
    taken_list = home / f"taken-{port}.jsonl"
    command = [
        *before,
        sys.executable,
        "-m",
        "benchmarks.torture.chaos_sink",
        str(port),
        str(taken_list),
    ]
    with subprocess.Popen(
        [*command, json.dumps(asdict(behaviour))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        relay = RelayProcess(port, taken_list, process)
        try:
            relay.ask("status")
            if not before:
                wait_for(lambda: answers(port, behaviour.host), "the relay answers")
            yield relay
        finally:
            process.terminate()
