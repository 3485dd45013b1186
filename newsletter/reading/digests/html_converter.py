"""HTML to Markdown, with `-` for bullets and nothing wrapped."""

from __future__ import annotations

from typing import Any

from markdownify import MarkdownConverter

from newsletter.reading.digests.inline_html import counts_readers

_PICTURES_STAY_IN = "a b center em figure h1 h2 h3 h4 h5 h6 i p span strong sub sup td th".split()


def convert(source: str) -> str:
    converter = _Converter(
        bullets="-",
        heading_style="atx",
        autolinks=False,
        escape_misc=False,
        keep_inline_images_in=_PICTURES_STAY_IN,
    )
    return str(converter.convert(source))


class _Converter(MarkdownConverter):
    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        sizes = [str(el.get(name, "")) for name in ("width", "height")]
        return "" if counts_readers(*sizes) else str(super().convert_img(el, text, parent_tags))  # type: ignore[misc]  # found by name
