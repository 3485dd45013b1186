"""The address that completes the relative links and pictures of pasted digests."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from newsletter.domain.errors import InvalidInput
from newsletter.domain.problems import has_control_characters
from newsletter.domain.web_addresses import is_web_address, private_host_problem

LONGEST = 500


def base_address(typed: str) -> str:
    """As a folder: with a slash at its end, unless it names a file. "" for none.

    Raises InvalidInput for anything but a public address of the web.
    """
    text = typed.strip()
    if not text:
        return ""
    if (
        len(text) > LONGEST
        or has_control_characters(text)
        or " " in text
        or not is_web_address(text)
    ):
        raise InvalidInput(
            "The base address must look like https://example.org/weekly/.", field="base_url"
        )
    if problem := private_host_problem(text):
        raise InvalidInput(
            f"The base address is {problem}, so readers can't open its links.",
            advice="Use the public address of your site.",
            field="base_url",
        )
    parts = urlsplit(text)
    path, slash, last = parts.path.rpartition("/")
    if not slash or (last and "." not in last):
        path, last = f"{path}{slash}{last}", ""
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/{last}", "", ""))
