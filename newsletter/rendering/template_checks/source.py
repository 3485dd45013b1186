"""Faults in the source of one template, with their lines, found before rendering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from newsletter.domain.sentences import as_sentence
from newsletter.rendering.template_checks.css_words import (
    PROPERTIES,
    are_lengths,
    declarations,
    declarations_of_tag,
    is_colour,
    is_property,
)
from newsletter.rendering.template_checks.mjml_words import HTML_TAGS, MJML_TAGS, NOT_SUPPORTED

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE = re.compile(r"""\sstyle=(["'])(.*?)\1""", re.DOTALL)
_FILTER = re.compile(r"No (filter|test) named '(.+)'")
_LENGTHS = frozenset(
    "font-size height width padding padding-top padding-right padding-bottom padding-left "
    "inner-padding border-radius line-height letter-spacing border-width".split()
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"([\w:-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'/]+))?")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\n\r\t]|\\")
_VOID = frozenset("area br col hr img link meta wbr".split())
_NAMED_IN_LOOPS = frozenset({"loop", "self", "super", "caller"})


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` is 0 if the fault concerns the whole file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else self.message


def read_source(path: Path) -> tuple[str, list[Fault]]:
    try:
        return path.read_text(encoding="utf-8"), []
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return "", [Fault(str(path), 0, f"{path} can't be read: {reason}.")]


def names_in(environment: Environment, source: str) -> set[str]:
    """The names that the template uses. Empty if it can't be parsed."""
    try:
        return set(find_undeclared_variables(environment.parse(source)))
    except TemplateSyntaxError:
        return set()


def jinja_faults(
    environment: Environment, path: Path, source: str, names: set[str], files: set[str]
) -> Iterator[Fault]:
    """`names` are available in templates, `files` can be included."""
    try:
        tree = environment.parse(source)
        unknown = find_undeclared_variables(tree) - names - _NAMED_IN_LOOPS
    except TemplateSyntaxError as error:
        fault = _unknown_filter(environment, error.message or "")
        yield Fault(str(path), error.lineno, fault or as_sentence(str(error.message)))
        return
    for node in tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)):
        named = getattr(node, "template", None)
        if isinstance(named, nodes.Const) and named.value not in files:
            hint = _hint(str(named.value), files)
            yield Fault(str(path), node.lineno, f"unknown template “{named.value}”{hint}")
    for name in tree.find_all(nodes.Name):
        if name.name in unknown and name.ctx == "load":
            hint = _hint(name.name, names)
            yield Fault(str(path), name.lineno, f"unknown name “{name.name}”{hint}")


def mjml_faults(path: Path, source: str) -> Iterator[Fault]:
    """Unknown tags and attributes, corrupted values, unclosed tags."""
    for line, found in _tags(source):
        if not found[1]:
            faults = _tag_faults(found[2], found[3])
            yield from (Fault(str(path), line, fault) for fault in faults)
    yield from _left_open(path, source, MJML_TAGS.keys())


def css_faults(path: Path, source: str) -> Iterator[Fault]:
    """Checks a style sheet, or the `style` attributes of another template."""
    blank = _COMMENT.sub(_blanked, _JINJA.sub(_blanked, source))
    found = declarations(blank) if path.suffix == ".css" else _in_tags(blank)
    for place, name, value in found:
        line = blank.count("\n", 0, place) + 1
        if value is None:
            yield Fault(str(path), line, f"“{name[:40]}” is missing the colon after its property.")
        elif not is_property(name) and not _is_filled_in(name):
            hint = _hint(name, PROPERTIES)
            yield Fault(str(path), line, f"unknown CSS property “{name[:40]}”{hint}")


def html_faults(path: Path, source: str) -> Iterator[Fault]:
    """Unclosed HTML tags. Only a guess if branches open different ones."""
    yield from _left_open(path, source, {*MJML_TAGS, *HTML_TAGS} - _VOID)


def _tags(source: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each tag with its line. Jinja and comments are blanked out."""
    blank = _JINJA.sub(_blanked, source)
    for found in _TAG.finditer(blank):
        yield blank.count("\n", 0, found.start()) + 1, found


def _left_open(path: Path, source: str, tags: AbstractSet[str]) -> Iterator[Fault]:
    open_tags: list[tuple[str, int]] = []
    for line, found in _tags(source):
        if found[2] in tags and not found[3].rstrip().endswith("/"):
            yield from _balance(path, open_tags, found[2], line, closes=bool(found[1]))
    for tag, line in open_tags:
        yield Fault(str(path), line, f"<{tag}> is never closed.")


def _balance(
    path: Path, open_tags: list[tuple[str, int]], tag: str, line: int, *, closes: bool
) -> Iterator[Fault]:
    if not closes:
        open_tags.append((tag, line))
    elif open_tags and open_tags[-1][0] == tag:
        open_tags.pop()
    elif open_tags:
        inner, opened = open_tags.pop()
        message = f"</{tag}> closes before <{inner}> of line {opened}."
        yield Fault(str(path), line, message)
    else:
        yield Fault(str(path), line, f"</{tag}> has no opening tag.")


def _tag_faults(tag: str, inside: str) -> Iterator[str]:
    if tag in NOT_SUPPORTED:
        yield f"<{tag}> can't be used: {NOT_SUPPORTED[tag]}."
    elif tag in MJML_TAGS:
        for name, value in _ATTRIBUTE.findall(inside.rstrip("/ \n\t")):
            yield from _attribute_faults(tag, name, value)
    elif tag.lower() not in HTML_TAGS:
        yield f"unknown tag <{tag}>{_hint(tag, {*MJML_TAGS, *HTML_TAGS})}"


def _attribute_faults(tag: str, name: str, value: str) -> Iterator[str]:
    known = MJML_TAGS[tag]
    is_free = "*" in known or (tag == "mj-class" and name == "name")
    if name not in known and not is_free:
        yield f"<{tag}> has no attribute “{name}”{_hint(name, known)}"
    if not value.startswith('"'):
        yield f"the value of “{name}” needs double quotation marks."
    if _NOT_PLAIN.search(value):
        yield (
            f"the value of “{name}” has characters that MJML corrupts. "
            "Write them as numbers, such as &#160;."
        )
    bare = value.strip('"')
    if name in known and not _is_filled_in(bare):
        yield from _value_faults(name, bare)
    parts = bare.split()
    if "padding" in name and len(parts) > 1 and "0" in parts:
        yield f"write 0px in “{name}”. With a bare 0, MJML ignores the padding in its widths."


def _value_faults(name: str, value: str) -> Iterator[str]:
    if name.endswith("color") and not is_colour(value):
        yield f"“{value[:40]}” in “{name}” is not a colour. Write one such as #14213d."
    if name in _LENGTHS and not are_lengths(value):
        yield f"“{value[:40]}” in “{name}” is not a length. Write one such as 16px."


def _is_filled_in(value: str) -> bool:
    """Whether the value is known only after rendering. See _blanked."""
    return "xxx" in value


def _in_tags(source: str) -> Iterator[tuple[int, str, str | None]]:
    for found in _STYLE.finditer(source):
        yield from declarations_of_tag(found[2], found.start(2))


def _unknown_filter(environment: Environment, said: str) -> str:
    found = _FILTER.search(said)
    if not found:
        return ""
    kind, name = found.groups()
    known = set(environment.filters if kind == "filter" else environment.tests)
    return f"unknown {kind} “{name}”{_hint(name, known)}"


def _blanked(found: re.Match[str]) -> str:
    """Keeps line breaks, so that line numbers stay right."""
    filler = "x" if found[0].startswith("{{") else " "
    return re.sub(r"[^\n]", filler, found[0])


def _hint(wrong: str, right: set[str] | frozenset[str]) -> str:
    close = get_close_matches(wrong, sorted(right), n=1, cutoff=0.6)
    return f". Did you mean “{close[0]}”?" if close else "."
