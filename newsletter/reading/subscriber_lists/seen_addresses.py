"""Which addresses a file has had so far, in 24 bytes each: a million of them fit anywhere."""

from __future__ import annotations

from array import array

_FIRST_SIZE = 1 << 12


class SeenAddresses:
    """An open-addressing table of 64-bit hashes, which are taken for the addresses themselves:

    that two of a million differ and meet is less likely than 1 in 10 million.
    """

    def __init__(self) -> None:
        self._hashes = array("q", bytes(8 * _FIRST_SIZE))
        self._lines = array("I", bytes(4 * _FIRST_SIZE))
        self._count = 0

    def first_line(self, key: str, line: int) -> int:
        """The line that had this address before; 0 when it is new, and `line` is remembered."""
        place = self._place(hash(key))
        if self._lines[place]:
            return self._lines[place]
        self._hashes[place], self._lines[place] = hash(key), line
        self._count += 1
        if self._count * 2 > len(self._lines):
            self._grow()
        return 0

    def line_of(self, key: str) -> int:
        """The line that had this address, or 0."""
        return self._lines[self._place(hash(key))]

    def _place(self, hashed: int) -> int:
        mask = len(self._lines) - 1
        place = hashed & mask
        while self._lines[place] and self._hashes[place] != hashed:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old_hashes, old_lines = self._hashes, self._lines
        self._hashes = array("q", bytes(16 * len(old_lines)))
        self._lines = array("I", bytes(8 * len(old_lines)))
        for hashed, line in zip(old_hashes, old_lines, strict=True):
            if line:
                place = self._place(hashed)
                self._hashes[place], self._lines[place] = hashed, line
