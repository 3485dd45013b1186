"""Builders of issues as they are rendered: each names only what matters to the test."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.edition.edition import RenderedEdition, prepare_issue
from newsletter.rendering.message.message import IssueMessages
from newsletter.rendering.parts.personal import ReaderValues

PROFILE = NewsletterProfile(
    id=1,
    slug="notes",
    name="Field Notes",
    description="",
    sender_name="Ada Editor",
    sender_address="ada@example.org",
    reply_to="",
    postal_address="1 Garden Lane\n10115 Berlin",
    time_zone="Europe/Berlin",
    language="en",
    list_label="notes",
)
READER = ReaderValues(
    address="grace@example.com",
    name="Grace Hopper",
    unsubscribe_url="https://news.example.org/unsubscribe/TOKEN-U",
    preferences_url="https://news.example.org/preferences/TOKEN-P",
)


def an_issue(*entries: EntryContent, **values: object) -> IssueContent:
    content = IssueContent(
        title="On slow tools",
        subject="On slow tools",
        preheader="Two links",
        intro="Good *morning*.",
        number=7,
        sections=(SectionContent("", entries or (an_entry(),)),),
    )
    return replace(content, **values)


def an_entry(title: str = "A title", body: str = "Some text.", **values: object) -> EntryContent:
    return replace(EntryContent(title, "https://example.com/a", ("example.com",), body), **values)


def rendered(
    content: IssueContent, profile: NewsletterProfile = PROFILE, **values: object
) -> RenderedEdition:
    return prepare_issue(
        content,
        profile,
        web_url="https://news.example.org/n/notes/archive/7",
        issue_date=date(2026, 11, 23),
        public_url="https://news.example.org",
        **values,
    ).edition()


def built(
    edition: RenderedEdition,
    reader: ReaderValues = READER,
    profile: NewsletterProfile = PROFILE,
    **values: object,
) -> bytes:
    message_id = str(values.pop("message_id", "<1.2@example.org>"))
    one_click_url = str(values.pop("one_click_url", reader.unsubscribe_url))
    given = {
        "date": datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        "archive_url": "https://news.example.org/n/notes/archive",
        "help_url": "https://news.example.org/n/notes",
        "list_domain": "news.example.org",
        "feedback_id": "issue1:notes:newsletter:example.org",
    } | values
    return IssueMessages(edition, profile, **given).copy(reader, message_id, one_click_url)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert not message.defects
    assert not [defect for part in message.walk() for defect in part.defects]
    return message
