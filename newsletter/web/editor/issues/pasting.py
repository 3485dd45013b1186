"""What a form brings along of a digest: its text or file, and what is said of it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict, InvalidInput, NewsletterError
from newsletter.usecases.issues.convert_clipboard import markdown_of_clipboard
from newsletter.usecases.issues.paste_digest import Pasted
from newsletter.web.editor.staff.access import takes_uploads
from newsletter.web.shell import context


@takes_uploads
def markdown() -> Response:
    """For the script of the form: rich text from a clipboard. Without it, plain text is pasted."""
    try:
        text = markdown_of_clipboard(context().settings, request.form.get("html", ""))
    except InvalidInput as error:
        return Response(str(error), 400, mimetype="text/plain")
    return Response(text, mimetype="text/plain")


def posted_digest() -> str | bytes:
    """An uploaded file takes precedence over the text box."""
    file = request.files.get("file")
    data = file.read() if file and file.filename else b""
    return data or request.form.get("digest", "").replace("\r\n", "\n")


def posted_file_name() -> str:
    file = request.files.get("file")
    return (file.filename or "") if file else ""


def status_of_paste(error: NewsletterError) -> int:
    if isinstance(error, Conflict):
        return 409
    length = len(request.form.get("digest", "").encode("utf-8", "replace"))
    return 413 if length > context().settings.max_digest_bytes else 400


def paste_summary(pasted: Pasted) -> str:
    sentences = [f"Imported {_count(pasted.entries, 'entry', 'entries')}."]
    if pasted.without_link == pasted.entries:
        sentences.append("None has a link." if pasted.entries > 1 else "It has no link.")
    elif pasted.without_link:
        verb = "has" if pasted.without_link == 1 else "have"
        sentences.append(f"{pasted.without_link} {verb} no link.")
    if pasted.left_out:
        verb = "has" if pasted.left_out in {"1 link", "1 word"} else "have"
        sentences.append(f"{pasted.left_out} {verb} no place: you find them where they stood.")
    sentences += pasted.findings[:3]
    if len(pasted.findings) > 3:
        sentences.append(f"{len(pasted.findings) - 3} more links were dropped.")
    return " ".join(sentences)


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
