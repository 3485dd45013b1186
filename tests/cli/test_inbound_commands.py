"""`newsletter inbound`, as an operator pipes mail into it and looks at what came back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.root import main
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.runtime.environment import environment_of
from newsletter.usecases.context import Context
from tests.support.ledgers import a_sent_issue
from tests.support.reports import a_bounce, copy_to
from tests.usecases.feedback.test_act_on import hear

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def run(context: Context, *words: str, given: bytes = b"") -> Result:
    runner = CliRunner(env=environment_of(context.settings))
    return runner.invoke(main, ["inbound", *words], input=given)


def test_a_maildir_and_a_pipe_are_read_each_message_once(context: Context, tmp_path: Path) -> None:
    copy = copy_to(a_sent_issue(context, "accepted-1"), "accepted-1@example.org")
    report = a_bounce(to=copy.verp, about=copy.address)
    (tmp_path / "mail" / "new").mkdir(parents=True)
    (tmp_path / "mail" / "new" / "1.host").write_bytes(report)
    found = run(context, "read", str(tmp_path / "mail"), "--json")
    assert json.loads(found.stdout) == {"messages": 1, "new": 1}
    assert "0 of them new" in run(context, "read", "-", given=report).stdout
    [line] = json.loads(run(context, "list", "--verdict", "hard", "--json").stdout)
    assert (line["address"], line["proof"], line["status"]) == (copy.address, "verp", "5.1.1")
    assert copy.address in run(context, "show", "1").stdout


def test_each_message_of_an_mbox_is_read_and_a_pipe_is_one(
    context: Context, tmp_path: Path
) -> None:
    sent = a_sent_issue(context, "accepted-1", "accepted-2")
    copies = [copy_to(sent, f"accepted-{n}@example.org") for n in (1, 2)]
    start = b"From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n"
    reports = [start + a_bounce(to=copy.verp, about=copy.address) for copy in copies]
    (tmp_path / "mbox").write_bytes(b"\n".join(reports))
    found = run(context, "read", str(tmp_path / "mbox"), "--json")
    assert json.loads(found.stdout) == {"messages": 2, "new": 2}
    assert "Read 1 message" in run(context, "read", "-", given=reports[0]).stdout
    lines = json.loads(run(context, "list", "--verdict", "hard", "--json").stdout)
    assert {line["address"] for line in lines} == {copy.address for copy in copies}


def test_what_is_in_doubt_is_listed_and_decided(context: Context) -> None:
    names = [f"accepted-{n}" for n in range(7)]
    sent = a_sent_issue(context, *names)
    for name in names:
        hear(sent, name, Feedback("", FeedbackVerdict.HARD, "5.1.1", "550", "550 5.1.1 unknown"))
    [doubt] = json.loads(run(context, "doubts", "--json").stdout)
    assert (doubt["issue_id"], doubt["dead"], doubt["taken"]) == (sent.issue_id, 5, 7)
    assert "550 5.1.1 unknown" in run(context, "doubts").stdout
    issue = str(sent.issue_id)
    assert run(context, "decide", issue).exit_code == 2
    decided = json.loads(run(context, "decide", issue, "--suppress", "--json").stdout)
    assert decided == {"issue_id": sent.issue_id, "decision": "believed", "suppressed": 3}
    assert run(context, "doubts").stdout == "Nothing is in doubt.\n"
    for other in (issue, "999"):
        assert run(context, "decide", other, "--keep").exit_code == 1
