"""`newsletter issue history`: the versions of an issue, and what one of them changed."""

from __future__ import annotations

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table

_MARKS = {"": "", "ins": "+", "del": "-"}


@click.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.argument("version_id", type=int, metavar="[VERSION]", required=False)
@json_option
def history(issue_id: int, version_id: int | None, as_json: bool) -> None:  # noqa: FBT001
    """List the versions of ISSUE. With VERSION, an id of the list, show what it changed.

    Words that were added are shown as [+so+], words that were deleted as [-so-].
    """
    if version_id is None:
        _list(issue_id, as_json=as_json)
    else:
        _show(issue_id, version_id, as_json=as_json)


def _list(issue_id: int, *, as_json: bool) -> None:
    from newsletter.usecases.issues.show_versions import show_versions

    with command_context() as context:
        found = show_versions(context, issue_id, command_line_principal())
    rows = [
        (one.version.id, one.version.saved_at.isoformat(), one.version.who, one.summary)
        for one in found.versions
    ]
    if as_json:
        print_json([dict(zip(("id", "at", "who", "changes"), row, strict=True)) for row in rows])
    else:
        print_table(("ID", "When", "Who", "Changes"), rows)


def _show(issue_id: int, version_id: int, *, as_json: bool) -> None:
    from newsletter.usecases.issues.show_versions import show_version

    with command_context() as context:
        _, changes = show_version(context, issue_id, version_id, command_line_principal())
    rows = [
        (change.thing.name, change.how, field.field, [(run.how, run.text) for run in field.runs])
        for change in changes
        for field in change.fields
    ]
    if as_json:
        print_json([dict(zip(("thing", "how", "field", "runs"), row, strict=True)) for row in rows])
        return
    for name, how, field, runs in rows:
        words = "".join(f"[{_MARKS[m]}{text}{_MARKS[m]}]" if m else text for m, text in runs)
        click.echo(f"{name} {field} ({how}): {words}")
