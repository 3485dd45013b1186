"""`newsletter dkim`: keys for signing, and the DNS records that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import EXIT_FAILED, command_line_principal, json_option, print_json
from newsletter.config import Settings, load_settings
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import as_sentence
from newsletter.mail.dkim.keys import ED25519, RSA

if TYPE_CHECKING:
    from newsletter.usecases.operations.manage_dkim import CheckedRecord, PublishedKey

_WAITS = (
    "Publish these records. When `newsletter dkim check` finds them, run "
    "`newsletter dkim rotate --activate`."
)


@click.group()
def dkim() -> None:
    """Create, publish, rotate and check DKIM keys.

    Keys are in DKIM_DIR (default: dkim in VAR_DIR), readable only by their owner. All workers need
    the same folder. Running workers pick up changes within seconds.
    """


def domain_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--domain",
        "domains",
        multiple=True,
        help="The domain to print records for. Default: DKIM_DOMAIN, or the newsletters' domains.",
    )(command)


@dkim.command()
@click.option(
    "--only", type=click.Choice([RSA, ED25519]), help="Only this kind of key. Default: both."
)
@click.option(
    "--later", is_flag=True, help="Do not sign until `newsletter dkim rotate --activate`."
)
@domain_option
@json_option
def make(only: str | None, later: bool, domains: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Create the first keys, RSA 2048 and Ed25519, and print their DNS records.

    From now on, both keys sign all mail. Until you publish the records, receivers treat it as
    unsigned, as before.
    """
    from newsletter.mail.dkim.directory import KeyDirectory
    from newsletter.usecases.operations.manage_dkim import with_records

    settings = load_settings()
    directory = KeyDirectory(settings.dkim_directory)
    made = directory.make([only] if only else [RSA, ED25519], _now(), signs_at_once=not later)
    keys = with_records(made, _domains(settings, domains))
    _tell(keys, settings, as_json=as_json)
    if not as_json:
        click.echo(
            _WAITS if later else "These keys sign all mail from now on. Publish the records soon."
        )


@dkim.command()
@domain_option
@json_option
def show(domains: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Print all keys, including retired ones, with their DNS records."""
    settings = load_settings()
    _tell(_all_keys(settings, domains), settings, as_json=as_json)


@dkim.command()
@click.option("--activate", is_flag=True, help="Sign with the next keys. Publish them first.")
@domain_option
@json_option
def rotate(activate: bool, domains: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Create the next keys. With --activate, start signing with them.

    The old keys sign until then, because the new ones must be in DNS first. Keep the old records in
    DNS for a week afterwards, for mail that is still on its way.
    """
    from newsletter.mail.dkim.directory import KeyDirectory
    from newsletter.usecases.operations.manage_dkim import with_records

    settings = load_settings()
    directory = KeyDirectory(settings.dkim_directory)
    changed = directory.activate(_now()) if activate else directory.rotate(_now())
    keys = with_records(changed, _domains(settings, domains))
    _tell(keys, settings, as_json=as_json)
    if not as_json:
        click.echo("Remove the retired records from DNS in a week." if activate else _WAITS)


@dkim.command()
@click.option("--server", default="", help="The name server to ask: ADDRESS or ADDRESS:PORT.")
@domain_option
@json_option
def check(server: str, domains: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Compare the DNS records with the current and the next keys.

    Exit code 1 if a record of a current key is missing or different.
    """
    from newsletter.mail.dkim.records import Answer
    from newsletter.usecases.operations.manage_dkim import check_records

    settings = load_settings()
    known = [key for key in _all_keys(settings, domains) if key.state != "retired"]
    if not any(record.name.partition("._domainkey")[2] for key in known for record in key.records):
        raise Misconfigured(
            "You have no key, or no domain to look it up for.",
            advice="Create keys with `newsletter dkim make`, or name a domain with --domain.",
        )
    checked = check_records(known, server)
    if as_json:
        print_json([_in_json(one) for one in checked])
    else:
        _tell_checked(checked)
    wrong = (Answer.MISSING, Answer.DIFFERENT)
    if any(one.key.state == "signing" and one.found.answer in wrong for one in checked):
        raise click.exceptions.Exit(EXIT_FAILED)


def _all_keys(settings: Settings, given: Sequence[str]) -> list[PublishedKey]:
    from newsletter.mail.dkim.directory import KeyDirectory
    from newsletter.usecases.operations.manage_dkim import keys_from_files, with_records

    domains = _domains(settings, given)
    known = with_records(KeyDirectory(settings.dkim_directory).all_keys(), domains)
    return [*keys_from_files(settings, domains), *known]


def _domains(settings: Settings, given: Sequence[str]) -> list[str]:
    """Empty if none is given or known: records are then relative to the domain."""
    from newsletter.usecases.operations.manage_dkim import sender_domains

    if given or settings.dkim_domain:
        return list(given) or [settings.dkim_domain]
    try:
        with command_context() as context:
            return sender_domains(context, command_line_principal())
    except Misconfigured:
        return []  # Keys can be made before there is a database.


def _tell(keys: Sequence[PublishedKey], settings: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "directory": str(settings.dkim_directory),
                "key_file": settings.dkim_key_file or None,
                "keys": [key.to_json() for key in keys],
            }
        )
        return
    if not keys:
        click.echo(
            "You have no key, so mail is not signed. Create one with `newsletter dkim make`."
        )
    for key in keys:
        click.echo(f"; {key.selector}: {key.kind}, {_life(key)}")
        for record in key.records:
            click.echo(record.zone_line)
        click.echo("")
    if settings.dkim_key_file:
        click.echo("DKIM_KEY_FILE is set, so the keys in DKIM_DIR are not used.")


def _life(key: PublishedKey) -> str:
    since = {"signing": key.activated_at, "retired": key.retired_at, "waiting": key.made_at}
    return f"{key.state} since {since[key.state][:10]}" if since[key.state] else key.state


def _tell_checked(checked: Sequence[CheckedRecord]) -> None:
    from newsletter.mail.dkim.records import Answer

    for one in checked:
        found = one.found
        click.echo(f"{found.answer.value:9}  {one.record.name} ({one.key.state})")
        if found.answer is Answer.DIFFERENT:
            click.echo(f"           DNS has:  {found.detail}")
            click.echo(f"           Needed:   {one.record.value}")
        elif found.answer is Answer.UNKNOWN:
            said = as_sentence(found.detail)
            click.echo(f"           {said} Check it yourself: dig +short TXT {one.record.name}")


def _in_json(one: CheckedRecord) -> dict[str, str]:
    return {
        "selector": one.key.selector,
        "state": one.key.state,
        "name": one.record.name,
        "answer": one.found.answer.value,
        "detail": one.found.detail,
        "needed": one.record.value,
    }


def _now() -> datetime:
    return datetime.now(UTC)
