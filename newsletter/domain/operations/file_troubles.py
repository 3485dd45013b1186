"""Files that can't be read or written, in words for people."""

from __future__ import annotations

import errno
import os

from newsletter.domain.errors import Misconfigured

_ADVICE = {
    errno.EROFS: "Its disk is read-only. Choose another folder, or mount the disk for writing.",
    errno.ENOSPC: "Its disk is full. Free some space.",
    errno.EDQUOT: "Your quota on this disk is used up. Free some space.",
    errno.EACCES: "You may not do that here. Choose another folder, or use its owner's account.",
    errno.EPERM: "You may not do that here. Choose another folder, or use its owner's account.",
    errno.ENOTDIR: "A part of this path is a file. Choose another folder.",
    errno.ENOENT: "Check that the folder exists.",
}


def file_trouble(error: OSError) -> Misconfigured | None:
    """None for an error that names no file: that one is about something else."""
    if error.filename is None:
        return None
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "A file"
    why = (error.strerror or type(error).__name__).lower()
    return Misconfigured(
        f"{path} can't be used: {why}.", advice=_ADVICE.get(error.errno or 0, "Check the disk.")
    )
