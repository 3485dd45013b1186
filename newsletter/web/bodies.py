"""What a request may hold: counted before it is parsed, and without NUL, which no column takes."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

import flask
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MOST_FIELDS = 1000
NUL = "\x00"
READ_WITH_CARE = "digest"
"""The field whose reader says in words what is wrong with binary text."""


class CountingParser(FormDataParser):
    """Werkzeug counts the fields of a multipart form only: 16 million empty ones fit in 32 MB."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        body = stream.read()
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class GuardedRequest(flask.Request):
    """Pages that allow more say so on the request before anything reads its form."""

    form_data_parser_class = CountingParser

    def _load_form_data(self) -> None:
        super()._load_form_data()
        if _has_nul(self.form, but=READ_WITH_CARE):
            raise BadRequest

    def require_no_nul(self) -> None:
        """In the address; a form is looked at when it is read."""
        if NUL in self.path or _has_nul(self.args):
            raise BadRequest


def _has_nul(fields: MultiDict[str, str], but: str = "") -> bool:
    pairs = fields.items(multi=True)
    return any(NUL in name or (NUL in text and name != but) for name, text in pairs)
