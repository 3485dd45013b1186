"""Pictures are kept on the disk, or in a bucket whose requests are signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import Settings
from newsletter.domain.operations.service_urls import bucket_address
from newsletter.spool.media_stores import MediaStore, media_store
from newsletter.spool.pictures import (
    delete_kept_picture,
    keep_picture,
    picture_from,
    read_kept_picture,
    remember_address,
)
from tests.support.services.s3 import KEY, SECRET, a_bucket

URL = "https://example.org/sea.png"


def test_a_folder_keeps_pictures(tmp_path: Path) -> None:
    require_keeps(media_store(Settings(var_dir=tmp_path)))


def test_a_bucket_keeps_pictures_and_only_with_the_right_key(tmp_path: Path) -> None:
    with a_bucket() as bucket:
        require_keeps(media_store(Settings(var_dir=tmp_path, media_store=bucket.url())))
        assert bucket.refused == 0
        stranger = media_store(Settings(var_dir=tmp_path, media_store=bucket.url("guessed")))
        with pytest.raises(OSError, match="lacked the necessary privileges"):
            keep_picture(stranger, b"pixels", "png")
        assert all(path.startswith("/pictures/media/") for path in bucket.objects)
    assert not (tmp_path / "media").exists()


def test_a_bucket_that_is_away_is_an_error_of_the_system(tmp_path: Path) -> None:
    with a_bucket() as bucket:
        url = bucket.url()
    with pytest.raises(OSError, match=r"\w"):
        media_store(Settings(var_dir=tmp_path, media_store=url)).read("a.png")


def require_keeps(store: MediaStore) -> None:
    name = keep_picture(store, b"pixels", "png")
    assert keep_picture(store, b"pixels", "png") == name
    assert read_kept_picture(store, name) == b"pixels"
    assert read_kept_picture(store, "../secret.png") is None
    assert read_kept_picture(store, f"{'0' * 64}.png") is None
    remember_address(store, URL, name)
    assert picture_from(store, URL) == name
    delete_kept_picture(store, name)
    delete_kept_picture(store, name)
    assert read_kept_picture(store, name) is None
    assert picture_from(store, URL) == ""


def test_the_address_of_a_bucket_is_read_and_its_secret_never_repeated() -> None:
    read = bucket_address("s3://AKEY:a%2Fsecret+of%3Aours@b/p/q?endpoint=https://s3.example.org")
    assert (read.bucket, read.prefix, read.key, read.secret) == ("b", "p/q", KEY, SECRET)
    assert bucket_address("s3://b").is_virtual_hosted
    for wrong in ("https://b", "s3://", "s3://k:secret@b?endpoint=ftp://x", "s3://k:secret@b?x=1"):
        with pytest.raises(ValueError, match="it must look like") as refused:
            bucket_address(wrong)
        assert ":secret" not in str(refused.value).replace("key:secret", "")
