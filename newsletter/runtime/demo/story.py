"""The steps of the demonstration, and what must be true after each."""

from __future__ import annotations

import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import html

from newsletter.domain.issues.digests import Digest
from newsletter.runtime.demo.browser import Browser, Page, Unexpected, form_of
from newsletter.runtime.demo.inbox import Inbox, Mail
from newsletter.urls import confirmation_url, front_url, new_issue_url, newsletter_url

EDITOR, PASSWORD = "editor@example.org", "four unrelated words here"
NAME, SLUG = "The Harbour Digest", "news"
ZONE = "Atlantic/Reykjavik"  # without daylight saving: the demonstration works on any day
READERS = tuple(
    f"{name}@readers.example" for name in ("amira", "bjorn", "chloe", "diego", "undecided")
)
CONFIRMING, UNDECIDED, LEAVING = READERS[:4], READERS[4], READERS[3]
SCHEDULE_AHEAD = timedelta(seconds=2)
PATIENCE_S = 20.0

SECOND_DIGEST = """\
---
title: A short second issue
---

### [One link is enough](https://example.org/enough)

Readers who left after the first issue don't get this one.
"""


@dataclass
class Tally:
    """The counts of the summary. `problems` are sentences about what did not add up."""

    entries: int = 0
    signed_up: int = 0
    confirmed: int = 0
    delivered: int = 0
    unsubscribed: int = 0
    delivered_second: int = 0
    lost: int = 0
    duplicates: int = 0
    html_bytes: int = 0
    problems: list[str] = field(default_factory=list)

    def expect(self, what: str, got: object, wanted: object) -> None:
        if got != wanted:
            self.problems.append(f"{what}: {got} instead of {wanted}")


