"""The state of an issue, and of a subscription, is changed in one place each.

Found by reading the source: attributes that are set, columns that an UPDATE sets, and UPDATE
statements written by hand. A new row may begin in a first state.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.store import models

PACKAGE = Path(models.__file__).parents[2]
OWNERS = {
    "Issue": "store/issues/states.py",
    "Subscription": "store/readers/states.py",
}
OTHERS = {"Delivery", "OutboxMessage", "DomainPause", "RelayPause", "InboundMessage"}
"""Tables with a column of that name, or of another state, which have owners of their own."""


def test_no_attribute_that_is_a_state_is_set() -> None:
    found = {
        f"{path}:{target.lineno}"
        for path, tree in _sources()
        for node in ast.walk(tree)
        for target in _targets(node)
        if isinstance(target, ast.Attribute)
        and target.attr in {"state", "state_at"}
        and ast.unparse(target.value) != "self"
    }
    assert found == set()


def test_each_state_is_set_by_one_update() -> None:
    found: dict[str, set[str]] = {}
    for path, tree in _sources():
        for call in _updates_of_state(tree):
            found.setdefault(_table_of(call), set()).add(path)
    assert {table: found.get(table) for table in OWNERS} == {
        table: {owner} for table, owner in OWNERS.items()
    }
    assert set(found) - set(OWNERS) <= OTHERS | {"_deliveries"}, "an UPDATE of an unknown table"


def test_no_statement_by_hand_changes_one() -> None:
    by_hand = re.compile(r"UPDATE\s+(issues|subscriptions)\b", re.IGNORECASE)
    found = [path for path, text in _texts() if by_hand.search(text)]
    assert found == []


def _texts() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path, text in _texts():
        yield path, ast.parse(text)


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple) else [target]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        yield node.target


def _updates_of_state(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "values"
            and any(word.arg == "state" for word in node.keywords)
        ):
            yield node


def _table_of(call: ast.Call) -> str:
    """What `update(…)` at the beginning of the chain of calls is given."""
    for node in ast.walk(call.func):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "update" and isinstance(node.args[0], ast.Name):
                return node.args[0].id
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "update"
            and isinstance(node.func.value, ast.Name)
        ):
            return node.func.value.id
    return ast.unparse(call)
