"""What is code in a digest: between fences, indented, or lines that can be nothing else.

Judged to the safe side: prose never becomes code, and code loses none of its indentation.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import groupby

# A longer line is data or prose; and no pattern below gets to see one.
MAX_CODE_LINE = 400

_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<info>.*)$")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_PROMPT = re.compile(r"^\s*(?:\$\s+[a-z~./_]|>>>\s(?=.*[=()\[]|\s*(?:import|from|del|print)\b))")
_CODE_LINE = re.compile(
    r"""^\s*(?:
        import\s[\w.*{]+(?:\s(?:as|from)\s.+)?;?$ |
        from\s[\w.]+\simport\s.+$ |
        (?:def|class|func|fn|pub|fun)\s\w.*[({:].*$ | @\w+ |
        (?:if|elif|else|for|while|try|except|with|switch|match)\b.*[:{]$ |
        (?:var|let|const|val)\s\w+ | \#include\b | \#!/ | //\s | /\*
        | (?:\$|>>>|\.\.\.|%|&&)\s\S | [{}\[\]();,]+$ |
        .*[=()\[\]{}].*[;{]$ | .*\s\{$ | .*\\$ | </?\w[^>]*>
        | [\w.\[\]'"()]+(?:\s?[-+*/|&]?=\s?|\s?:=\s?|\s->\s)\S.*$
        | (?:print|return|yield|await|echo|sudo|git|npm|pip|curl|docker|kubectl|cd|export)\b[\s(].*$
        | [\w.]+\(.*\)[;:]?$
        | "[^"]+"\s*:\s.+,?$
    )""",
    re.VERBOSE,
)
_PROSE_LINE = re.compile(r"^[A-Z][\w’'-]*(?:\s+[\w’',-]+){3,}[.!?:,]$")
_SENTENCE = re.compile(r"[.!?:…。！？：]['\"”’)]*$")
_NEVER_IN_PROSE = re.compile(r"[{}<>=;|\\$#`_]|\w\(")
_CALL_OR_ASSIGNMENT = re.compile(r"^\s*(?:[\w.]+\(.*\)[;:]?|[\w.\[\]'\"]+\s?[-+*/]?=\s?\S.*)$")


def opening_fence(text: str) -> tuple[str, str] | None:
    """Its marks, and the info string behind them; a span of code within prose opens nothing."""
    found = _FENCE.match(text)
    return (found["mark"], found["info"].strip()) if found else None


def closes_fence(text: str, mark: str) -> bool:
    """A closing fence is as long as the opening one, or longer, and says nothing else."""
    line = text.strip()
    return line.startswith(mark) and not line.strip(mark[0])


def fenced_lines(texts: Sequence[str]) -> set[int]:
    """The indexes of the fences and of what is between; a fence that is never closed has none."""
    inside: set[int] = set()
    opened, mark = 0, ""
    for at, text in enumerate(texts):
        if mark and closes_fence(text, mark):
            inside.update(range(opened, at + 1))
            mark = ""
        elif not mark and (found := opening_fence(text)):
            opened, mark = at, found[0]
    return inside


def is_indented(text: str) -> bool:
    return bool(_INDENTED.match(text))


def dedented(lines: Sequence[str]) -> str:
    """Tabs stay, but where tabs and blanks are mixed."""
    text = textwrap.dedent("\n".join(lines))
    is_mixed = all(line[:1] in (" ", "\t") for line in text.split("\n") if line)
    return textwrap.dedent(text.expandtabs(4)) if is_mixed else text


def is_indented_code(lines: Sequence[str]) -> bool:
    """Indented all of it, and not just a paragraph of prose that was moved to the right."""
    return all(map(is_indented, lines)) and not _is_indented_prose(lines)


def is_code(lines: Sequence[str]) -> bool:
    """Every line looks like code and none like a sentence; a line alone must be a command."""
    if _PROMPT.match(lines[0][:MAX_CODE_LINE]):
        return True
    if len(lines) == 1 or max(map(len, lines)) > MAX_CODE_LINE:
        return False
    if any(_PROSE_LINE.match(line.strip()) for line in lines):
        return False
    return all(_CODE_LINE.match(line) or is_indented(line) for line in lines)


def goes_on_with_code(lines: Sequence[str]) -> bool:
    """Below other code, after a blank line: less is needed to be taken for code."""
    if len(lines) > 1 or len(lines[0]) > MAX_CODE_LINE:
        return is_code(lines)
    return bool(_CALL_OR_ASSIGNMENT.match(lines[0])) or is_code(lines)


def split_off_code(lines: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """A paragraph that has code in its middle, without blank lines, as runs: is it code, lines."""
    runs: list[tuple[bool, list[str]]] = []
    for is_apart, group in groupby(lines, _is_apart):
        run = list(group)
        is_code_run = is_apart and _is_certain_code(run)
        if runs and not is_code_run and not runs[-1][0]:
            runs[-1][1].extend(run)
        else:
            runs.append((is_code_run, run))
    return runs


def _is_apart(line: str) -> bool:
    return is_indented(line) or bool(_PROMPT.match(line[:MAX_CODE_LINE]))


def _is_certain_code(lines: Sequence[str]) -> bool:
    is_like_code = any(
        _CODE_LINE.match(line[:MAX_CODE_LINE]) or _NEVER_IN_PROSE.search(line) for line in lines
    )
    return is_like_code and not _is_indented_prose(lines)


def _is_indented_prose(lines: Sequence[str]) -> bool:
    texts = [line.strip() for line in lines]
    depths = {len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) for line in lines}
    words = sum(len(text.split()) for text in texts)
    return (
        len(depths) == 1
        and words >= len(texts) * 3
        and bool(_SENTENCE.search(texts[-1]))
        and not any(_NEVER_IN_PROSE.search(text) for text in texts)
        and not any(_CODE_LINE.match(text[:MAX_CODE_LINE]) for text in texts)
    )
