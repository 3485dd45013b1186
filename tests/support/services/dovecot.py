"""Dovecot with one mailbox, by IMAP and POP3, with and without TLS."""

from __future__ import annotations

import os
import poplib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from textwrap import dedent

from tests.conftest import lacking
from tests.support.services.mail_servers.server import (
    PATIENCE_S,
    free_port,
    isolated,
    running,
)
from tests.support.smtp.certificates import an_authority

USER = "bounces"
PASSWORD = "p@ss/word"
_UID = 65_534


@dataclass
class Dovecot:
    folder: Path
    imap: int
    pop3: int
    imaps: int
    pop3s: int
    ca_file: Path
    """What the certificate for 127.0.0.1 is signed with."""

    def url(self, scheme: str, query: str = "", password: str = "p%40ss%2Fword") -> str:  # noqa: S107
        port = getattr(self, scheme)
        return f"{scheme}://{USER}:{password}@127.0.0.1:{port}/INBOX{query}"

    def set_password(self, password: str) -> None:
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{password}\n", encoding="utf-8")

    def change_password(self, password: str) -> None:
        """Returns once it holds: the server looks at its file once a second."""
        self.set_password(password)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            box = poplib.POP3("127.0.0.1", self.pop3, timeout=PATIENCE_S)
            try:
                box.user(USER)
                box.pass_(password)
            except poplib.error_proto:
                assert time.monotonic() < deadline, "the password does not change"
                time.sleep(0.1)
            else:
                return
            finally:
                box.close()

    def deliver(self, *messages: bytes) -> None:
        for message in messages:
            name = f"{next(_numbers)}.test"
            file = self._maildir / "tmp" / name
            file.write_bytes(message)
            os.chown(file, _UID, _UID)
            file.replace(self._maildir / "new" / name)

    def messages(self, folder: str = "") -> int:
        maildir = self._maildir / f".{folder}" if folder else self._maildir
        return sum(len(list((maildir / room).glob("*"))) for room in ("new", "cur"))

    @property
    def _maildir(self) -> Path:
        return self.folder / "mail"


_numbers = count(1)


@contextmanager
def running_dovecot(folder: Path) -> Iterator[Dovecot]:
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        lacking("Dovecot")
    authority = an_authority(folder)
    authority.server_tls()
    imap, pop3, imaps, pop3s = (free_port() for _ in range(4))
    server = Dovecot(folder, imap, pop3, imaps, pop3s, authority.ca_file)
    server.set_password(PASSWORD)
    for room in ("", "new", "cur", "tmp"):
        (folder / "mail" / room).mkdir(exist_ok=True)
        os.chown(folder / "mail" / room, _UID, _UID)
    (folder / "conf").write_text(_configuration(server), encoding="utf-8")
    with running(isolated(f"{program} -F -c {folder}/conf"), server.imap, folder / "output"):
        yield server


def _configuration(server: Dovecot) -> str:
    folder = server.folder
    return dedent(f"""
        base_dir = {folder}/run
        state_dir = {folder}/state
        log_path = {folder}/log
        protocols = imap pop3
        listen = 127.0.0.1
        ssl = yes
        ssl_cert = <{folder}/server-127.0.0.1-1.pem
        ssl_key = <{folder}/server-127.0.0.1-1.pem
        disable_plaintext_auth = no
        auth_failure_delay = 0 secs
        first_valid_uid = 1
        mail_location = maildir:{folder}/mail
        passdb {{
          driver = passwd-file
          args = {folder}/users
        }}
        userdb {{
          driver = static
          args = uid={_UID} gid={_UID} home={folder}/mail
        }}
        service imap-login {{
          chroot =
          inet_listener imap {{
            port = {server.imap}
          }}
          inet_listener imaps {{
            port = {server.imaps}
          }}
        }}
        service pop3-login {{
          chroot =
          inet_listener pop3 {{
            port = {server.pop3}
          }}
          inet_listener pop3s {{
            port = {server.pop3s}
          }}
        }}
    """)
