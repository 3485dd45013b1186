"""Text in the encoding that a message declares, or in the one that it is really in."""

from __future__ import annotations

import re

_SHIFTS_OF_JIS = re.compile(rb"\x1b(\$[@B]|\([BJ]|\$\()")
_ALIASES = {
    "x-gbk": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "unicode-1-1-utf-7": "utf-7",
}
_TEXT_CODECS = re.compile(
    r"(utf|iso|cp|windows|koi|gb|big5|euc|shift|ks_c|mac|latin|ascii|us-ascii|x-|hz|tis|ibm)"
)


def decode(raw: bytes, charset: str) -> str:
    """Never raises. ASCII is as it is; an unknown encoding is found by what the bytes look like."""
    name = charset.strip().strip("'\"").lower()
    if _SHIFTS_OF_JIS.search(raw):
        name = "iso-2022-jp"
    if not name or name.startswith("utf-16") or (raw.isascii() and not _is_stateful(name)):
        return _by_look(raw)
    if not _TEXT_CODECS.match(name) or name in {"ascii", "us-ascii"}:
        return _by_look(raw)
    try:
        return raw.decode(_ALIASES.get(name, name), "replace")
    except (LookupError, ValueError):
        return _by_look(raw)


def utf8_of_utf16(data: bytes) -> bytes:
    """A whole message in UTF-16, with a mark or without, as some tools export it."""
    head = data[:64]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 1 and not zeros.strip(b"\0"):
            return data.decode(name, "replace").encode("utf-8", "replace")
    return data


def _by_look(raw: bytes) -> str:
    for name in ("utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")


def _is_stateful(name: str) -> bool:
    return name.startswith(("iso-2022", "iso2022", "utf-7", "unicode-1-1", "hz"))
