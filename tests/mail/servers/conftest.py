"""Each mail server is started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.services.mail_servers.debian import (
    running_chasquid,
    running_exim,
    running_opensmtpd,
    running_postfix,
)
from tests.support.services.mail_servers.node import running_haraka, running_smtp_server
from tests.support.services.mail_servers.server import MailServer

STARTERS: dict[str, Callable[[Path], AbstractContextManager[MailServer]]] = {
    "Postfix": running_postfix,
    "Exim": running_exim,
    "OpenSMTPD": running_opensmtpd,
    "chasquid": running_chasquid,
    "Haraka": running_haraka,
    "smtp-server": running_smtp_server,
}


@pytest.fixture(scope="session", params=STARTERS)
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """In a folder of its own: the servers become other users, and pytest's folders are ours."""
    with TemporaryDirectory(prefix="nlserver-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with STARTERS[request.param](Path(folder)) as server:
            yield server
