"""Which letters the bytes of a list are: known, chosen, or asked for with a preview."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NoReturn

from newsletter.domain.errors import InvalidInput
from newsletter.reading.subscriber_lists.choices import ListQuestion

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "utf-16-le": "UTF-16 without a mark, little-endian",
    "utf-16-be": "UTF-16 without a mark, big-endian",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "iso8859-1": "ISO-8859-1 (Latin 1)",
    "iso8859-2": "ISO-8859-2 (Latin 2)",
    "iso8859-15": "ISO-8859-15 (Latin 9)",
    "mac-roman": "Mac Roman",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp866": "DOS 866 (Cyrillic)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
}
"""By the name that Python has for each, also under its other names: windows-1252, latin-1."""
_PARTS_OF = {
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "utf-8-sig": "utf-8",
}
_RANKS = {name: rank for rank, name in enumerate(ENCODINGS)}
_GUESSED = [name for name in ENCODINGS if not name.startswith("utf")]
# A quick look: which words they are, and in which cells, listed_as and state_columns know.
_STEMS_OF_THE_GONE = (
    "unsub", "opted out", "opted-out", "opted_out", "opt out", "bounce", "complain", "blocklist",
    "blacklist", "suppress", "cleaned", "undeliverable", "do not", "abgemeldet", "ausgetragen",
    "sabonn", "sinscri", "de baja", "disiscri", "descadastr", "uitgeschreven", "afgemeld",
    "wypisan",
    "отпис", "解除", "停止", "退会", "退订", "取消订阅", "수신거부",
)  # fmt: skip
_SAVE_AS = "In your spreadsheet, save it as “CSV UTF-8”."
_CHUNK_BYTES = 1 << 20
_MOST_GUESSES = 8
_LONGEST_PREVIEW = 120
_BYTES_TO_GUESS_FROM = 20_000
# A quotation mark behind a backslash which neither ends a cell nor is the first of a pair.
_BACKSLASH_QUOTE = re.compile(r'\\"(?=[^",;|\t\r\n])')
_DOUBLED_QUOTE = re.compile(r'[^\\",;|\t\r\n]""[^",;|\t\r\n]')


@dataclass(frozen=True, slots=True)
class Guess:
    """`lines` are the first that tell one encoding from another, read in this one."""

    encoding: str
    name: str
    lines: tuple[str, ...]


class UnknownEncoding(ListQuestion):
    """The file is not UTF-8, so a person chooses. `guesses` has the likeliest first."""

    def __init__(self, message: str, guesses: tuple[Guess, ...]) -> None:
        first = guesses[0] if guesses else None
        advice = _SAVE_AS
        if first:
            advice = (
                f"In {first.name} it reads: “{' / '.join(first.lines)}”. If that is right, choose "
                f"the encoding {first.encoding}. Or save it as “CSV UTF-8” in your spreadsheet."
            )
        super().__init__(message, advice=advice, field="encoding")
        self.guesses = guesses


class ListText(io.TextIOWrapper):
    """The text of a list, which was looked through to its end before."""

    has_backslash_quotes = False
    """Quotation marks within cells are written \\" and not doubled."""
    names_the_gone = False
    """Somewhere it has a word of those by which people are gone."""


def open_text(file: BinaryIO, encoding: str = "") -> ListText:
    """`encoding` is what a person chose, or "".

    Raises UnknownEncoding, and InvalidInput for what is no list in any encoding.
    """
    _require_list(file)
    used = known_encoding(encoding) if encoding else _encoding(file)
    has_backslashes, names_the_gone = _look_through(file, used)
    file.seek(0)
    text = ListText(file, encoding=used, newline="")
    text.has_backslash_quotes = has_backslashes
    text.names_the_gone = names_the_gone
    return text


