"""Creates newsletters and saves their settings. Reports each invalid value at its field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.clicks.counted_links import ClickCounting, parameters_problem
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.base_addresses import base_address
from newsletter.domain.issues.issue import Layout
from newsletter.domain.newsletters.newsletter import FIRST_UNDO_MINUTES
from newsletter.domain.newsletters.themes import COLOURS, contrast_problems, read_theme, theme_of
from newsletter.domain.problems import has_control_characters, raise_problems
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.readers.reader_sections import SectionsAsked, sections_of
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy
from newsletter.store.events import Change, record_event
from newsletter.store.models import Newsletter
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.roles import own_new_newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.check_logo import check_logo
from newsletter.usecases.newsletters.move_scheduled import asks_which_time, move_scheduled
from newsletter.usecases.permissions import require_for_newsletter

_THEME = "theme_"
_COLOURS = tuple(f"{_THEME}{name}" for name in COLOURS)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
LONGEST_NAME = 100
LONGEST_TEXT = 2000
_NUMBERS = {
    # The least, the most, and what an empty field means.
    "undo_minutes": (0, 60, 0),
    "canary_percent": (0, 50, 0),
    "canary_threshold_percent": (1, 100, 5),
    "soft_bounce_issues": (2, 20, 3),
    "soft_bounce_days": (0, 365, 14),
}


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """The settings of a newsletter, as typed."""

    name: str
    description: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    postal_address: str = ""
    time_zone: str = "UTC"
    language: str = "en"
    undo_minutes: str = ""
    canary_percent: str = ""
    canary_threshold_percent: str = ""
    base_url: str = ""
    layout: str = ""
    soft_bounce_issues: str = ""
    soft_bounce_days: str = ""
    clicks: str = ""
    """A ClickCounting. Empty keeps the current one."""
    link_parameters: str = ""
    reader_sections: str = ""
    """Those that readers choose from, one a line."""
    sections_asked: str = ""
    """A SectionsAsked. Empty is on the preferences page alone."""
    theme: Mapping[str, Any] | None = None
    """By the fields of a Theme. None keeps the current theme."""


def create_newsletter(
    context: Context, slug: str, wanted: NewsletterSettings, principal: Principal
) -> str:
    """Returns its slug, which never changes: web addresses and the List-Id contain it.

    An empty undo period is that of a new newsletter.
    """
    require(principal, "create_newsletter")
    undo_minutes = wanted.undo_minutes or str(FIRST_UNDO_MINUTES)
    settings, problems = _checked(replace(wanted, undo_minutes=undo_minutes))
    slug = slug.strip().lower()
    if not _SLUG.fullmatch(slug):
        problems["slug"] = "Use lower-case letters, digits and hyphens, such as weekly-links."
    with context.database.write() as session:
        if session.scalar(select(Newsletter.id).where(Newsletter.slug == slug)) is not None:
            problems["slug"] = f"The newsletter “{slug}” already exists."
        raise_problems(problems)
        newsletter = Newsletter(slug=slug, list_label=slug, created_at=context.now(), name="")
        _put(newsletter, settings)
        session.add(newsletter)
        session.flush()
        own_new_newsletter(session, newsletter, principal, context.now())
        _record(context, session, newsletter, principal, Action.NEWSLETTER_CREATED)
    return slug


def save_newsletter(  # noqa: PLR0913  what is saved, and what it is asked of
    context: Context,
    slug: str,
    wanted: NewsletterSettings,
    principal: Principal,
    policy: FetchPolicy | None = None,
    *,
    meant: str = "",
) -> None:
    """Checks a new logo over the network and refuses it if it is not a picture.

    `meant` says as a Meant what becomes of scheduled times in another time zone: without it they
    raise WhichTimeIsMeant.
    """
    require_for_newsletter(context, principal, "save_newsletter", slug)
    settings, problems = _checked(wanted)
    raise_problems(problems)
    raise_problems(_logo_problems(context, slug, settings, policy))
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        change = Change(Action.NEWSLETTER_SETTINGS_CHANGED, principal, context.now())
        move_scheduled(session, newsletter, settings.time_zone, meant, change)
        _put(newsletter, settings)
        _record(context, session, newsletter, principal, Action.NEWSLETTER_SETTINGS_CHANGED)


def save_valid_settings(
    context: Context,
    slug: str,
    wanted: NewsletterSettings,
    problems: Mapping[str, str],
    principal: Principal,
) -> dict[str, str]:
    """What `save_newsletter` refused, without the fields of `problems`: these keep their values.

    Returns all that isn't saved.
    """
    require_for_newsletter(context, principal, "save_valid_settings", slug)
    wrong = {**_checked(wanted)[1], **problems}
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        if asks_which_time(session, newsletter, wanted.time_zone):
            wrong = {"time_zone": "Not saved: correct the other fields first."} | wrong
        settings, still_wrong = _checked(_keep_stored(newsletter, wanted, wrong))
        if still_wrong:  # a colour that is kept may be unreadable on one that was chosen
            wrong = dict.fromkeys(_COLOURS, "Not saved: it depends on another colour.") | wrong
            settings, _ = _checked(_keep_stored(newsletter, wanted, wrong))
        _put(newsletter, settings)
        _record(context, session, newsletter, principal, Action.NEWSLETTER_SETTINGS_CHANGED)
    return wrong


def change_settings(
    context: Context,
    slug: str,
    changes: Mapping[str, str],
    principal: Principal,
    *,
    meant: str = "",
) -> None:
    """Saves these settings, and leaves the others as they are. Raises as `save_newsletter`."""
    require_for_newsletter(context, principal, "change_settings", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        stored: dict[str, Any] = {
            field.name: str(getattr(newsletter, field.name))
            for field in fields(NewsletterSettings)
            if field.name != "theme"
        }
    wanted = NewsletterSettings(**{**stored, **changes})
    save_newsletter(context, slug, wanted, principal, meant=meant)


def time_zones() -> list[str]:
    """The names that a person would choose from, UTC first."""
    return ["UTC", *sorted(name for name in _zones() if "/" in name and name[:4] != "Etc/")]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def _put(newsletter: Newsletter, settings: NewsletterSettings) -> None:
    newsletter.name = settings.name
    newsletter.description = settings.description
    newsletter.sender_name = settings.sender_name
    newsletter.sender_address = settings.sender_address
    newsletter.reply_to = settings.reply_to
    newsletter.postal_address = settings.postal_address
    newsletter.time_zone = settings.time_zone
    newsletter.language = settings.language
    newsletter.base_url = settings.base_url
    newsletter.layout = settings.layout
    newsletter.undo_minutes = int(settings.undo_minutes)
    newsletter.canary_percent = int(settings.canary_percent)
    newsletter.canary_threshold_percent = int(settings.canary_threshold_percent)
    newsletter.soft_bounce_issues = int(settings.soft_bounce_issues)
    newsletter.soft_bounce_days = int(settings.soft_bounce_days)
    if settings.clicks:
        newsletter.clicks = settings.clicks
    newsletter.link_parameters = settings.link_parameters
    newsletter.reader_sections = settings.reader_sections
    newsletter.sections_asked = settings.sections_asked
    if settings.theme is not None:
        newsletter.theme = dict(settings.theme)


def _keep_stored(
    newsletter: Newsletter, wanted: NewsletterSettings, wrong: Collection[str]
) -> NewsletterSettings:
    """As typed, with the stored value in each field of `wrong`."""
    stored = asdict(theme_of(newsletter.theme))
    theme = wanted.theme and {
        name: str(stored[name]) if f"{_THEME}{name}" in wrong else text
        for name, text in wanted.theme.items()
    }
    fields = [name for name in wrong if not name.startswith(_THEME)]
    return replace(wanted, theme=theme, **{n: str(getattr(newsletter, n)) for n in fields})


def _checked(wanted: NewsletterSettings) -> tuple[NewsletterSettings, dict[str, str]]:
    """The settings to store, and their problems by field."""
    problems: dict[str, str] = {}
    name = wanted.name.strip()
    if not name:
        problems["name"] = "Enter a name."
    for field, text in (("name", name), ("sender_name", wanted.sender_name.strip())):
        problems |= _line_problem(field, text)
    for field in ("description", "postal_address"):
        if len(getattr(wanted, field)) > LONGEST_TEXT:
            problems[field] = f"Use at most {LONGEST_TEXT} characters."
    checked = replace(
        wanted,
        name=name,
        description=wanted.description.strip(),
        sender_name=wanted.sender_name.strip(),
        sender_address=_address("sender_address", wanted.sender_address, problems),
        reply_to=_address("reply_to", wanted.reply_to, problems),
        postal_address=wanted.postal_address.strip().replace("\r\n", "\n"),
        time_zone=_time_zone(wanted.time_zone.strip(), problems),
        language=_language(wanted.language.strip(), problems),
        base_url=_base_url(wanted.base_url, problems),
        layout=_layout(wanted.layout.strip(), problems),
        clicks=_clicks(wanted.clicks.strip(), problems),
        link_parameters=_parameters(wanted.link_parameters.strip(), problems),
        reader_sections=_sections(wanted.reader_sections, problems),
        sections_asked=_asked(wanted.sections_asked, problems),
        **{name: _number(name, getattr(wanted, name), problems) for name in _NUMBERS},
        theme=None if wanted.theme is None else _theme(wanted.theme, problems),
    )
    return checked, problems


def _line_problem(field: str, text: str) -> dict[str, str]:
    if has_control_characters(text):
        return {field: "This can't contain a line break, because every email has it in its header."}
    if len(text) > LONGEST_NAME:
        return {field: f"Use at most {LONGEST_NAME} characters."}
    return {}


def _address(field: str, text: str, problems: dict[str, str]) -> str:
    """An empty address is fine. It can be filled in later."""
    if not text.strip():
        return ""
    try:
        return parse_address(text)
    except InvalidInput as error:
        problems[field] = str(error)
        return text


def _layout(text: str, problems: dict[str, str]) -> str:
    if text not in set(Layout):
        problems["layout"] = "Choose cards or lines, or leave it empty."
    return text


def _base_url(text: str, problems: dict[str, str]) -> str:
    try:
        return base_address(text)
    except InvalidInput as error:
        problems["base_url"] = " ".join(filter(None, [error.message, error.advice]))
        return text


def _number(field: str, text: str, problems: dict[str, str]) -> str:
    least, most, default = _NUMBERS[field]
    digits = text.strip() or str(default)
    if not (digits.isascii() and digits.isdigit() and least <= int(digits[:9]) <= most):
        problems[field] = f"Enter a whole number from {least} to {most}."
    return digits


def _clicks(text: str, problems: dict[str, str]) -> str:
    if text and text not in set(ClickCounting):
        problems["clicks"] = "Choose one of off, sum and reader."
    return text


def _parameters(text: str, problems: dict[str, str]) -> str:
    if problem := parameters_problem(text):
        problems["link_parameters"] = problem
    return text


def _sections(text: str, problems: dict[str, str]) -> str:
    try:
        return "\n".join(sections_of(text))
    except InvalidInput as error:
        problems["reader_sections"] = error.message
        return text


def _asked(text: str, problems: dict[str, str]) -> str:
    asked = text or SectionsAsked.PREFERENCES.value
    if asked not in set(SectionsAsked):
        problems["sections_asked"] = "Choose preferences or signup."
    return asked


def _time_zone(name: str, problems: dict[str, str]) -> str:
    """A city is enough, in capitals or not, where one zone alone is named after it."""
    if name in _zones():
        return name
    wanted = "_".join(name.lower().split())
    meant = [zone for zone in time_zones() if wanted in (zone.lower(), zone.lower().split("/")[-1])]
    if len(meant) == 1:
        return meant[0]
    problems["time_zone"] = (
        f"“{name[:60]}” is not a time zone. Choose one from the list, such as Europe/Berlin."
    )
    return name


def _language(tag: str, problems: dict[str, str]) -> str:
    try:
        return str(Locale.parse(tag.replace("_", "-"), sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        problems["language"] = (
            f"“{tag[:60]}” is not a language tag. Use one such as en, de, pt-BR or zh."
        )
        return tag


def _theme(typed: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    """Checks the contrast only if all colours are valid."""
    theme, found = read_theme(typed)
    found = found or contrast_problems(theme)
    problems.update({f"{_THEME}{field}": problem for field, problem in found.items()})
    return theme.to_json()


def _logo_problems(
    context: Context, slug: str, settings: NewsletterSettings, policy: FetchPolicy | None
) -> dict[str, str]:
    wanted = theme_of(settings.theme or {}).logo_url
    with context.database.read() as session:
        has_it = theme_of(newsletter_by_slug(session, slug).theme).logo_url == wanted
    problem = "" if has_it or not wanted else check_logo(context, wanted, policy)
    return {"theme_logo_url": problem} if problem else {}


def _record(
    context: Context, session: Session, newsletter: Newsletter, principal: Principal, action: Action
) -> None:
    record_event(
        session,
        at=context.now(),
        who=principal,
        action=action,
        subject_id=newsletter.id,
    )
