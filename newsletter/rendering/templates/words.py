"""The texts of emails by language. English if a language has none yet."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from newsletter.domain.sentences import fill

LANGUAGES = Path(__file__).parent / "languages"
"""A file for each language. English has every key; what another one lacks is said in English."""

SPONSOR_TITLES = frozenset(
    """sponsor sponsors sponsored sponsoring advertisement advertising ad ads
    anzeige anzeigen werbung 赞助 赞助商 赞助内容 广告 贊助 廣告 إعلان إعلانات برعاية
    publicité sponsorisé publicidad patrocinado patrocinador スポンサー 広告""".split()
)


def is_sponsor_title(title: str) -> bool:
    """Whether a section with this title is sponsored, in any language."""
    return title.strip(" :：").casefold() in SPONSOR_TITLES


def discloses(label: str) -> bool:
    """Whether one of its words says, in any language, that someone pays."""
    return any(is_sponsor_title(word) for word in re.split(r"[^\w]+", label)) or any(
        word in label for word in SPONSOR_TITLES if not word.isascii()
    )


@dataclass(frozen=True, slots=True)
class Language:
    """`tag` is valid for `lang=`. `direction` is ltr or rtl."""

    tag: str
    locale: Locale
    direction: str
    own: tuple[tuple[str, str], ...] = ()
    """Words of the newsletter instead of ours, by key."""

    def say(self, key: str, **values: object) -> str:
        if own := dict(self.own).get(key):
            return own  # as it was typed: braces in it are no gaps
        words = words_of(self.locale.language)
        return fill(words.get(key, words_of("en")[key]), **values)

    @property
    def has_words(self) -> bool:
        return bool(words_of(self.locale.language))

    def date(self, day: date) -> str:
        return format_date(day, format="long", locale=self.locale)


def with_sponsor_label(language: Language, label: str) -> Language:
    """With the newsletter's words above sponsors. Ours stay behind words that don't disclose it."""
    if not label:
        return language
    ours = language.say("sponsor")
    shown = label if discloses(label) or ours in label else f"{label} · {ours}"
    return replace(language, own=(("sponsor", shown),))


@cache
def words_of(language: str) -> dict[str, str]:
    """By key; empty for a language that has none. `language` is a code of ISO 639."""
    path = LANGUAGES / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def language_of(tag: str) -> Language:
    """The language of a BCP 47 tag. English if the tag is invalid."""
    wanted = tag.strip().replace("_", "-")
    try:
        locale = Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Language("en", Locale("en"), "ltr")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", wanted):
        wanted = locale.language
    return Language(wanted, locale, "rtl" if locale.text_direction == "rtl" else "ltr")
