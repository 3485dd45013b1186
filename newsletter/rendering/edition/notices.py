"""Short emails with one button: confirmation, welcome, farewell, a link that someone lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.said_times import said_time
from newsletter.domain.staff.roles import Role
from newsletter.rendering.bodies.wrapping import columns, wrap
from newsletter.rendering.parts.personal import one_line, require_web_url
from newsletter.rendering.templates.templates import (
    NOTICE_HTML,
    NOTICE_TEXT,
    Templates,
    templates_in,
)
from newsletter.rendering.templates.theme import look_values
from newsletter.rendering.templates.words import Language, language_of


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages wait to be read, and the page that lists them."""

    newsletter: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of a notice. `links` are shown small at the bottom."""

    subject: str
    sender: str
    title: str
    paragraphs: list[str]
    button: Link
    notes: list[str]
    links: list[Link] = field(default_factory=list)
    postal_address: str = ""


def confirmation_notice(
    profile: NewsletterProfile,
    confirm_url: str,
    expires_days: int,
    templates: Templates | None = None,
) -> Notice:
    """Contains nothing that was typed on the page: the recipient may not have signed up."""
    language, name = language_of(profile.language), one_line(profile.name)
    wording = Wording(
        subject=language.say("confirm_subject", newsletter=name),
        sender=name,
        title=language.say("confirm_title"),
        paragraphs=[language.say("confirm_text", newsletter=name)],
        button=_link(language.say("confirm_button"), confirm_url, "confirm_url"),
        notes=[language.say("confirm_expiry", days=expires_days), language.say("confirm_ignore")],
        postal_address=profile.postal_address,
    )
    return _notice(wording, language, profile.theme, templates)


def welcome_notice(
    profile: NewsletterProfile,
    *,
    archive_url: str,
    preferences_url: str,
    unsubscribe_url: str,
    templates: Templates | None = None,
) -> Notice:
    """For a reader who has just confirmed. Without issues to read, `archive_url` is ""."""
    language, name = language_of(profile.language), one_line(profile.name)
    preferences = _link(language.say("preferences"), preferences_url, "preferences_url")
    archive = (language.say("welcome_button"), archive_url, "archive_url")
    wording = Wording(
        subject=language.say("welcome_subject", newsletter=name),
        sender=name,
        title=language.say("welcome_title"),
        paragraphs=[
            language.say("welcome_text", newsletter=name),
            *filter(None, [one_line(profile.description)]),
        ],
        button=_link(*archive) if archive_url else preferences,
        notes=[language.say("welcome_leave")],
        links=[
            _link(language.say("unsubscribe"), unsubscribe_url, "unsubscribe_url"),
            preferences,
        ],
        postal_address=profile.postal_address,
    )
    return _notice(wording, language, profile.theme, templates)


def subscription_link_notice(
    profile: NewsletterProfile,
    *,
    preferences_url: str,
    unsubscribe_url: str,
    templates: Templates | None = None,
) -> Notice:
    """For a reader who asked for the link to their subscription."""
    language, name = language_of(profile.language), one_line(profile.name)
    wording = Wording(
        subject=language.say("link_subject", newsletter=name),
        sender=name,
        title=language.say("link_title"),
        paragraphs=[language.say("link_text", newsletter=name)],
        button=_link(language.say("preferences"), preferences_url, "preferences_url"),
        notes=[language.say("link_ignore")],
        links=[_link(language.say("unsubscribe"), unsubscribe_url, "unsubscribe_url")],
        postal_address=profile.postal_address,
    )
    return _notice(wording, language, profile.theme, templates)


def farewell_notice(
    profile: NewsletterProfile, preferences_url: str, templates: Templates | None = None
) -> Notice:
    """For a reader who has unsubscribed. The button leads to the page to subscribe again."""
    language, name = language_of(profile.language), one_line(profile.name)
    wording = Wording(
        subject=language.say("farewell_subject", newsletter=name),
        sender=name,
        title=language.say("farewell_title"),
        paragraphs=[language.say("farewell_text", newsletter=name)],
        button=_link(language.say("farewell_button"), preferences_url, "preferences_url"),
        notes=[language.say("farewell_ignore")],
        postal_address=profile.postal_address,
    )
    return _notice(wording, language, profile.theme, templates)


def sign_in_notice(
    sign_in_url: str, minutes: int, site_name: str, templates: Templates | None = None
) -> Notice:
    link = (sign_in_url, "sign_in_url")
    return _link_notice("sign_in", link, minutes, site_name, templates)


def password_reset_notice(
    reset_url: str, minutes: int, site_name: str, templates: Templates | None = None
) -> Notice:
    """For an editor who has forgotten their password."""
    return _link_notice("reset", (reset_url, "reset_url"), minutes, site_name, templates)


def _link_notice(
    about: str, link: tuple[str, str], minutes: int, site_name: str, templates: Templates | None
) -> Notice:
    """`about` begins the names of its words. `link` is the address and its name in templates."""
    language, site = language_of("en"), one_line(site_name)
    title = language.say(f"{about}_title")
    wording = Wording(
        subject=language.say(f"{about}_subject", site=site),
        sender=site,
        title=title,
        paragraphs=[language.say(f"{about}_text", site=site)],
        button=_link(title, *link),
        notes=[
            language.say(f"{about}_expiry", minutes=minutes),
            language.say(f"{about}_ignore"),
        ],
    )
    return _notice(wording, language, {}, templates)


def account_notice(
    change: str, account_url: str, at: datetime, site_name: str, templates: Templates | None = None
) -> Notice:
    """For an editor. `change` begins the names of its words: new_device, new_password …"""
    language, site = language_of("en"), one_line(site_name)
    when = f"{said_time(at, 'UTC')} UTC"
    wording = Wording(
        subject=language.say(f"{change}_subject", site=site),
        sender=site,
        title=language.say(f"{change}_title"),
        paragraphs=[language.say(f"{change}_text", site=site, when=when)],
        button=_link(language.say("account_button"), account_url, "account_url"),
        notes=[language.say("account_not_you"), language.say("account_ignore")],
    )
    return _notice(wording, language, {}, templates)


def invitation_notice(  # noqa: PLR0913  who invites whom, to what, and until when
    sign_in_url: str,
    days: int,
    *,
    inviter: str,
    posts: Sequence[str],
    site_name: str,
    templates: Templates | None = None,
) -> Notice:
    """For a new editor, who expects nothing: it says who invites them, and to what.

    `posts` are what they have become: "an editor of Field Notes".
    """
    language, site, who = language_of("en"), one_line(site_name), one_line(inviter)
    text = "sign_in_invited_text" if posts else "sign_in_invited_account"
    wording = Wording(
        subject=language.say("sign_in_invited_subject", inviter=who, site=site),
        sender=site,
        title=language.say("sign_in_invited_title"),
        paragraphs=[
            language.say(text, inviter=who, posts=", ".join(one_line(post) for post in posts)),
            language.say("sign_in_invited_first_step"),
        ],
        button=_link(language.say("sign_in_invited_button"), sign_in_url, "sign_in_url"),
        notes=[
            language.say("sign_in_invited_expiry", days=days),
            language.say("sign_in_invited_ignore", inviter=who),
        ],
    )
    return _notice(wording, language, {}, templates)


def role_invitation_notice(  # noqa: PLR0913  who invites whom, to what, and until when
    url: str,
    days: int,
    *,
    inviter: str,
    newsletter: str,
    role: Role,
    templates: Templates | None = None,
) -> Notice:
    language, who, name = language_of("en"), one_line(inviter), one_line(newsletter)
    wording = Wording(
        subject=f"{who} invites you to {name}",
        sender=name,
        title=language.say("sign_in_invited_title"),
        paragraphs=[f"{who} invites you to {name} as {role.with_article}."],
        button=_link(language.say("sign_in_invited_button"), url, "url"),
        notes=[
            language.say("sign_in_invited_expiry", days=days),
            language.say("sign_in_invited_ignore", inviter=who),
        ],
    )
    return _notice(wording, language, {}, templates)


def doctor_notice(
    url: str,
    faults: Sequence[str],
    mended: Sequence[str],
    *,
    site_name: str,
    templates: Templates | None = None,
) -> Notice:
    """For an administrator. `faults` and `mended` are sentences."""
    site = one_line(site_name)
    counts = [(len(faults), "new"), (len(mended), "mended")]
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    wording = Wording(
        subject=f"{site}: faults that affect your mail ({told})",
        sender=site,
        title="The doctor found a change",
        paragraphs=[
            *(f"New: {one_line(fault)}" for fault in faults),
            *(f"Mended: {one_line(fault)}" for fault in mended),
        ],
        button=_link("Open the doctor", url, "url"),
        notes=["The doctor looks once a day, and tells administrators of each change once."],
    )
    return _notice(wording, language_of("en"), {}, templates)


def unread_notice(
    url: str, waiting: Sequence[Waiting], *, site_name: str, templates: Templates | None = None
) -> Notice:
    """For an owner or an administrator: mail from people that was forwarded to nobody."""
    site, count = one_line(site_name), sum(one.count for one in waiting)
    messages = "1 message" if count == 1 else f"{count:,} messages"
    wording = Wording(
        subject=f"{site}: {messages} that nobody got by email",
        sender=site,
        title="Mail that came back for a person to read",
        paragraphs=[f"{one_line(one.newsletter)}: {one.count:,}." for one in waiting],
        button=_link("Read them", url, "url"),
        notes=[
            "Give the newsletter a reply address in its settings, and replies are forwarded to it.",
            "We delete the text of messages after 7 days. You get this mail at most once a day.",
        ],
        links=[_link(one_line(one.newsletter), one.url, "url") for one in waiting[1:]],
    )
    return _notice(wording, language_of("en"), {}, templates)


def _link(words: str, url: str, name: str) -> Link:
    return Link(words, require_web_url(url, name))


def _notice(
    wording: Wording, language: Language, theme: dict[str, Any], templates: Templates | None
) -> Notice:
    templates = templates or templates_in("")
    values = {
        **look_values(theme, language),
        "title": wording.title,
        "language": language,
        "say": language.say,
        "sender": wording.sender,
        "paragraphs": wording.paragraphs,
        "button": wording.button,
        "notes": wording.notes,
        "links": wording.links,
        "postal_lines": [line.strip() for line in wording.postal_address.splitlines()],
        "wrap": lambda text: "\n".join(wrap(text)),
        "underline": lambda text, mark: mark * columns(text),
    }
    return Notice(
        subject=wording.subject,
        html=templates.html(NOTICE_HTML, values),
        text=templates.text(NOTICE_TEXT, values),
    )
