"""Routes that are compiled once. Each app would compile all of its own, for as long as a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.routing import Rule


@contextmanager
def routes_compiled_once() -> Iterator[None]:
    """What Werkzeug compiles depends on nothing but the key below."""
    compile_builder = Rule._compile_builder
    compiled: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def compile_once(rule: Rule, *arguments: bool) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), *arguments)
        if key not in compiled:
            compiled[key] = compile_builder(rule, *arguments)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield
