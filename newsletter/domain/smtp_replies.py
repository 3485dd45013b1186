"""What a server said, and what that means for the reader, the recipient domain and the relay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in the conversation a reply came [RFC 5321 3, 4.1.1]."""

    CONNECT = "connect"
    TLS = "tls"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply [RFC 5321 4.2]: all lines joined by a newline, codes cut off.

    `enhanced` is the status of RFC 3463, such as "5.1.1", or "" when the server gave none.
    """

    code: int
    text: str
    enhanced: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)
