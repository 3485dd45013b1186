"""Clicks: how a newsletter counts them, the links of an edition, and parameters added to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, quote

from newsletter.domain.errors import InvalidInput
from newsletter.domain.web_addresses import is_web_address

LONGEST_PARAMETERS = 300
NUMBER_WORD = "{issue}"
"""Stands for the number of the issue in the value of a parameter."""

UNTRACKED_MARK = re.compile(r"\{:?\s{0,9}\.untracked\s{0,9}\}")
"""Behind a link in Markdown, `[words](address){.untracked}`: a class as Pandoc writes it, or as
kramdown does, `{:.untracked}`."""
_NAME = re.compile(r"utm_[a-z_]{1,30}")
_HAS_UTM = re.compile(r"[?&]utm_[^=&#]*=", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)


class ClickCounting(StrEnum):
    OFF = "off"
    SUM = "sum"
    """How often each link was opened. Nothing says by whom, in the mail or in what is stored."""
    READER = "reader"


@dataclass(frozen=True, slots=True)
class EditionLink:
    """A link of a frozen edition. `number` is its name in the mail, `position` the ordinal of its
    entry in the issue: 0 for an introduction.
    """

    number: int
    url: str
    label: str
    section: str
    position: int


_PROGRAMS = (
    "To leave out programs that open links, we keep a scrambled form of the network address "
    "for about 10 minutes."
)
_NO_PIXEL = "We don’t record whether you open an issue."


def privacy_words(counting: ClickCounting, kept: timedelta) -> str:
    """What we tell readers where they sign up and change their subscription."""
    if counting is ClickCounting.OFF:
        return f"We don’t count which links are opened. {_NO_PIXEL}"
    if counting is ClickCounting.SUM:
        return (
            "We count how often each link in an issue is opened, but don’t record who opened it. "
            f"{_PROGRAMS} {_NO_PIXEL}"
        )
    days = f"{kept.days} {'day' if kept.days == 1 else 'days'}"
    return (
        "We record which links in our issues you open, and when. We delete this after "
        f"{days if kept.days else 'less than a day'}. {_PROGRAMS} {_NO_PIXEL}"
    )


Parameters = Mapping[str, str]


def parse_parameters(text: str) -> dict[str, str]:
    """`utm_source=weekly&utm_medium=email` by name. Raises InvalidInput."""
    text = text.strip().removeprefix("?")
    if len(text) > LONGEST_PARAMETERS:
        raise InvalidInput(f"Use at most {LONGEST_PARAMETERS} characters.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True) if text else []
    except ValueError as error:
        raise _unreadable() from error
    if not all(_NAME.fullmatch(name) and value.isprintable() for name, value in pairs):
        raise _unreadable()
    return dict(pairs)


def parameters_problem(text: str) -> str:
    """Empty for parameters that can be read."""
    try:
        parse_parameters(text)
    except InvalidInput as error:
        return f"{error} {error.advice}".strip()
    return ""


def with_parameters(url: str, parameters: Parameters, number: int | None) -> str:
    """An address that has UTM parameters already is left alone, and what it has stays as it is."""
    base, mark, fragment = url.partition("#")
    if _HAS_UTM.search(base):
        return url
    filled = {name: _filled(value, number) for name, value in parameters.items() if value}
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in filled.items() if value)
    if not added:
        return url
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{joint}{added}{mark}{fragment}"


def is_countable(url: str, label: str) -> bool:
    """Whether the link may lead through us. Mail programs warn of a link whose words are another
    address than its target, so a link that shows its address keeps it.
    """
    return is_web_address(url) and not _shows_address(label, url)


def _shows_address(label: str, url: str) -> bool:
    words = label.strip().rstrip("/").lower()
    bare = url.partition("://")[2].rstrip("/").lower()
    host = bare.partition("/")[0]
    return bool(_ADDRESS.fullmatch(words)) or words in (bare, host, host.removeprefix("www."))


def _filled(value: str, number: int | None) -> str:
    return value.replace(NUMBER_WORD, str(number or "")).strip()


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "These parameters can’t be read.",
        advice="Write them like utm_source=weekly&utm_medium=email. Each name begins with utm_.",
    )
