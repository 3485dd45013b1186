"""A picture from elsewhere, decoded and written again: nothing of its file is left but the pixels.

What is in it besides (places, cameras, scripts, other files) is gone, and so are animations.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.domain.errors import InvalidInput

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 20_000
WIDEST_PX = 1200

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    extension: str
    """png or jpg."""


def read_picture(data: bytes) -> Picture:
    """At most WIDEST_PX wide, the right way up. Raises InvalidInput with the reason.

    One decoding takes up to 200 MB: do one at a time.
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
        raise InvalidInput("It is not a PNG, JPEG, GIF or WebP picture.") from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, ArithmeticError) as error:
        raise InvalidInput("The picture is damaged.") from error


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
    if plain.width > WIDEST_PX:
        height = max(1, round(plain.height * WIDEST_PX / plain.width))
        plain = plain.resize((WIDEST_PX, height))
    return plain


def _written(image: Image, *, is_photo: bool) -> Picture:
    file = io.BytesIO()
    if is_photo and image.mode == "RGB":
        image.save(file, "JPEG", quality=_QUALITY, progressive=True)
        return Picture(file.getvalue(), "jpg")
    image.save(file, "PNG")
    return Picture(file.getvalue(), "png")
