"""A picture from elsewhere: what is taken, what is refused, and what is left of it."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from newsletter.domain.errors import InvalidInput
from newsletter.reading.pictures import read_picture


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **how)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small file that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture("PNG"), "png"),
        (picture("PNG", mode="RGBA"), "png"),
        (picture("PNG", mode="I;16"), "png"),
        (
            picture("GIF", mode="P", save_all=True, append_images=[Image.new("P", (40, 20), 9)]),
            "png",
        ),
        (picture("JPEG", mode="CMYK"), "jpg"),
        (picture("WEBP"), "jpg"),
        (picture("WEBP", mode="RGBA"), "png"),
    ],
)
def test_it_is_written_again_as_png_or_jpeg(data: bytes, kind: str) -> None:
    read = read_picture(data)
    assert read.extension == kind
    with Image.open(io.BytesIO(read.data)) as again:
        assert (again.size, getattr(again, "n_frames", 1)) == ((40, 20), 1)


def test_nothing_but_the_pixels_is_left_the_right_way_up_and_not_too_wide() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ann"
    data = picture("JPEG", (2000, 3000), exif=exif, comment=b"a secret") + b"<script>PK\x03\x04"
    read = read_picture(data)
    with Image.open(io.BytesIO(read.data)) as again:
        assert (again.size, dict(again.getexif())) == ((1200, 800), {})
    for secret in (b"Ann", b"secret", b"script", b"Exif"):
        assert secret not in read.data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a PNG, JPEG, GIF or WebP"),
        (b"<!doctype html><script>1</script>", "not a PNG, JPEG, GIF or WebP"),
        (b"%PDF-1.4" + picture("PNG"), "not a PNG, JPEG, GIF or WebP"),
        (picture("TIFF"), "not a PNG, JPEG, GIF or WebP"),
        (b"", "not a PNG, JPEG, GIF or WebP"),
        (picture("PNG", (400, 400))[:-200], "damaged"),
        (bomb(6000, 6000), "million pixels"),
        (bomb(60_000, 60_000), "million pixels"),
        (bomb(30_000, 1), "million pixels"),
        (bytes(10_000_001), "larger than 10 MB"),
    ],
)
def test_anything_else_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_picture(data)
