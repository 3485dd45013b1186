"""A digest of another form as Markdown, and which lines of the input it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsletter.domain.issues.digests import Digest, DigestSection, Unplaced


@dataclass(frozen=True, slots=True)
class Converted:
    """`lines` has for each line of `markdown` the 1-based line of the input; empty where they are
    the same. `head` is by the keys of front matter, `dropped` by lines of the input.
    """

    markdown: str
    title: str = ""
    head: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    dropped: tuple[Unplaced, ...] = ()
    shown: tuple[tuple[int, str], ...] = ()
    """What a page shows, by its lines: the digest is held against that as well."""

    def completed(self, digest: Digest) -> Digest:
        """What was read of `markdown`, with the lines of the input and what only that says."""
        dropped = sorted((*self.dropped, *self._moved(digest.dropped)), key=lambda one: one.line)
        return replace(
            digest,
            title=digest.title or self.head.get("title", "") or self.title,
            front_matter={**self.head, **digest.front_matter},
            sections=tuple(map(self._section, digest.sections)) if self.lines else digest.sections,
            unplaced=self._moved(digest.unplaced),
            dropped=tuple(dropped),
        )

    def _section(self, section: DigestSection) -> DigestSection:
        entries = (replace(entry, line=self._line(entry.line)) for entry in section.entries)
        return replace(section, entries=tuple(entries))

    def _moved(self, pieces: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
        return tuple(replace(piece, line=self._line(piece.line)) for piece in pieces)

    def _line(self, line: int) -> int:
        return self.lines[line - 1] if 0 < line <= len(self.lines) else line
