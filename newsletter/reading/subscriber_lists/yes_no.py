"""Yes, no and nothing, as people and spreadsheets write them."""

from __future__ import annotations

from newsletter.domain.plain_words import plain_word

# A German Excel saves TRUE as WAHR, a French one as VRAI.
YES = frozenset(
    map(
        plain_word,
        "true t yes y 1 1.0 on x ✓ ✔ ☑ ja j oui sí si sì sim tak da да evet はい 是 ○ 예 "
        "wahr vrai verdadero vero verdadeiro waar sant sand prawda истина".split(),
    )
)
NO = frozenset(
    map(
        plain_word,
        "false f no n 0 0.0 off nein non não nee nej nei nie нет hayır いいえ 否 × ✗ ✘ ☐ 아니요 "
        "falsch faux falso onwaar falskt falsk usann fałsz ложь".split(),
    )
)
NOTHING = frozenset(["", "none", "null", "nil", "never", "n/a", "na", "–", "—"])


def says_yes_or_no(cell: str) -> bool:
    word = plain_word(cell)
    return word in YES or word in NO
