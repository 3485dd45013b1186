"""Rich text from a clipboard as the Markdown that is put into a form."""

from __future__ import annotations

from newsletter.config import Settings
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.html_pieces import markdown_of_html


def markdown_of_clipboard(settings: Settings, html: str) -> str:
    """Raises InvalidInput for what is too large or nested too deeply."""
    text = decode_digest(html.encode("utf-8", "replace"), settings.max_digest_bytes)
    return markdown_of_html(text, is_pasted=True)[0].strip()
