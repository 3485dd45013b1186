"""The mail in the sandbox: the only way for the demonstration to see what was mailed."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from newsletter.runtime.demo.browser import Unexpected

LOOK_S = 0.05
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    """`recipient` is the envelope's."""

    recipient: str
    message: EmailMessage

    @property
    def is_issue(self) -> bool:
        """Issues have a List-Id; confirmations and sign-in links do not."""
        return "List-Id" in self.message

    @property
    def html(self) -> str:
        return _content(self.message, "html")

    @property
    def text(self) -> str:
        return _content(self.message, "plain")

    def link_with(self, path: str) -> str:
        for found in _LINK.finditer(self.text):
            if path in found[0]:
                return found[0]
        raise Unexpected(f"The mail to {self.recipient} has no link with {path}.")

    @property
    def one_click_url(self) -> str:
        """The http(s) URL of List-Unsubscribe, with its one-click promise [RFC 8058]."""
        if self.message["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
            raise Unexpected(f"The mail to {self.recipient} does not offer one-click leaving.")
        found = re.findall(r"<(https?://[^>]+)>", self.message["List-Unsubscribe"] or "")
        if not found:
            raise Unexpected(f"The mail to {self.recipient} has no List-Unsubscribe address.")
        return str(found[0])


class Inbox:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, Mail] = {}

    def mails(self) -> list[Mail]:
        """In order of arrival."""
        names = sorted(path.name for path in self.directory.glob("*.eml"))
        for name in names:
            if name not in self._read:
                self._read[name] = _read(self.directory / name)
        return [self._read[name] for name in names]

    def wait_until(self, what: str, found: Callable[[list[Mail]], bool], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not found(self.mails()):
            if time.monotonic() > deadline:
                raise Unexpected(f"{what} did not happen within {patience_s:.0f} seconds.")
            time.sleep(LOOK_S)


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return Mail(recipient=str(message["Delivered-To"]), message=message)


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
