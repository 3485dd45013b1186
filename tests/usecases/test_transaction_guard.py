"""What the guard of transactions catches, and what it leaves alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import jinja2
import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from markdown_it import MarkdownIt

from newsletter.rendering.templates.mjml import compile_mjml
from newsletter.usecases.context import Context
from tests.support.transaction_guard import SLOW, SlowTransaction, TransactionGuard

SMALL = "<mjml><mj-body></mj-body></mjml>"

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SLOW_CALLS: dict[str, Callable[[], object]] = {
    "compiles MJML": lambda: compile_mjml(SMALL),
    "fills a template": lambda: jinja2.Template("{{ x }}").render(x=1),
    "renders Markdown": lambda: MarkdownIt().render("*x*"),
    "hashes a password": lambda: PasswordHasher().hash("correct horse"),
    "verifies a password": lambda: PasswordHasher().verify("$argon2id$", "correct horse"),
    "looks up a host": lambda: socket.create_connection(("localhost", 1)),
    "opens a connection": lambda: socket.socket().connect(("127.0.0.1", 1)),
    "sends over a connection": lambda: socket.socketpair()[0].sendall(b"x"),
    "hands work to a thread": lambda: ThreadPoolExecutor(1).submit(len, ()),
}


class TestTheGuard:
    @pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in SLOW}))
    def test_catches_each_kind_of_slow_call_in_a_transaction_and_only_there(
        self, context: Context, transaction_guard: TransactionGuard, kind: str
    ) -> None:
        call = SLOW_CALLS[kind]
        for transaction in (context.database.write, context.database.read):
            with transaction(), pytest.raises(SlowTransaction, match=kind):
                call()
            with pytest.raises(AssertionError, match=f"test_transaction_guard, line .* {kind}"):
                transaction_guard.require_nothing_slow()
        with suppress(OSError, VerificationError, InvalidHashError):
            call()
        transaction_guard.require_nothing_slow()

    def test_catches_what_a_transaction_swallows_or_another_function_does_in_it(
        self, context: Context, transaction_guard: TransactionGuard
    ) -> None:
        def deep() -> None:
            with suppress(Exception):
                compile_mjml(SMALL)

        with suppress(AssertionError), context.database.write():
            deep()
        with pytest.raises(AssertionError, match="compiles MJML"):
            transaction_guard.require_nothing_slow()

    def test_leaves_other_threads_and_the_time_after_a_failed_transaction_alone(
        self, context: Context, transaction_guard: TransactionGuard
    ) -> None:
        with ThreadPoolExecutor(1) as pool:
            ready = threading.Event()
            rendered = pool.submit(lambda: ready.wait(30) and compile_mjml(SMALL))
            with suppress(KeyError), context.database.write():
                ready.set()
                assert "html" in rendered.result(30)
                raise KeyError
        assert compile_mjml(SMALL)
        transaction_guard.require_nothing_slow()
