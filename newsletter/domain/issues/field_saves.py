"""Some fields of one thing of an issue are saved: each over the text that it was written over.

What someone else changed meanwhile is never overwritten unseen, and one field that is wrong or in
conflict keeps no other from being saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_checks import problems_of, size_problem
from newsletter.domain.issues.issue_texts import Texts, texts_of, with_texts
from newsletter.domain.issues.issue_things import Thing, ThingGone, things_of, with_thing
from newsletter.domain.issues.partial_saves import keep_stored


@dataclass(frozen=True, slots=True)
class FieldConflict:
    base: str
    yours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """`content` is the issue afterwards; `saved` has the fields that are stored as was asked."""

    content: IssueContent
    saved: dict[str, str]
    problems: dict[str, str]
    conflicts: dict[str, FieldConflict]


def merge_fields(
    stored: IssueContent, thing: Thing, texts: Texts, base: Texts, today: date
) -> Merged:
    """Raises ThingGone, and InvalidInput for fields that it does not have."""
    piece = things_of(stored).get(thing)
    if piece is None:
        raise ThingGone(thing)
    now = texts_of(piece)
    _require_known(now, texts, base)
    wanted = texts_of(with_texts(piece, texts)[0])
    before = texts_of(with_texts(piece, base)[0])
    clashing = {n for n in texts if now[n] not in (wanted[n], before[n])}
    conflicts = {n: FieldConflict(base[n], texts[n], now[n]) for n in clashing}
    mine = {name: text for name, text in texts.items() if name not in clashing}
    content, problems = apply_texts(stored, thing, mine, today)
    after = texts_of(things_of(content)[thing])
    saved = {name: after[name] for name in mine if name not in problems}
    return Merged(content, saved, problems, conflicts)


def apply_texts(
    stored: IssueContent, thing: Thing, texts: Texts, today: date
) -> tuple[IssueContent, dict[str, str]]:
    """The issue with all fields but the wrong ones, and what is wrong with these."""
    changed, problems = with_texts(things_of(stored)[thing], texts)
    content = with_thing(stored, thing, changed)
    problems |= _problems(content, thing, texts, today)
    wrong = {f"{thing.prefix}{name}" for name in problems}
    return keep_stored(content, stored, wrong), problems


def _problems(content: IssueContent, thing: Thing, texts: Texts, today: date) -> dict[str, str]:
    """Of these fields alone: what else is wrong with the issue was not written now."""
    found = problems_of(content, today)
    problems = {n: found[f"{thing.prefix}{n}"] for n in texts if f"{thing.prefix}{n}" in found}
    if texts and (too_much := size_problem(content)):
        problems.setdefault(max(texts, key=lambda name: len(texts[name])), too_much)
    return problems


def _require_known(known: Mapping[str, str], texts: Texts, base: Texts) -> None:
    if unknown := sorted((texts.keys() | base.keys()) - known.keys()):
        raise InvalidInput(f"There is no field “{unknown[0][:40]}”.", field="fields")
    if missing := sorted(texts.keys() - base.keys()):
        raise InvalidInput(f"Say what “{missing[0]}” was before.", field="base")
