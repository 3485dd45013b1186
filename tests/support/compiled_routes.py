"""Routes and static files that are read once. Each app would read all of its own, for as long as a
test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import whitenoise.base
from werkzeug.routing import Rule
from whitenoise.responders import StaticFile


@contextmanager
def routes_compiled_once() -> Iterator[None]:
    """What Werkzeug compiles depends on nothing but the key below."""
    compile_rule = Rule.compile
    compiled: dict[tuple[Any, ...], Rule] = {}

    def compile_once(rule: Rule) -> None:
        assert rule.map is not None
        address = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, repr(rule.defaults))
        key = (*address, rule.map.host_matching, *rule.map.converters.items())
        known = compiled.get(key)
        if known is None:
            compile_rule(rule)
            compiled[key] = rule
            return
        rule._parts, rule._trace = known._parts, known._trace
        rule._converters = known._converters
        rule.arguments |= known.arguments
        rule._build = known._build.__func__.__get__(rule)
        rule._build_unknown = known._build_unknown.__func__.__get__(rule)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
        yield


@contextmanager
def static_files_read_once() -> Iterator[None]:
    """WhiteNoise makes all headers at the start. A file that changed is read again."""
    known: dict[tuple[Any, ...], StaticFile] = {}

    def static_file(
        path: str, headers: list[tuple[str, str]], stat_cache: Mapping[str, Any], **others: Any
    ) -> StaticFile:
        state = stat_cache[path]
        key = (path, state.st_mtime_ns, state.st_size, *headers)
        if key not in known:
            known[key] = StaticFile(path, headers, stat_cache=stat_cache, **others)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whitenoise.base, "StaticFile", static_file)
        yield
