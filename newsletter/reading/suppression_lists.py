"""Lists of suppressed addresses: our own export, other services', plain lists of addresses."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.readers.consent import SuppressionReason
from newsletter.domain.readers.listed_as import meaning_of
from newsletter.domain.readers.subscriber_rows import LeftOut
from newsletter.domain.readers.suppression_rows import SuppressionRow
from newsletter.reading.subscriber_lists.csv_records import unguard

LONGEST_LINE = 10_000
_ADDRESS = frozenset({"address", "email", "emailaddress", "mail", "recipient", "subscriber"})
_REASON = frozenset({"reason", "suppressionreason", "status", "type"})
_AT = frozenset({"suppressedat", "createdat", "lastupdatetime", "date", "created"})
_HASH = re.compile(r"[0-9a-f]{64}")


def read_suppressions(lines: Iterable[str]) -> Iterator[SuppressionRow | LeftOut]:
    """A heading says which column is which. Without one, the first cell of each line counts."""
    columns: Mapping[str, int] | None = None
    for line, cells in enumerate(csv.reader(_bounded(lines)), 1):
        filled = [unguard(cell.strip().removeprefix("\ufeff")) for cell in cells]
        if not any(filled):
            continue
        if columns is None:
            columns = _columns(filled)
            if columns:
                continue
            columns = {"address": 0}
        yield _row(line, filled, columns)


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise InvalidInput(
                f"Line {number} is too long.", advice="Give one address on each line."
            )
        yield line.replace("\0", "")


def _columns(heading: list[str]) -> dict[str, int]:
    """Empty where the line is no heading."""
    names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in heading]
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        for field, known in (("address", _ADDRESS), ("reason", _REASON), ("at", _AT)):
            if name in known:
                found.setdefault(field, number)
        if name in {"addresshash", "hashkey", "newsletter", "detail"}:
            found[name] = number
    return found if "address" in found else {}


def _row(line: int, cells: list[str], columns: Mapping[str, int]) -> SuppressionRow | LeftOut:
    def cell(name: str) -> str:
        number = columns.get(name)
        return cells[number] if number is not None and number < len(cells) else ""

    address, address_hash = cell("address"), cell("addresshash")
    try:
        address = parse_address(address) if address or not address_hash else ""
    except InvalidInput as error:
        return LeftOut(line, address, str(error))
    if not address and not _HASH.fullmatch(address_hash):
        return LeftOut(line, address_hash, "this is no keyed hash of ours")
    return SuppressionRow(
        line=line,
        address=address,
        address_hash=address_hash,
        hash_key=cell("hashkey"),
        newsletter=cell("newsletter"),
        reason=_reason(cell("reason")),
        detail=cell("detail")[:500],
        at=_moment(cell("at")),
    )


def _reason(text: str) -> SuppressionReason:
    """Ours, or what another service calls it; by an editor where nobody says why."""
    word = text.strip().lower()
    if word in set(SuppressionReason):
        return SuppressionReason(word)
    meaning = meaning_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    return (meaning and meaning.suppression) or SuppressionReason.EDITOR


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
