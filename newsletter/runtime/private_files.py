"""Files that we write are for our own user alone: they hold addresses, secrets and sign-in links.

Each entry calls `keep_files_private` before it writes anything.
"""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_files_private() -> None:
    """For this process and its children: new files get 0600, new folders 0700."""
    os.umask(_OTHERS)


def open_folder_warning(var_dir: Path) -> str:
    """What to do about a folder that an older version or someone else made; "" if it is private.

    Not closed for them: it may be open on purpose, for a backup, or hold other things.
    """
    if not (var_dir.exists() and var_dir.stat().st_mode & _OTHERS):
        return ""
    return (
        f"Other users of this machine can open {var_dir}, which holds subscribers and secrets. "
        f"Close it with: chmod -R go= {shlex.quote(str(var_dir))}"
    )
