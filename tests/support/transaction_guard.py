"""Nothing slow in a transaction: on SQLite every other writer waits for the end of one that writes.

While the guard is installed, a thread inside `Database.write()` or `Database.read()` can't render,
hash a password, use the network or hand work to another thread. It is installed for the whole
suite, so each test holds every use case that it calls to this.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import jinja2
import pytest
from argon2 import PasswordHasher
from markdown_it import MarkdownIt
from sqlalchemy.orm import Session

from newsletter.rendering.templates import mjml
from newsletter.store.database import Database

Place = tuple[str, int]
"""Module and line from which a transaction is opened."""

SLOW: tuple[tuple[str, Any, str], ...] = (
    ("compiles MJML", mjml, "mjml2html"),
    ("fills a template", jinja2.Template, "render"),
    ("renders Markdown", MarkdownIt, "parse"),
    ("hashes a password", PasswordHasher, "hash"),
    ("verifies a password", PasswordHasher, "verify"),
    ("looks up a host", socket, "getaddrinfo"),
    ("opens a connection", socket.socket, "connect"),
    ("opens a connection", socket.socket, "connect_ex"),
    ("sends over a connection", socket.socket, "send"),
    ("sends over a connection", socket.socket, "sendall"),
    ("hands work to a thread", ThreadPoolExecutor, "submit"),
)
"""PostgreSQL and SQLite are not seen: their drivers use no socket of Python's."""


class SlowTransaction(AssertionError):
    """Something slow was called in a transaction."""


@dataclass
class TransactionGuard:
    """`opened` is where transactions were opened, `caught` says what was slow in them."""

    opened: set[Place] = field(default_factory=set)
    caught: list[str] = field(default_factory=list)
    _here: threading.local = field(default_factory=threading.local)

    @contextmanager
    def installed(self) -> Iterator[TransactionGuard]:
        with pytest.MonkeyPatch.context() as patch:
            for kind in ("read", "write"):
                patch.setattr(Database, kind, self._noticed(getattr(Database, kind)))
            for what, owner, name in SLOW:
                patch.setattr(owner, name, self._refused(what, getattr(owner, name)))
            yield self

    def require_nothing_slow(self) -> None:
        caught, self.caught = self.caught, []
        assert not caught, "; ".join(caught)

    @property
    def _places(self) -> list[Place]:
        """Of the transactions that this thread is in."""
        return self._here.__dict__.setdefault("places", [])

    def _noticed(self, begin: Callable[[Database], Any]) -> Callable[[Database], Any]:
        @contextmanager
        def inside(database: Database, place: Place) -> Iterator[Session]:
            with begin(database) as session:
                self._places.append(place)
                try:
                    yield session
                finally:
                    self._places.pop()

        def noticed(database: Database) -> Any:
            caller = sys._getframe(1)
            place = (str(caller.f_globals["__name__"]), caller.f_lineno)
            self.opened.add(place)
            return inside(database, place)

        return noticed

    def _refused(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def refused(*arguments: Any, **named: Any) -> Any:
            if self._places:
                module, line = self._places[-1]
                fault = f"the transaction of {module}, line {line}, {what}"
                self.caught.append(fault)
                raise SlowTransaction(fault)
            return call(*arguments, **named)

        return refused
