"""A mailbox on another server: its messages, by IMAP or POP3. A message goes only when told so."""

from __future__ import annotations

import imaplib
import poplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from newsletter.domain.errors import Misconfigured

DELETE = "delete"
_PORTS = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}
_LONGEST_POP3_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """`move_to` is a folder, "" to delete. `folder` and `move_to` are IMAP's alone."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    move_to: str = ""

    @property
    def is_imap(self) -> bool:
        return self.scheme.startswith("imap")

    @property
    def is_encrypted(self) -> bool:
        return self.scheme.endswith("s")

    @property
    def shown(self) -> str:
        """Without the credentials."""
        return f"{self.scheme}://{self.host}:{self.port}"


def read_mailbox_url(url: str) -> MailboxAddress:
    """Raises Misconfigured, without the text of the URL, which holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unreadable("It is not a URL.") from None
    if parts.scheme not in _PORTS or not (parts.hostname and parts.username and parts.password):
        raise _unreadable("It needs a scheme, a user, a password and a host.")
    if not parts.scheme.endswith("s") and not _is_loopback(parts.hostname):
        raise _unreadable("Without TLS, it can only be on this machine.")
    after = parse_qs(parts.query).get("after", [DELETE])[0]
    if after != DELETE and not (after.startswith("move:") and parts.scheme.startswith("imap")):
        raise _unreadable("after must be delete, or move:FOLDER with IMAP.")
    return MailboxAddress(
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        unquote(parts.username),
        unquote(parts.password),
        unquote(parts.path.strip("/")) or "INBOX",
        after.partition(":")[2],
    )


class ImapMailbox:
    """An open connection. Each method raises OSError, or an IMAP error, and never waits longer
    than the time-out for a reply.
    """

    def __init__(self, address: MailboxAddress, timeout_s: float) -> None:
        self._address = address
        self._box = (
            MailBox(
                address.host,
                address.port,
                timeout_s,
                ssl_context=ssl.create_default_context(),
            )
            if address.is_encrypted
            else MailBoxUnencrypted(address.host, address.port, timeout_s)
        )
        try:
            self._box.login(address.user, address.password, address.folder)
            if address.move_to and not self._box.folder.exists(address.move_to):
                self._box.folder.create(address.move_to)
        except BaseException:
            self.close()
            raise

    def messages(self, limit_bytes: int) -> Iterator[tuple[str, bytes]]:
        """Each with its id. Larger ones stay where they are."""
        for uid in self._box.uids(f"SMALLER {limit_bytes}"):
            _, parts = self._box.client.uid("FETCH", uid, "(BODY.PEEK[])")
            for part in parts:
                if isinstance(part, tuple):
                    yield uid, part[1]

    def finish(self, uid: str) -> None:
        """Moves or deletes it, as set."""
        if self._address.move_to:
            self._box.move(uid, self._address.move_to)
        else:
            self._box.delete(uid)

    def wait(self, timeout_s: float) -> bool:
        """By IDLE until something changes. False at once where the server has no IDLE."""
        if "IDLE" not in self._box.client.capabilities:
            return False
        self._box.idle.wait(timeout=timeout_s)
        return True

    def close(self) -> None:
        with suppress(OSError):
            self._box.client.shutdown()


class Pop3Mailbox:
    """As ImapMailbox. What is finished is deleted when the connection ends in good order."""

    def __init__(self, address: MailboxAddress, timeout_s: float) -> None:
        poplib._MAXLINE = _LONGEST_POP3_LINE  # type: ignore[attr-defined]  # noqa: SLF001
        self._box = (
            poplib.POP3_SSL(
                address.host,
                address.port,
                timeout=timeout_s,
                context=ssl.create_default_context(),
            )
            if address.is_encrypted
            else poplib.POP3(address.host, address.port, timeout=timeout_s)
        )
        self._is_closed = False
        try:
            self._box.user(address.user)
            self._box.pass_(address.password)
        except BaseException:
            self._box.close()
            raise

    def messages(self, limit_bytes: int) -> Iterator[tuple[str, bytes]]:
        for line in self._box.list()[1]:
            number, size = line.decode("ascii", "replace").split()[:2]
            if int(size) <= limit_bytes:
                yield number, b"\r\n".join(self._box.retr(int(number))[1]) + b"\r\n"

    def finish(self, number: str) -> None:
        self._box.dele(int(number))

    def wait(self, timeout_s: float) -> bool:
        del timeout_s
        return False

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._box.quit()
        except (OSError, poplib.error_proto):
            self._box.close()


def open_mailbox(address: MailboxAddress, timeout_s: float) -> ImapMailbox | Pop3Mailbox:
    """Raises one of FAILURES."""
    return (ImapMailbox if address.is_imap else Pop3Mailbox)(address, timeout_s)


FAILURES = (OSError, imaplib.IMAP4.error, ImapToolsError, poplib.error_proto, ValueError)
"""What a mailbox server does wrong."""


def is_wrong_password(error: Exception) -> bool:
    words = f"{type(error).__name__} {error}".lower()
    return "login" in words or "auth" in words or "password" in words


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unreadable(why: str) -> Misconfigured:
    return Misconfigured(
        f"INBOUND_MAILBOX can't be read. {why}",
        advice="Use imaps://user:password@host/INBOX?after=delete. Write %40 for an @ in the user.",
    )
