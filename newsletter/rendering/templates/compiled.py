"""Our templates compiled to Python's bytecode, kept where Python keeps that of this module.

Compiling them takes longer than the first rendering of an issue does.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2 import Environment
from jinja2.bccache import Bucket, FileSystemBytecodeCache

_CACHE = Path(cache_from_source(__file__)).parent


class CompiledTemplates(FileSystemBytecodeCache):
    """For the templates in `folder` only: those of operators are changed and moved.

    `kind` separates environments with different options. Where nothing can be written, each process
    compiles for itself.
    """

    def __init__(self, folder: Path, kind: str, kept_in: Path = _CACHE) -> None:
        super().__init__(str(kept_in), f"{kind}-{jinja2.__version__}-%s.cache")
        self._folder = folder
        self._kept_in = kept_in

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        if filename and Path(filename).is_relative_to(self._folder):
            return super().get_bucket(environment, name, filename, source)
        return Bucket(environment, "", self.get_source_checksum(source))

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.key:
            with suppress(OSError):
                self._kept_in.mkdir(parents=True, exist_ok=True)
                super().dump_bytecode(bucket)
