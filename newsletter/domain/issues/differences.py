"""What differs between two texts by words, and between two versions of an issue by things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_texts import texts_of
from newsletter.domain.issues.issue_things import Thing, things_of

_WORDS = re.compile(r"\S+\s*|\s+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_HOW = ("changed", "added", "moved", "removed")
MOST_STEPS = 2_000_000
"""Words of one text times words of the other: 0.3 seconds at worst. Beyond that it is all new."""


@dataclass(frozen=True, slots=True)
class Run:
    """`how` is "", "ins" or "del"."""

    how: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangedField:
    field: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`how` is "added", "removed", "changed" or "moved"."""

    thing: Thing
    title: str
    how: str
    fields: tuple[ChangedField, ...] = ()


def differences(before: IssueContent, after: IssueContent) -> list[Difference]:
    """In the order of the page, what was removed last."""
    old, new = things_of(before), things_of(after)
    found: list[Difference] = []
    for thing, piece in new.items():
        was = texts_of(old[thing]) if thing in old else {}
        fields = _changed_fields(was, texts_of(piece))
        if thing not in old:
            found.append(Difference(thing, piece.title, "added", fields))
        elif fields:
            found.append(Difference(thing, piece.title, "changed", fields))
    gone = [
        Difference(t, p.title, "removed", _changed_fields(texts_of(p), {}))
        for t, p in old.items()
        if t not in new
    ]
    kept_before, kept_after = [t for t in old if t in new], [t for t in new if t in old]
    if kept_before != kept_after:
        found += [
            Difference(thing, new[thing].title, "moved")
            for thing in _moved(kept_before, kept_after)
        ]
    return found + gone


def summary_of(found: list[Difference]) -> str:
    """Such as: 2 changed, 1 added."""
    counts = {
        how: sum(one.how == how for one in found)
        for how in ("changed", "added", "moved", "removed")
    }
    return (
        ", ".join(f"{count} {how}" for how, count in counts.items() if count) or "Nothing changed"
    )


def word_runs(before: str, after: str) -> tuple[Run, ...]:
    """By lines first: only lines that differ are compared by words."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    runs: list[Run] = []
    for how, a, b, c, d in _steps(old, new):
        left, right = "".join(old[a:b]), "".join(new[c:d])
        runs += [Run("", left)] if how == "equal" else _within(left, right)
    return _joined(runs)


def _within(before: str, after: str) -> list[Run]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    runs: list[Run] = []
    for how, a, b, c, d in _steps(old, new):
        left, right = "".join(old[a:b]), "".join(new[c:d])
        runs += [Run("", left)] if how == "equal" else [Run("del", left), Run("ins", right)]
    return runs


def _steps(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_STEPS:
        return [("replace", 0, len(old), 0, len(new))]
    return [tuple(step) for step in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]  # type: ignore[misc]


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if joined and joined[-1].how == run.how:
            joined[-1] = Run(run.how, joined[-1].text + run.text)
        else:
            joined.append(run)
    return tuple(joined)


def _changed_fields(old: dict[str, str], new: dict[str, str]) -> tuple[ChangedField, ...]:
    return tuple(
        ChangedField(name, word_runs(old.get(name, ""), new.get(name, "")))
        for name in (new or old)
        if old.get(name, "") != new.get(name, "")
    )


def _moved(before: list[Thing], after: list[Thing]) -> list[Thing]:
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [thing for how, _, _, c, d in steps if how != "equal" for thing in after[c:d]]
