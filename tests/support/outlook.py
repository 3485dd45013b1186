"""A mail as Word, which renders for Outlook, reads it."""

from __future__ import annotations

import re


def as_outlook_reads(mail: str) -> str:
    """With its conditional comments opened."""
    without = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", mail, flags=re.DOTALL)
    return re.sub(
        r"<!--\[if [^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", without, flags=re.DOTALL
    )