def known_encoding(name: str) -> str:
    """As ENCODINGS has it. Raises InvalidInput."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        found = ""
    found = _PARTS_OF.get(found, found)
    if found not in ENCODINGS:
        raise InvalidInput(
            f"“{name[:40]}” is not an encoding that lists are read in.",
            advice=f"There are {', '.join(ENCODINGS)}.",
            field="encoding",
        )
    return "utf-8-sig" if found == "utf-8" else found


def _require_list(file: BinaryIO) -> None:
    file.seek(0)
    head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise InvalidInput(
            "The file is empty.", advice="Its first line names the columns.", field="file"
        )
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput("This is a workbook, not a CSV file.", advice=_SAVE_AS, field="file")


def _encoding(file: BinaryIO) -> str:
    """By the mark at the start or by null bytes; UTF-8 otherwise."""
    file.seek(0)
    head = file.read(4096)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    nulls_at_odd, nulls_at_even = head[1::2].count(0), head[0::2].count(0)
    is_two_bytes = not min(nulls_at_odd, nulls_at_even) and not len(head) % 2
    # A Japanese list has few of them: commas, line ends and the addresses.
    if max(nulls_at_odd, nulls_at_even) * (25 if is_two_bytes else 4) > len(head):
        return "utf-16-le" if nulls_at_odd > nulls_at_even else "utf-16-be"
    return "utf-8-sig"


def _look_through(file: BinaryIO, encoding: str) -> tuple[bool, bool]:
    """Whether quotation marks are written with a backslash, and whether it names people who left.

    Raises UnknownEncoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, last, with_backslash, doubled, gone = 1, "", False, False, False
    for chunk in _chunks(file):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            _ask(file, lines + _line_ends(error.object[: error.start], last), encoding)
        except UnicodeError:  # UTF-16 without its mark
            _ask(file, lines, encoding)
        if '\\"' in text:
            with_backslash = with_backslash or bool(_BACKSLASH_QUOTE.search(text))
        if with_backslash and not doubled:
            doubled = bool(_DOUBLED_QUOTE.search(text))
        if not gone:
            lower = text.lower()
            gone = any(stem in lower for stem in _STEMS_OF_THE_GONE)
        lines += _line_ends(text, last)
        last = text[-1:] or last
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        _ask(file, lines, encoding)
    return with_backslash and not doubled, gone


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(partial(file.read, _CHUNK_BYTES), b"")


def _line_ends(data: bytes | str, last: str) -> int:
    """CR, LF and CRLF each end one line; `last` is the character before the data."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    split_pair = last == "\r" and text.startswith("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n") - int(split_pair)


def _ask(file: BinaryIO, line: int, encoding: str) -> NoReturn:
    name = "UTF-8" if encoding == "utf-8-sig" else ENCODINGS[encoding].partition(" ")[0]
    raise UnknownEncoding(f"Line {line} has bytes that are no {name} text.", _guesses(file))


def _guesses(file: BinaryIO) -> tuple[Guess, ...]:
    from charset_normalizer import from_bytes  # noqa: PLC0415  its tables are large

    telling = _telling_lines(file)
    sample = b"\n".join(telling)
    likely = [match.encoding for match in from_bytes(sample, cp_isolation=_GUESSED)]
    readings: dict[tuple[str, ...], str] = {}
    for name in [*likely, *_GUESSED]:
        encoding = known_encoding(name)
        lines = _read(telling, encoding)
        # Of several that read all of it alike, the most common one.
        if lines and _RANKS[encoding] < _RANKS.get(readings.get(lines, ""), len(_RANKS)):
            readings[lines] = encoding
    return tuple(
        Guess(encoding, ENCODINGS[encoding], tuple(line[:_LONGEST_PREVIEW] for line in lines[:3]))
        for lines, encoding in readings.items()
    )[:_MOST_GUESSES]


def _telling_lines(file: BinaryIO) -> list[bytes]:
    """Lines that are not ASCII alone: only they tell encodings apart."""
    found: list[bytes] = []
    rest = b""
    for chunk in _chunks(file):
        *lines, rest = re.split(rb"[\r\n]+", rest + chunk)
        found += [line for line in lines if not line.isascii()]
        if sum(map(len, found)) > _BYTES_TO_GUESS_FROM:
            return found
    return [*found, rest] if rest and not rest.isascii() else found


def _read(lines: list[bytes], encoding: str) -> tuple[str, ...]:
    """() when these bytes are no text in it."""
    try:
        decoded = tuple(line.decode(encoding).strip() for line in lines)
    except UnicodeDecodeError:
        return ()
    is_text = all(line.replace("\t", "").isprintable() for line in decoded)
    return decoded if is_text else ()
