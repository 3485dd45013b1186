"""Our scripts as browsers get them: without comments and indentation. That is all that a build step
would do for us. In the tree they stay as they are written, and tsc checks them there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

_BLOCK = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_CAST = re.compile(r"/\*\* .*? \*/ ?")
_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)

Wsgi = Callable[..., Iterable[bytes]]


class LeanScripts:
    """In front of the static files. Modules import one another by name alone, so browsers ask each
    time whether they are still good.
    """

    def __init__(self, app: Wsgi, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = {**headers, "Cache-Control": "no-cache"}
        self._files: dict[str, Path] = {}
        self._lean: dict[str, bytes] = {}

    def add_files(self, folder: str, prefix: str) -> None:
        """All but what others wrote, in folders named vendor."""
        for path in Path(folder).rglob("*.js"):
            if "vendor" not in path.parts:
                self._files[f"/{prefix}{path.relative_to(folder).as_posix()}"] = path

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        url = environ.get("PATH_INFO", "")
        if url not in self._files or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        response = Response(self._script(url), mimetype="text/javascript", headers=self._headers)
        response.add_etag()
        return response.make_conditional(Request(environ))(environ, start_response)

    def _script(self, url: str) -> bytes:
        if url not in self._lean:
            self._lean[url] = lean(self._files[url].read_text(encoding="utf-8")).encode()
        return self._lean[url]


def lean(script: str) -> str:
    """A comment is on lines of its own, or a type in `/** … */`. No string holds either."""
    for what in (_BLOCK, _CAST, _LINE, _INDENTATION):
        script = what.sub("", script)
    return script
