"""`newsletter subscriber`: the subscribers of a newsletter, one by one and as CSV."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyCommand, LazyGroup

MODULES = {
    "list": LazyCommand(
        "newsletter.cli.subscriber.show:list_command",
        "List subscribers, newest first, with counts by state.",
    ),
    "show": LazyCommand(
        "newsletter.cli.subscriber.show:show", "Show a subscriber and the evidence of consent."
    ),
    "add": LazyCommand("newsletter.cli.subscriber.add:add", "Add a subscriber."),
    "unsubscribe": LazyCommand(
        "newsletter.cli.subscriber.unsubscribe:unsubscribe", "Unsubscribe a subscriber."
    ),
    "tag": LazyCommand(
        "newsletter.cli.subscriber.change_many:tag", "Tag all subscribers that a filter finds."
    ),
    "untag": LazyCommand(
        "newsletter.cli.subscriber.change_many:untag",
        "Remove a tag from all subscribers that a filter finds.",
    ),
    "suppress": LazyCommand(
        "newsletter.cli.subscriber.unsubscribe:suppress",
        "Stop all newsletters, or one, from sending to an address.",
    ),
    "lift": LazyCommand(
        "newsletter.cli.subscriber.unsubscribe:lift",
        "Lift the suppressions that keep a newsletter from sending to an address.",
    ),
    "erase": LazyCommand(
        "newsletter.cli.subscriber.erase:erase",
        "Erase a person from every newsletter, except for a keyed hash.",
    ),
    "import": LazyCommand(
        "newsletter.cli.subscriber.import_list:import_command",
        "Import subscribers from a CSV file.",
    ),
    "export": LazyCommand(
        "newsletter.cli.subscriber.export:export_command",
        "Export subscribers as CSV, in the format of import.",
    ),
}


@click.group(cls=LazyGroup, modules=MODULES)
def subscriber() -> None:
    """List, add, tag, unsubscribe, erase, import and export subscribers."""
