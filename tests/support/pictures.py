"""Pictures drawn for a test."""

from __future__ import annotations

import io

from PIL import Image


def drawn(
    kind: str = "JPEG", size: tuple[int, int] = (900, 600), colour: str = "teal", **how: object
) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **how)
    return file.getvalue()


def shape(data: bytes) -> tuple[str, tuple[int, int]]:
    """What a browser makes of it."""
    with Image.open(io.BytesIO(data)) as image:
        return image.format or "", image.size
