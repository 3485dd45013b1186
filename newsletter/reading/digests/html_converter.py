"""HTML to Markdown, with `-` for bullets and nothing wrapped."""

from __future__ import annotations

import re
from typing import Any

from markdownify import MarkdownConverter

TRACKING_PX = 2
"""A picture that is no larger counts readers."""
_SHORT = re.compile(r"[0-9]{1,4}")


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
        return "" if _is_tracker(el) else str(super().convert_img(el, text, parent_tags))  # type: ignore[misc]  # found by name


def _is_tracker(picture: Any) -> bool:
    sizes = [str(picture.get(name, "")) for name in ("width", "height")]
    return any(_SHORT.fullmatch(size) and int(size) <= TRACKING_PX for size in sizes)
