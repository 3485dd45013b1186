"""The real `newsletter` command in a process of its own, which need not import anything first."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from tests.support.services.up import clean_environment

PATIENCE_S = 60
PRELOADED = ["tests.support.services.preloaded"]
NOTHING: Mapping[str, str] = MappingProxyType({})


class Run(Protocol):
    """The type of the fixture `run`: takes arguments and settings as typed in a shell."""

    def __call__(
        self, *arguments: str, given: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]: ...


def run_command(
    arguments: Sequence[str],
    directory: Path,
    settings: Mapping[str, str] = NOTHING,
    given: str = "",
    patience_s: float = PATIENCE_S,
) -> subprocess.CompletedProcess[str]:
    """As `python -m newsletter.cli`, forked from a process that has all modules already.

    Importing takes a second or two, most of what a command does. Directory, environment, standard
    streams and exit code are the process's own, nothing that is done in there reaches the tests.
    """
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory(prefix="nlcommand-") as streams:
        (Path(streams) / "0").write_text(given, encoding="utf-8")
        environment = clean_environment() | dict(settings)
        process = forks.Process(
            target=_be_the_command, args=(list(arguments), directory, environment, Path(streams))
        )
        process.start()
        process.join(patience_s)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(arguments), patience_s)
        said, complained = (
            (Path(streams) / name).read_text(encoding="utf-8") for name in ("1", "2")
        )
    return subprocess.CompletedProcess(list(arguments), process.exitcode, said, complained)


def run_fresh_command(
    arguments: Sequence[str], directory: Path, settings: Mapping[str, str] = NOTHING
) -> subprocess.CompletedProcess[str]:
    """By a new Python, for what is about starting itself."""
    return subprocess.run(
        [sys.executable, "-m", "newsletter.cli", *arguments],
        cwd=directory,
        env=clean_environment() | dict(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def _be_the_command(
    arguments: list[str], directory: Path, environment: dict[str, str], streams: Path
) -> None:
    from newsletter.cli import main

    for number, flags in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        opened = os.open(streams / str(number), flags | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115  to the end
        for number, mode in enumerate("rww")
    )
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["newsletter", *arguments]
    main(arguments, prog_name="newsletter")
