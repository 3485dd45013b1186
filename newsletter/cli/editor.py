"""`newsletter editor`: who may write, and a way in for those who have lost theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import LINKS, command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.domain.errors import NotFound

if TYPE_CHECKING:
    from newsletter.store.roles import Person
    from newsletter.usecases.context import Context
    from newsletter.usecases.staff.editor import Editor

ROLE = click.option(
    "--role",
    type=click.Choice(["viewer", "author", "editor", "owner"]),
    required=True,
    help="What they may do.",
)


@click.group()
def editor() -> None:
    """List and remove editors, and create sign-in links."""


@editor.command()
@click.argument("address", required=False)
@json_option
def link(address: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Print a sign-in link that works once.

    Without ADDRESS it is for the only editor, or creates the first one. Anyone with the link can
    sign in. Earlier links work until one of them is used.
    """
    from newsletter.usecases.operations.make_sign_in_link import make_sign_in_link

    with command_context(*LINKS) as context:
        url = make_sign_in_link(context, address or "", command_line_principal())
        minutes = int(context.settings.sign_in_expiry.total_seconds() // 60)
    if as_json:
        print_json({"url": url, "minutes": minutes})
        return
    click.echo(url)
    click.echo(f"The link works once and expires in {minutes} minutes.", err=True)


@editor.command()
@click.argument("slug")
@click.argument("address")
@ROLE
def invite(slug: str, address: str, role: str) -> None:
    """Invite ADDRESS by email to a role in the newsletter SLUG."""
    from newsletter.domain.staff.roles import Role
    from newsletter.usecases.staff.invitations import invite

    with command_context(*LINKS) as context:
        invite(context, slug, address, Role(role), command_line_principal())
    click.echo(f"The invitation to {address} goes out with the next mail, and lasts a week.")


@editor.command()
@click.argument("slug")
@json_option
def people(slug: str, as_json: bool) -> None:  # noqa: FBT001
    """List who has which role in the newsletter SLUG, and who is invited."""
    from newsletter.usecases.staff.people import list_people

    with command_context() as context:
        found = list_people(context, slug, command_line_principal())
    if as_json:
        print_json(found.to_json())
        return
    rows = [(one.address, one.role, f"since {one.since:%Y-%m-%d}") for one in found.people]
    rows += [
        (one.address, one.role, f"invited until {one.expires_at:%Y-%m-%d}") for one in found.invited
    ]
    print_table(("ADDRESS", "ROLE", "STATE"), rows)


@editor.command()
@click.argument("slug")
@click.argument("address")
@ROLE
def role(slug: str, address: str, role: str) -> None:
    """Change the role of ADDRESS in the newsletter SLUG. In effect at once."""
    from newsletter.domain.staff.roles import Role
    from newsletter.usecases.staff.people import change_role

    with command_context() as context:
        person = _person(context, slug, address)
        change_role(context, slug, person.user_id, Role(role), command_line_principal())
    click.echo(f"{person.address} is now {role}.")


@editor.command("take-role")
@click.argument("slug")
@click.argument("address")
def take_role(slug: str, address: str) -> None:
    """Take the role of ADDRESS in the newsletter SLUG. The account stays."""
    from newsletter.usecases.staff.people import remove_person

    with command_context() as context:
        person = _person(context, slug, address)
        remove_person(context, slug, person.user_id, command_line_principal())
    click.echo(f"{person.address} can no longer open {slug}.")


@editor.command("hand-over")
@click.argument("slug")
@click.argument("address")
def hand_over(slug: str, address: str) -> None:
    """Make ADDRESS the owner of the newsletter SLUG. Owners become editors."""
    from newsletter.usecases.staff.people import hand_over

    with command_context() as context:
        person = _person(context, slug, address)
        hand_over(context, slug, person.user_id, command_line_principal())
    click.echo(f"{person.address} owns {slug} now.")


def _person(context: Context, slug: str, address: str) -> Person:
    """Raises NotFound."""
    from newsletter.domain.readers.addresses import address_key
    from newsletter.usecases.staff.people import list_people

    wanted = address_key(address)
    for one in list_people(context, slug, command_line_principal()).people:
        if address_key(one.address) == wanted:
            return one
    raise NotFound(
        f"{address} has no role in {slug}.",
        advice=f"Run `newsletter editor people {slug}` to see who has.",
    )


@editor.command("require-second-factor")
@click.argument("slug")
@click.option("--off", is_flag=True, help="Stop requiring it.")
def require_second_factor(slug: str, *, off: bool) -> None:
    """Open the newsletter SLUG only to people with a second factor.

    People without one set it up when they next open it. This includes administrators.
    """
    from newsletter.usecases.staff.factor_required import (
        make_factor_optional,
        make_factor_required,
    )

    with command_context() as context:
        change = make_factor_optional if off else make_factor_required
        change(context, slug, command_line_principal())
    click.echo(f"{slug} {'no longer requires' if off else 'requires'} a second factor.")


@editor.command("reset-second-factor")
@click.argument("address")
@json_option
def reset_second_factor(address: str, as_json: bool) -> None:  # noqa: FBT001
    """Let ADDRESS sign in without a second factor, after all of them were lost.

    Removes their app, passkeys and recovery codes, signs them out everywhere, and mails them.
    Make sure that it is they who ask.
    """
    from newsletter.usecases.staff.second_factors import reset_second_factor

    with command_context(*LINKS) as context:
        reset_second_factor(context, address, command_line_principal())
    if as_json:
        print_json({"address": address, "reset": True})
        return
    click.echo(f"{address} signs in without a second factor now. Their sessions have ended.")


@editor.command("list")
@json_option
def list_command(as_json: bool) -> None:  # noqa: FBT001
    """List the editors, when they last signed in, and who has a second factor."""
    from newsletter.usecases.staff.add_editor import list_editors

    with command_context() as context:
        found = list_editors(context, command_line_principal())
    if as_json:
        print_json(
            [
                {
                    "address": one.address,
                    "name": one.name,
                    "signed_in_at": one.signed_in_at,
                    "administrator": one.is_administrator,
                    "second_factor": one.has_factor,
                }
                for one in found
            ]
        )
        return
    if not found:
        click.echo(
            "There are no editors yet. Run `newsletter editor link` to sign in as the first one."
        )
        return
    print_table(
        ("ADDRESS", "NAME", "SIGNED IN", "SECOND FACTOR", "SERVER"),
        [
            (
                one.address,
                one.name,
                f"{one.signed_in_at:%Y-%m-%d %H:%M} UTC" if one.signed_in_at else "never",
                "yes" if one.has_factor else "no",
                "administrator" if one.is_administrator else "-",
            )
            for one in found
        ],
    )


@editor.command()
@click.argument("address")
@click.option("--name", default="", help="Their name.")
@click.option("--administrator", is_flag=True, help="They run the server.")
def add(address: str, name: str, *, administrator: bool) -> None:
    """Add ADDRESS as an editor without a role in a newsletter, and mail an invitation."""
    from newsletter.usecases.staff.add_editor import add_editor

    with command_context(*LINKS) as context:
        principal = command_line_principal()
        add_editor(context, address, name, principal, is_administrator=administrator)
    click.echo(f"The invitation to {address} goes out with the next mail.")


@editor.command("administrator")
@click.argument("address")
@click.option("--dismiss", is_flag=True, help="They no longer run the server.")
def administrator_command(address: str, *, dismiss: bool) -> None:
    """Make the editor ADDRESS an administrator. In effect at once."""
    from newsletter.usecases.staff.administrators import dismiss_administrator, make_administrator

    with command_context() as context:
        found, principal = _editor(context, address), command_line_principal()
        change = dismiss_administrator if dismiss else make_administrator
        change(context, found.id, principal)
    click.echo(f"{found.address} is {'no longer' if dismiss else 'now'} an administrator.")


@editor.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(address: str, *, yes: bool) -> None:
    """Remove an editor. Their sessions and sign-in links end at once."""
    from newsletter.usecases.staff.remove_editor import remove_editor

    with command_context() as context:
        found = _editor(context, address)
        if not yes:
            click.confirm(f"Remove {found.address}?", abort=True)
        click.echo(f"Removed {remove_editor(context, found.id, command_line_principal())}.")


def _editor(context: Context, address: str) -> Editor:
    """Raises NotFound."""
    from newsletter.domain.readers.addresses import address_key
    from newsletter.usecases.staff.add_editor import list_editors

    wanted = address_key(address)
    for one in list_editors(context, command_line_principal()):
        if address_key(one.address) == wanted:
            return one
    raise NotFound(
        "No editor has this address.", advice="Run `newsletter editor list` to see all editors."
    )
