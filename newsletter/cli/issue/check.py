"""`newsletter issue check`: what will go wrong with an issue, before it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.issue.files import base_url_option, newsletter_option, read_issue_file
from newsletter.cli.shell import EXIT_FAILED, command_line_principal, json_option, print_json
from newsletter.config import load_settings
from newsletter.domain.checks.preflight import Finding, grouped
from newsletter.domain.errors import InvalidInput

if TYPE_CHECKING:
    from newsletter.usecases.checks.check_written import Checked


@click.command()
@click.argument("file", metavar="FILE|ISSUE")
@newsletter_option
@base_url_option
@click.option("--links", is_flag=True, help="Check whether the links and pictures work.")
@click.option(
    "--spam", is_flag=True, help="Score the issue with the spam filter of RSPAMD_URL or SPAMD_HOST."
)
@json_option
@click.pass_context
def check(  # noqa: PLR0913  its options
    ctx: click.Context,
    file: str,
    slug: str | None,
    base_url: str,
    *,
    links: bool,
    spam: bool,
    as_json: bool,
) -> None:
    """Check an issue for problems before you send it.

    FILE is a digest (- for standard input). ISSUE is an ID from the address of its page.

    Exit code 1 if there is an error. Such an issue can't be sent unless an editor overrides the
    error. Warnings and notes do not change the exit code.
    """
    checked = _checked(file, slug, base_url, links=links, spam=spam)
    if as_json:
        print_json(
            {
                "findings": [finding.to_json() for finding in checked.findings],
                "html_bytes": checked.html_bytes,
                "links_not_asked": checked.unchecked,
                "override": checked.override.to_json() if checked.override else None,
                "may_go": checked.may_go,
            }
        )
    else:
        _show(checked)
    if checked.errors:
        ctx.exit(EXIT_FAILED)


def _checked(file: str, slug: str | None, base_url: str, *, links: bool, spam: bool) -> Checked:
    from newsletter.usecases.checks.check_digest import NetworkChecks, check_digest, find_newsletter
    from newsletter.usecases.checks.check_issue import check_issue
    from newsletter.usecases.checks.check_links import check_links
    from newsletter.usecases.issues.render_digest import example_newsletter
    from newsletter.usecases.issues.render_issue import WrittenIssue

    principal = command_line_principal()
    if file.isdigit() and not Path(file).exists():
        with command_context() as context:
            if links:
                check_links(context, int(file), principal)
            return check_issue(context, int(file), principal, scores_spam=spam)
    if file != "-" and not Path(file).is_file():
        raise InvalidInput(
            f"The file {file} does not exist.", advice="Name a digest file or an issue ID."
        )
    settings, now = load_settings(), datetime.now(UTC)
    network = NetworkChecks(links=links, spam=spam)
    if not slug:
        issue = read_issue_file(file, settings, base_url)
        profile = example_newsletter(issue.content, settings)
        written = WrittenIssue(issue.content, profile, left_out=issue.left_out)
        return check_digest(settings, written, now, network)
    with command_context() as context:
        profile = find_newsletter(context, slug, principal)
        issue = read_issue_file(file, settings, base_url or profile.base_url)
        written = WrittenIssue(issue.content, profile, left_out=issue.left_out)
        return check_digest(settings, written, now, network, context)


def _show(checked: Checked) -> None:
    for alike in grouped(checked.findings):
        _show_finding(alike.first)
        if alike.others:
            places = ", ".join(_line(other.place.label) for other in alike.others)
            click.echo(f"  {len(alike.others)} more like this: {places}")
    if not checked.findings:
        click.echo("No problems found.")
    if checked.html_bytes:
        click.echo(f"HTML {checked.html_bytes / 1000:.1f} of 90 kB, encoded as in the email")
    if checked.unchecked:
        click.echo(f"{checked.unchecked} links and pictures not checked. Check them with --links.")
    if checked.errors and checked.override:
        click.echo(f"{checked.override.by} overrode the errors: {checked.override.reason}")


def _show_finding(finding: Finding) -> None:
    colour = {"error": "red", "warning": "yellow"}.get(finding.severity.value, "cyan")
    severity = click.style(finding.severity.value.upper(), fg=colour, bold=True)
    click.echo(f"{severity}  {_line(finding.place.label)}  [{finding.check}]")
    click.echo(f"  {_line(finding.message)}")
    if finding.advice:
        click.echo(f"  {_line(finding.advice)}")


def _line(text: str) -> str:
    """Control characters of a digest never reach the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
