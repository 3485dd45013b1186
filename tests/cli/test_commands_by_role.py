"""A command does no more than who runs it may: each is tried as the greatest role that may not do
it, and as the least that may.

People at the command line may do everything, so the roles stand in for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from newsletter.cli.root import main
from newsletter.domain.errors import Forbidden
from newsletter.domain.staff.permissions import PERMISSIONS, is_allowed
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.runtime.environment import environment_of
from newsletter.store.roles import give_role
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue

NOTES = "--newsletter notes"
WHY = f"{NOTES} --reason Asked."
COMMANDS = {
    "archive import": (f"{NOTES} {{folder}}", "import_archive"),
    "audit list": (NOTES, "list_audit"),
    "backup": ("no-such-folder/file", "back_up"),
    "delivery show": ("ann@x.org", "find_by_address"),
    "dkim check": ("", "sender_domains"),
    "dkim make": ("", "sender_domains"),
    "dkim rotate": ("", "sender_domains"),
    "dkim show": ("", "sender_domains"),
    "doctor": ("", "examine"),
    "editor add": ("cy@x.org", "add_editor"),
    "editor administrator": ("ed@x.org", "make_administrator"),
    "editor hand-over": ("notes ed@x.org", "hand_over"),
    "editor invite": ("notes di@x.org --role viewer", "invite"),
    "editor link": ("ed@x.org", "make_sign_in_link"),
    "editor list": ("", "list_editors"),
    "editor people": ("notes", "list_people"),
    "editor remove": ("ed@x.org --yes", "remove_editor"),
    "editor require-second-factor": ("notes --off", "make_factor_optional"),
    "editor reset-second-factor": ("ed@x.org", "reset_second_factor"),
    "editor role": ("notes ed@x.org --role viewer", "change_role"),
    "editor take-role": ("notes ed@x.org", "remove_person"),
    "inbound decide": ("1 --keep", "decide_doubts"),
    "inbound doubts": ("", "list_doubts"),
    "inbound list": ("", "list_feedback"),
    "inbound show": ("1", "show_message"),
    "issue audience": ("1", "show_audience"),
    "issue cancel": ("1 --yes", "cancel_issue"),
    "issue check": ("1", "check_issue"),
    "issue export": ("1", "open_issue"),
    "issue from-feed": (f"{NOTES} nowhere", "create_issue_from_feed"),
    "issue history": ("1", "show_versions"),
    "issue pause": ("1", "pause_issue"),
    "issue proof": ("1 ed@x.org", "send_proof"),
    "issue report": ("1", "report_issue"),
    "issue resend": ("1", "resend"),
    "issue resume": ("1", "resume_issue"),
    "issue schedule": ("1 --at 2030-01-07T09:00", "schedule_issue"),
    "issue send": ("1 --yes", "send_now"),
    "newsletter clicks": ("notes sum", "set_clicks"),
    "newsletter figures": ("notes", "show_growth"),
    "newsletter list": ("", "show_newsletters"),
    "newsletter set": ("notes --layout lines", "change_settings"),
    "newsletter sponsors": ("notes", "list_sponsors"),
    "picture add": (f"{NOTES} {{file}} --alt A", "add_picture"),
    "picture copy": ("1", "copy_issue_pictures"),
    "picture delete": (f"{NOTES} 1", "delete_picture"),
    "picture list": (NOTES, "list_pictures"),
    "relay resume": ("relay", "resume_relay"),
    "relay status": ("", "relay_status"),
    "restore": ("{file} --yes", "restore_database"),
    "subscriber add": (f"{NOTES} --consent Yes bo@x.org", "add_subscriber"),
    "subscriber erase": (f"{NOTES} --yes cy@x.org", "erase_subscriber"),
    "subscriber export": (NOTES, "export_subscribers"),
    "subscriber import": (f"{NOTES} --consent Yes {{file}}", "import_subscribers"),
    "subscriber lift": (f"{WHY} ann@x.org", "lift_suppression"),
    "subscriber list": (NOTES, "list_subscribers"),
    "subscriber show": (f"{NOTES} ann@x.org", "show_subscriber"),
    "subscriber suppress": (f"{WHY} --only-here ann@x.org", "suppress_subscriber"),
    "subscriber tag": (f"{NOTES} new", "change_many"),
    "subscriber unsubscribe": (f"{WHY} ann@x.org", "unsubscribe_subscriber"),
    "subscriber untag": (f"{NOTES} new", "change_many"),
    "suppression add": (f"{WHY} bo@x.org", "suppress_address"),
    "suppression export": (NOTES, "export_suppressions"),
    "suppression find": (f"{NOTES} bo@x.org", "find_address"),
    "suppression import": (f"{WHY} {{file}}", "import_suppressions"),
    "suppression lift": (f"{WHY} bo@x.org", "lift_address"),
    "suppression list": (NOTES, "list_suppressions"),
}
"""By its words: what is typed after them, and the use case that it asks for."""

OF_NOBODY = {
    "completion",
    "db check",
    "db status",
    "db upgrade",
    "demo",
    "inbound classify",
    "inbound judge-again",
    "inbound read",
    "issue from-links",
    "issue parse",
    "issue render",
    "settings",
    "templates check",
    "tick",
    "up",
}
"""They run the service, or read files, and ask no use case for anyone."""

OF_THE_SERVER = {
    name
    for name, (typed, _) in COMMANDS.items()
    if name.split()[0] in {"backup", "restore", "dkim", "doctor", "relay"}
    or name in {f"editor {one}" for one in ("add", "administrator", "link", "list", "remove")}
    or name == "editor reset-second-factor"
}
"""No role may run them."""


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    about = click.Context(command)
    for name in command.list_commands(about):
        one = command.get_command(about, name)
        assert one is not None
        yield from leaves(one, f"{path} {name}".strip())


ALL = dict(leaves(main))


def test_the_table_names_every_command_and_its_use_case() -> None:
    assert {*COMMANDS, *OF_NOBODY} == set(ALL)
    assert {use_case for _, use_case in COMMANDS.values()} <= set(PERMISSIONS)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_command_is_refused_to_the_greatest_role_that_may_not_and_runs_for_the_least_that_may(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    notes = a_newsletter(context, slug="notes")
    an_issue(context, notes)
    for address in ("ann@x.org", "cy@x.org"):
        a_subscriber(context, notes, address=address)
    editor_id = an_editor(context, address="ed@x.org").id
    with context.database.write() as session:
        give_role(session, notes.id, editor_id, Role.EDITOR, "Ada", context.now())
    file = tmp_path / "file.csv"
    file.write_text("email\n")
    folder = tmp_path / "past"
    folder.mkdir()
    (folder / "1.md").write_text("- [A](https://a.example)\n")
    for name, value in environment_of(context.settings).items():
        monkeypatch.setenv(name, value)
    nobody = Principal.editor(7, "ben", {})
    roles = [nobody, *(Principal.editor(7, "ben", {notes.id: role}) for role in Role)]
    answers = {}
    for name, (typed, use_case) in COMMANDS.items():
        where = None if name in OF_THE_SERVER else notes.id
        may = [one for one in roles if is_allowed(one, use_case, where)]
        for who, is_refused in [(roles[-len(may) - 1], True), *((one, False) for one in may[:1])]:
            monkeypatch.setattr(Principal, "command_line", lambda _name, who=who: who)
            done = CliRunner().invoke(ALL[name], typed.format(file=file, folder=folder).split())
            answers[name, is_refused] = isinstance(done.exception, Forbidden)
    assert answers == {one: one[1] for one in answers}
