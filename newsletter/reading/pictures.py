"""A picture from elsewhere, decoded and written again: nothing of its file is left but the pixels.

What is in it besides (places, cameras, scripts, other files) is gone, and so are animations.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.domain.errors import InvalidInput

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 20_000
WIDEST_PX = 1200
NARROW_PX = 600

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """For mail, which every program shows: PNG or JPEG."""

    data: bytes
    extension: str
    """png or jpg."""
    width: int
    height: int
    webps: Mapping[int, bytes]
    """The same for web pages, by width: at WIDEST_PX, and at NARROW_PX where it is wider."""


def read_picture(data: bytes) -> Picture:
    """At most WIDEST_PX wide, the right way up. Raises InvalidInput with the reason.

    One decoding takes up to 200 MB: picture_process.py does it outside this process.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  as seldom needed as it is large

    if len(data) > MOST_BYTES:
        raise InvalidInput(f"It is larger than {MOST_BYTES / 1e6:.0f} MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                _require_bounded(image)
                return _written(_shown(image), is_photo=image.format in ("JPEG", "WEBP"))
    except UnidentifiedImageError as error:
        raise InvalidInput(
            "It is not a PNG, JPEG, GIF or WebP picture.", advice=_advice(data)
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, ArithmeticError) as error:
        raise InvalidInput("The picture is damaged.") from error


def _advice(data: bytes) -> str:
    """Why people take it for one."""
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "Mail programs don't show SVG. Export it as PNG, at least 1,200 pixels wide."
    if head[4:8] == b"ftyp":
        return "It looks like HEIC, AVIF or a video. Export it as JPEG."
    return "Export it as PNG or JPEG."


def _require_bounded(image: Image) -> None:
    """Its head says its size; nothing was decoded so far."""
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _too_large()


def _too_large() -> InvalidInput:
    return InvalidInput(f"It has more than {MOST_PIXELS / 1e6:.0f} million pixels.")


def _shown(image: Image) -> Image:
    """The first frame, in plain colours."""
    from PIL import ImageOps  # noqa: PLC0415  as above

    image.draft("RGB", (WIDEST_PX, WIDEST_PX))
    upright = ImageOps.exif_transpose(image)
    is_transparent = upright.mode in _TRANSPARENT or "transparency" in upright.info
    plain = upright.convert("RGBA" if is_transparent else "RGB")
    plain.info.clear()
    return _narrowed(plain, WIDEST_PX)


def _narrowed(image: Image, width: int) -> Image:
    if image.width <= width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))))


def _written(image: Image, *, is_photo: bool) -> Picture:
    file = io.BytesIO()
    if is_photo and image.mode == "RGB":
        extension = "jpg"
        image.save(file, "JPEG", quality=_QUALITY, progressive=True)
    else:
        extension = "png"
        image.save(file, "PNG", optimize=True)
    return Picture(file.getvalue(), extension, image.width, image.height, _webps(image))


def _webps(image: Image) -> dict[int, bytes]:
    sizes = [_narrowed(image, NARROW_PX), image]
    return {size.width: _webp(size) for size in sizes}


def _webp(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
