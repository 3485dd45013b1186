"""`newsletter inbound classify`, as an operator tries it on a file."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from newsletter.cli.root import main
from tests.mail.inbound.samples import complaint, failed, notification


def test_each_file_gets_its_verdicts_without_a_database(tmp_path: Path) -> None:
    dead, complained = tmp_path / "dead.eml", tmp_path / "complaint.eml"
    dead.write_bytes(notification(failed("5.1.1", "550 5.1.1 no such user")))
    complained.write_bytes(complaint("abuse"))
    command = ["inbound", "classify", str(dead), str(complained)]
    result = CliRunner().invoke(main, [*command, "--json"])
    assert json.loads(result.stdout) == {
        str(dead): [
            {
                "recipient": "reader@mx.example",
                "verdict": "hard",
                "status": "5.1.1",
                "reply": "550",
                "reason": "unknown-user",
                "rule": "unknown-user-status",
            }
        ],
        str(complained): [
            {
                "recipient": "reader@mx.example",
                "verdict": "complaint",
                "status": "",
                "reply": "",
                "reason": "complaint",
                "rule": "feedback-type-abuse",
            }
        ],
    }
    assert "unknown-user" in CliRunner().invoke(main, command).stdout


def test_standard_input_is_read() -> None:
    message = notification(failed("5.2.2", "552 5.2.2 mailbox full"))
    result = CliRunner().invoke(main, ["inbound", "classify", "-"], input=message)
    assert "mailbox-full" in result.stdout
