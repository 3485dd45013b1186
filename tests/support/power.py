"""A disk whose power can be cut: a file system in a file, shut down by the kernel.

Whatever was not synced is lost, as when the machine loses its power.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from pathlib import Path

from tests.conftest import not_permitted

_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, the same as XFS_IOC_GOINGDOWN."""
_LOSE_THE_LOG = 2
_SIZE_BYTES = 96 * 1024 * 1024


class Disk:
    """Mounted on `path`. Skips the test where this user can't mount."""

    def __init__(self, directory: Path) -> None:
        self._image = directory / "disk.img"
        self.path = directory / "disk"
        self.path.mkdir()
        with self._image.open("wb") as image:
            image.truncate(_SIZE_BYTES)
        if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
            not_permitted("only root can mount a disk whose power can be cut")
        self._run("mkfs.ext4", "-q", "-F", str(self._image))
        try:
            self._mount()
        except subprocess.CalledProcessError as error:
            not_permitted(f"a disk can't be mounted here: {error.stderr.decode().strip()}")

    def sync(self) -> None:
        """What was written so far outlasts the cut: the set-up of a test."""
        self._run("sync", "-f", str(self.path))

    def cut_power(self) -> None:
        """From here on each read and write fails, and what was not synced is gone."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _LOSE_THE_LOG))
        finally:
            os.close(descriptor)

    def power_up(self) -> None:
        """Call it when no process has a file of it open.

        What reached the disk is mounted from a copy. A process that began a mount namespace of its
        own meanwhile, as the tests' mail servers do, still has the old disk mounted there, and the
        kernel would give us that one again, without power.
        """
        self._run("umount", str(self.path))
        lost = self._image
        self._image = lost.with_name(f"{lost.name}.again")
        self._run("cp", "--sparse=always", str(lost), str(self._image))
        lost.unlink()
        self._mount()

    def remove(self) -> None:
        self._run("umount", "--lazy", str(self.path))

    def _mount(self) -> None:
        self._run("mount", "-o", "loop", str(self._image), str(self.path))

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)
