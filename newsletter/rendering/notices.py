"""The mails of one sentence and one button: please confirm, here is your sign-in link."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.domain.newsletters import NewsletterProfile
from newsletter.rendering.personal import one_line, require_web_url
from newsletter.rendering.templates import NOTICE_HTML, NOTICE_TEXT, templates_in
from newsletter.rendering.theme import look_values
from newsletter.rendering.words import Language, language_of
from newsletter.rendering.wrapping import wrap


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    html: str
    text: str


def confirmation_notice(profile: NewsletterProfile, confirm_url: str, expires_days: int) -> Notice:
    """Nothing that the signer typed is in it: whoever gets it may not have asked for it."""
    language = language_of(profile.language)
    name = one_line(profile.name)
    return _notice(
        language,
        subject=language.say("confirm_subject", newsletter=name),
        sender=name,
        title=language.say("confirm_title"),
        paragraphs=[language.say("confirm_text", newsletter=name)],
        button=language.say("confirm_button"),
        url=require_web_url(confirm_url, "confirm_url"),
        notes=[language.say("confirm_expiry", days=expires_days), language.say("confirm_ignore")],
        postal_address=profile.postal_address,
        theme=profile.theme,
    )


def sign_in_notice(sign_in_url: str, minutes: int, site_name: str) -> Notice:
    language = language_of("en")
    site = one_line(site_name)
    return _notice(
        language,
        subject=language.say("sign_in_subject", site=site),
        sender=site,
        title=language.say("sign_in_title"),
        paragraphs=[language.say("sign_in_text", site=site)],
        button=language.say("sign_in_title"),
        url=require_web_url(sign_in_url, "sign_in_url"),
        notes=[language.say("sign_in_expiry", minutes=minutes), language.say("sign_in_ignore")],
        postal_address="",
        theme={},
    )


def _notice(  # noqa: PLR0913  what a notice says
    language: Language,
    *,
    subject: str,
    sender: str,
    title: str,
    paragraphs: list[str],
    button: str,
    url: str,
    notes: list[str],
    postal_address: str,
    theme: dict[str, object],
) -> Notice:
    values = {
        "title": title,
        "language": language,
        "say": language.say,
        **look_values(theme, language),
        "sender": sender,
        "paragraphs": paragraphs,
        "button": button,
        "url": url,
        "notes": notes,
        "links": [],
        "postal_lines": [line.strip() for line in postal_address.splitlines()],
        "wrap": lambda text: "\n".join(wrap(text)),
    }
    return Notice(
        subject=subject,
        html=templates_in("").html(NOTICE_HTML, values),
        text=templates_in("").text(NOTICE_TEXT, values),
    )
