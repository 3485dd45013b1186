"""The DNS records of DKIM keys [RFC 6376 3.6, RFC 8463]: to publish, and to compare with DNS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.alabels import ascii_domain

LONGEST_STRING = 255
"""Of a string in a TXT record [RFC 1035 3.3.14]. Longer values are split, and joined again."""


@dataclass(frozen=True, slots=True)
class TxtRecord:
    """`name` is relative to the zone if the domain is not known."""

    name: str
    value: str

    @property
    def strings(self) -> list[str]:
        value = self.value
        return [value[i : i + LONGEST_STRING] for i in range(0, len(value), LONGEST_STRING)]

    @property
    def zone_line(self) -> str:
        """For a zone file. An absolute name ends with a dot."""
        name = self.name if self.name.endswith("._domainkey") else f"{self.name}."
        quoted = [f'"{string}"' for string in self.strings]
        if len(quoted) == 1:
            return f"{name} IN TXT {quoted[0]}"
        return "\n".join([f"{name} IN TXT (", *(f"    {string}" for string in quoted), ")"])


class Answer(StrEnum):
    """What DNS says about a record."""

    PUBLISHED = "published"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """`detail` explains the answer; "" for no explanation."""

    answer: Answer
    detail: str = ""


def record_of(selector: str, kind: str, public_half: str, domain: str = "") -> TxtRecord:
    name = f"{selector}._domainkey"
    if domain:
        name = f"{name}.{ascii_domain(domain)}"
    return TxtRecord(name, f"v=DKIM1; k={kind}; p={public_half}")


def compare(record: TxtRecord, texts: Sequence[str]) -> Found:
    """`record` beside the values that DNS has under its name."""
    if not texts:
        return Found(Answer.MISSING)
    if any(_tags(text) == _tags(record.value) for text in texts):
        return Found(Answer.PUBLISHED)
    return Found(Answer.DIFFERENT, " | ".join(texts)[:500])


def _tags(text: str) -> dict[str, str]:
    """The tags that make the key; other tags do not matter."""
    pairs = (tag.partition("=") for tag in text.split(";") if "=" in tag)
    tags = {name.strip(): "".join(value.split()) for name, _, value in pairs}
    return {"k": tags.get("k", "rsa"), "p": tags.get("p", "")}
