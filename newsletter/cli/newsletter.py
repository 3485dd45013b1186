"""`newsletter newsletter`: what is published here."""

from __future__ import annotations

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.domain.errors import InvalidInput
from newsletter.domain.sending.scheduled_times import WhichTimeIsMeant


@click.group()
def newsletter() -> None:
    """List newsletters, and change their settings."""


@newsletter.command("set")
@click.argument("slug", metavar="NEWSLETTER")
@click.option("--layout", help='Entries as cards or as lines. "" decides by their length.')
@click.option("--base-url", help='Completes relative links of pasted digests. "" for none.')
@click.option(
    "--soft-bounce-issues",
    help="Suppress an address after this many issues in a row that bounced softly.",
)
@click.option("--soft-bounce-days", help="… that were sent over at least this many days.")
@click.option(
    "--reader-sections", help='That readers can mute, such as "Jobs; Events". "" for none.'
)
@click.option(
    "--sections-asked",
    type=click.Choice(["preferences", "signup"]),
    help="Readers choose sections on the preferences page, or at signup, too.",
)
@click.option("--time-zone", help="Such as Europe/Berlin. Issues are scheduled in it.")
@click.option(
    "--scheduled",
    type=click.Choice(["clock", "moment"]),
    help="In another time zone, scheduled issues keep their time on the clock or their moment.",
)
def set_command(slug: str, scheduled: str | None, **changes: str | None) -> None:
    """Change settings of NEWSLETTER. What you don't name stays as it is."""
    from newsletter.usecases.newsletters.save_newsletter import change_settings

    wanted = {name: value for name, value in changes.items() if value is not None}
    if not wanted:
        raise InvalidInput("Nothing to change.", advice="Name a setting, such as --base-url.")
    if "reader_sections" in wanted:
        wanted["reader_sections"] = wanted["reader_sections"].replace(";", "\n")
    with command_context() as context:
        try:
            change_settings(context, slug, wanted, command_line_principal(), meant=scheduled or "")
        except WhichTimeIsMeant as error:
            advice = "Add --scheduled clock or --scheduled moment."
            raise InvalidInput(error.message, advice=advice) from None
    click.echo("Saved.")


@newsletter.command("clicks")
@click.argument("slug", metavar="NEWSLETTER")
@click.argument("how", type=click.Choice(["off", "sum", "reader"]), required=False)
@click.option(
    "--parameters", help="UTM parameters for the links: utm_source=weekly&utm_medium=email"
)
@json_option
def clicks_command(slug: str, how: str | None, parameters: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Show or set how NEWSLETTER counts clicks: off, in sum, or by reader.

    Applies to issues sent from now on.
    """
    from newsletter.usecases.newsletters.set_clicks import set_clicks
    from newsletter.usecases.newsletters.show_newsletters import show_newsletter

    with command_context() as context:
        if how is not None or parameters is not None:
            set_clicks(context, slug, how, parameters, command_line_principal())
        profile = show_newsletter(context, slug, command_line_principal()).profile
    if as_json:
        print_json({"clicks": profile.clicks, "parameters": profile.link_parameters})
        return
    print_table(("CLICKS", "PARAMETERS"), [(profile.clicks, profile.link_parameters or "none")])


@newsletter.command("sponsors")
@click.argument("slug", metavar="NEWSLETTER")
@json_option
def sponsors_command(slug: str, as_json: bool) -> None:  # noqa: FBT001
    """List the sponsors that are booked for NEWSLETTER, and what overlaps."""
    from newsletter.usecases.newsletters.sponsors import list_sponsors

    with command_context() as context:
        found = list_sponsors(context, slug, command_line_principal())
    names = {
        one.id: [other.title for other in found.overlaps.get(one.id, [])] for one in found.sponsors
    }
    if as_json:
        print_json([one.to_json() | {"overlaps": names[one.id]} for one in found.sponsors])
        return
    print_table(
        ("SPONSOR", "FROM", "TO", "PLACE", "OVERLAPS"),
        [
            (one.title, one.starts_on, one.ends_on, one.place, ", ".join(names[one.id]) or "-")
            for one in found.sponsors
        ],
    )


@newsletter.command("figures")
@click.argument("slug", metavar="NEWSLETTER")
@json_option
def figures_command(slug: str, as_json: bool) -> None:  # noqa: FBT001
    """Show NEWSLETTER over time: readers, joins by source, leaves by reason, domains."""
    from newsletter.usecases.clicks.show_growth import show_growth

    with command_context() as context:
        found = show_growth(context, slug, command_line_principal())
    if as_json:
        print_json(found.to_json())
        return
    click.echo(f"{found.readers} active subscribers")
    issues = [(one.number, f"{one.at:%Y-%m-%d}", one.readers) for one in found.issues]
    print_table(("ISSUE", "SENT", "SUBSCRIBERS"), issues)
    for name, moves in (("JOINED", found.joins), ("LEFT", found.leaves)):
        click.echo("")
        months = [(f"{one.month:%Y-%m}", one.why, one.readers) for one in moves]
        print_table(("MONTH", name, "SUBSCRIBERS"), months)
    click.echo("")
    domains = [(d.domain or "all others", d.copies, d.accepted, d.failed) for d in found.domains]
    print_table(("DOMAIN", "COPIES", "ACCEPTED", "FAILED"), domains)


@newsletter.command("list")
@json_option
def list_command(as_json: bool) -> None:  # noqa: FBT001
    """List the newsletters and the slugs that other commands take."""
    from newsletter.usecases.newsletters.show_newsletters import show_newsletters

    with command_context() as context:
        found = show_newsletters(context, command_line_principal())
    if as_json:
        print_json(
            [
                {
                    "slug": one.slug,
                    "name": one.name,
                    "sender": one.sender_address,
                    "time_zone": one.time_zone,
                    "language": one.language,
                }
                for one in found
            ]
        )
        return
    if not found:
        click.echo("There are no newsletters yet. `newsletter up` creates the first one.")
        return
    print_table(
        ("SLUG", "NAME", "SENDER", "TIME ZONE"),
        [(one.slug, one.name, one.sender_address or "none", one.time_zone) for one in found],
    )
