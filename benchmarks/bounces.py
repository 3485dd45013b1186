"""How well reports that came back are understood, against a folder whose verdicts are known.

    python -m benchmarks.bounces FOLDER [--half 0|1]

FOLDER holds messages and expected.json: for each file a list of {hard, reason, status, reply}. With
--half only the files of one half, by the hash of their names: rules are found on one half and
measured on the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.mail.inbound.feedback import read_feedback

_COMPLAINTS = {"feedback"}
_ANSWERS = {"vacation"}
_V = FeedbackVerdict


@dataclass(slots=True)
class Score:
    hard_right: int = 0
    hard_wrong: int = 0
    hard_missed: int = 0
    complaints_missed: int = 0
    answers_taken_for_bounces: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        called = self.hard_right + self.hard_wrong
        return self.hard_right / called if called else 1.0

    @property
    def recall(self) -> float:
        there = self.hard_right + self.hard_missed
        return self.hard_right / there if there else 1.0

    def count(self, name: str, expected: list[dict[str, Any]], found: list[Feedback]) -> None:
        hard = sum(one["hard"] for one in expected)
        called = sum(one.verdict is _V.HARD for one in found)
        reasons = {one["reason"] for one in expected}
        verdicts = {one.verdict for one in found}
        missed = bool(reasons & _COMPLAINTS) and not verdicts & {_V.COMPLAINT, _V.UNSUBSCRIBE}
        mistaken = bool(reasons & _ANSWERS) and verdicts != {_V.AUTOMATIC}
        self.hard_right += min(hard, called)
        self.hard_wrong += max(0, called - hard)
        self.hard_missed += max(0, hard - called)
        self.complaints_missed += missed
        self.answers_taken_for_bounces += mistaken
        self.confusion.update(
            (one["reason"], other.verdict.value)
            for one, other in zip(expected, found, strict=False)
        )
        if hard != called or missed or mistaken:
            self.differences.append(f"{name}: {sorted(reasons)}, not {_described(found)}")


def _described(found: list[Feedback]) -> str:
    return "; ".join(f"{one.verdict} by {one.rule}: {one.diagnostic[:80]}" for one in found)


def measure(folder: Path, half: int | None = None) -> Score:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    score = Score()
    for name in sorted(expected):
        if half in {None, _half(name)}:
            score.count(name, expected[name], read_feedback((folder / name).read_bytes())[0])
    return score


def _half(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    arguments = parser.parse_args()
    score = measure(arguments.folder, arguments.half)
    print(f"hard: precision {score.precision:.3f}, recall {score.recall:.3f}")
    print(f"complaints missed: {score.complaints_missed}")
    print(f"automatic answers taken for something else: {score.answers_taken_for_bounces}")
    _print_confusion(score.confusion)
    print("\nDiffers:")
    print("\n".join(score.differences) or "nothing")


def _print_confusion(confusion: Counter[tuple[str, str]]) -> None:
    verdicts = [verdict.value for verdict in FeedbackVerdict]
    used = [one for one in verdicts if any(verdict == one for _, verdict in confusion)]
    print("\n" + "reason".ljust(18) + "".join(one.rjust(12) for one in used))
    for reason in sorted({reason for reason, _ in confusion}):
        counts = (str(confusion[reason, verdict] or "").rjust(12) for verdict in used)
        print(reason.ljust(18) + "".join(counts))


if __name__ == "__main__":
    main()