@dataclass
class Story:
    base_url: str
    inbox: Inbox
    digest_text: str
    digest: Digest
    say: Callable[[str], None]
    tally: Tally = field(default_factory=Tally)
    sample: Mail | None = None
    """One reader's copy of the first issue."""

    def __post_init__(self) -> None:
        self._editor = Browser(self.base_url)

    def play(self, sign_in_url: str) -> None:
        """Plays all steps. Raises Unexpected if it can't go on; other problems are in the tally."""
        self._set_up_newsletter(sign_in_url)
        first = self._write("The first issue", self.digest_text)
        self._sign_up()
        self._confirm()
        self._schedule(first)
        self._check_first(first)
        self._leave()
        second = self._write("A second issue", SECOND_DIGEST)
        self._send_now(second)
        self._check_second(second)
        self._count_losses()

    def _set_up_newsletter(self, sign_in_url: str) -> None:
        self.say("The first editor signs in and fills in the newsletter's settings.")
        page = self._editor.submit(self._editor.get(sign_in_url), "Sign in")
        self._editor.submit(page, "Continue", name="Ed Itor", address=EDITOR, password=PASSWORD)
        page = self._editor.get(newsletter_url(self.base_url, SLUG))
        self._editor.submit(
            page,
            "Save",
            name=NAME,
            description="Links worth an evening, once a week.",
            sender_name=NAME,
            sender_address="harbour@example.org",
            postal_address="Harbour Lane 12, 101 Reykjavík, Iceland",
            time_zone=ZONE,
            undo_minutes="0",  # so that nobody waits for the second issue
        )

    def _write(self, what: str, digest: str) -> str:
        """The URL of the issue's pages."""
        page = self._editor.get(new_issue_url(self.base_url, SLUG))
        page = self._editor.submit(page, "Create issue", digest=digest)
        issue = urllib.parse.urlsplit(page.url).path
        if not _form_value(page, "Save", "title"):
            self._editor.submit(page, "Save", title=NAME)
        self._editor.get(f"{issue}/preview")
        self.say(f"{what} is pasted and previewed.")
        return issue

    def _sign_up(self) -> None:
        self.say(f"{len(READERS)} readers sign up on the page.")
        for address in READERS:
            browser = Browser(self.base_url)
            browser.submit(browser.get(front_url(self.base_url)), "Sign up", address=address)
            self.tally.signed_up += 1
        self.inbox.wait_until(
            "A confirmation mail for everyone",
            lambda mails: {m.recipient for m in mails} >= set(READERS),
            PATIENCE_S,
        )

    def _confirm(self) -> None:
        self.say(f"{len(CONFIRMING)} confirm by the link in their mail; one only looks at it.")
        for mail in self.inbox.mails():
            if mail.recipient not in READERS:
                continue  # an editor's
            browser = Browser(self.base_url)
            page = browser.get(mail.link_with(confirmation_url("", "")))
            if mail.recipient in CONFIRMING:
                browser.submit(page, "Confirm subscription").must_say("You are subscribed")
                self.tally.confirmed += 1

    def _schedule(self, issue: str) -> None:
        local = datetime.now(ZoneInfo(ZONE)) + SCHEDULE_AHEAD
        typed = local.replace(tzinfo=None).isoformat(timespec="seconds")
        self.say(
            f"The issue is scheduled for {typed.replace('T', ' ')} and goes out automatically."
        )
        page = self._editor.get(f"{issue}/send").must_say("Ready to send")
        self._editor.submit(page, "Schedule", scheduled_at=typed).must_say("Goes out on")

    def _check_first(self, issue: str) -> None:
        copies = self._wait_for_copies(set(CONFIRMING), at_least=len(CONFIRMING))
        self._check_report(issue, accepted=len(CONFIRMING))
        self.tally.delivered = len(copies)
        self.sample = copies[0]
        self._check_content(copies[0])
        self.say(f"{len(copies)} copies arrived, one for each who confirmed.")

    def _check_content(self, mail: Mail) -> None:
        self.tally.html_bytes = len(mail.html.encode())
        shown = _collapsed(html.document_fromstring(mail.html).text_content())
        text = _collapsed(mail.text)
        for entry in self.digest.entries:
            title = _collapsed(entry.title)
            if title in shown and title in text:
                self.tally.entries += 1
            else:
                self.tally.problems.append(f"the email is missing the entry “{entry.title}”")

    def _leave(self) -> None:
        mail = next(mail for mail in self._issues() if mail.recipient == LEAVING)
        Browser(self.base_url).post(mail.one_click_url, {"List-Unsubscribe": "One-Click"})
        self.tally.unsubscribed += 1
        self.say("One leaves with one click, by the List-Unsubscribe header of the copy.")

    def _send_now(self, issue: str) -> None:
        page = self._editor.get(f"{issue}/send-now")
        self._editor.submit(page, _button_that_sends(page))

    def _check_second(self, issue: str) -> None:
        wanted = set(CONFIRMING) - {LEAVING}
        before = self.tally.delivered
        self._wait_for_copies(wanted, at_least=before + len(wanted))
        self._check_report(issue, accepted=len(wanted))
        self.tally.delivered_second = len(self._issues()) - before
        self.say(f"The second issue reached {self.tally.delivered_second}.")

    def _wait_for_copies(self, readers: set[str], *, at_least: int) -> list[Mail]:
        self.inbox.wait_until(
            f"The arrival of {len(readers)} copies",
            lambda _: len(self._issues()) >= at_least,
            PATIENCE_S,
        )
        return self._issues()

    def _check_report(self, issue: str, *, accepted: int) -> None:
        """The figures of the ledger, as an editor sees them."""
        deadline = time.monotonic() + PATIENCE_S
        while "Finished" not in (page := self._editor.get(f"{issue}/send")).words:
            if time.monotonic() > deadline:
                raise Unexpected(f"The issue is not finished: {page.words[:300]}")
            time.sleep(0.1)
        page.must_say(f"{accepted} of {accepted} accepted", "adds up")

    def _count_losses(self) -> None:
        tally = self.tally
        copies = Counter(
            (mail.recipient, str(mail.message["Message-ID"])) for mail in self._issues()
        )
        reached = Counter(recipient for recipient, _ in copies)
        wanted = Counter(dict.fromkeys(CONFIRMING, 2))
        wanted[LEAVING] = 1
        tally.duplicates = sum(copies.values()) - len(copies)
        tally.lost = (wanted - reached).total()
        tally.expect("copies to someone who should not get any", (reached - wanted).total(), 0)
        tally.expect("readers who got the first issue", tally.delivered, len(CONFIRMING))
        tally.expect("readers who got the second", tally.delivered_second, len(CONFIRMING) - 1)
        tally.expect("copies lost", tally.lost, 0)
        tally.expect("copies too many", tally.duplicates, 0)

    def _issues(self) -> list[Mail]:
        return [mail for mail in self.inbox.mails() if mail.is_issue]


def _form_value(page: Page, button: str, name: str) -> str:
    return form_of(page, button)[0].fields.get(name) or ""


def _button_that_sends(page: Page) -> str:
    for form in page.document.forms:
        for button in form.xpath(".//button"):
            words = " ".join(button.text_content().split())
            if words.startswith("Send"):
                return words
    raise Unexpected(f"{page.url} has no button that sends: {page.words[:300]}")


def _collapsed(text: str) -> str:
    return " ".join(text.split())
