"""A newsletter with a long list and a long past, made by the set: subscribers with common, rare and
old tags, attributes and sources; a thousand issues; ledgers, clicks and what came back.
"""

# ruff: noqa: S608  all values in the statements are ours
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection
from tqdm import tqdm

from benchmarks.readers import a_newsletter, an_issue, analyse
from benchmarks.sending import freeze
from benchmarks.statements import Statements
from newsletter.domain.readers.reader_sections import muted_tag
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context

SLUG = "bench"
IMPORTED, SENT, PLANNED = 900, 52, 8
"""Of the issues, in a list of a thousand; the others are drafts."""
ENTRIES = 22
COMMON, MIDDLE, RARE, OLD = "weekly", "berlin", "founders", "early"
"""Tags: of a half, of 2 in 100, of 50 in all, and of the first 2 in 100."""
SECTION = "Offers"
"""One in 20 muted it."""
FEW = 50
"""So many have what is rare."""


@dataclass(frozen=True, slots=True)
class LongList:
    """What a page of it can name."""

    newsletter_id: int
    rows: int
    issues: int

    @property
    def imported(self) -> int:
        return min(self.issues * IMPORTED // 1000, self.issues - 10)

    @property
    def last_sent(self) -> int:
        """The issue that has just gone out to all."""
        return self.imported + max(self.issues * SENT // 1000, 6)

    @property
    def last_planned(self) -> int:
        return self.last_sent + max(self.issues * PLANNED // 1000, 2)

    @property
    def planned(self) -> int:
        """The next one, for a tag; the one after it goes to the same tag an hour later."""
        return self.last_sent + 1


def build(context: Context, rows: int, issues: int) -> LongList:
    """Into an empty database."""
    newsletter_id = a_newsletter(context, SLUG)
    long_list = LongList(newsletter_id, rows, issues)
    first = an_issue(context, newsletter_id, ENTRIES)
    with context.database.write() as session:
        _Maker(session.connection(), context, long_list).people(1)
    freeze(context, first)
    steps = list(_steps(long_list))
    for step in tqdm(steps, unit=" steps", leave=False, disable=None):
        with context.database.write() as session:
            step(_Maker(session.connection(), context, long_list))
    keep_figures(context)  # as the ticker does when an issue has ended
    analyse(context)
    return long_list


def _steps(long_list: LongList) -> Iterator[Callable[[_Maker], None]]:
    yield _Maker.forget_first
    at_once = 100_000
    for begin in range(1, long_list.rows + 1, at_once):
        end = min(begin + at_once - 1, long_list.rows)
        yield partial(_Maker.people, to=end, since=begin)
    yield _Maker.issues
    yield _Maker.editions
    last = long_list.last_sent
    for issue in range(long_list.imported + 1, last + 1):
        yield partial(_Maker.ledger, issue=issue)
    yield _Maker.feedback
    yield _Maker.clicks
    yield _Maker.figures
    yield _Maker.events
    yield _Maker.others


class _Maker(Statements):
    def __init__(self, connection: Connection, context: Context, long_list: LongList) -> None:
        super().__init__(connection, context.now())
        self._list = long_list
        self._every = max(long_list.rows // FEW, 1)

    def forget_first(self) -> None:
        for table in ("deliveries", "batches", "consents", "subscriptions", "subscribers"):
            self._run(f"DELETE FROM {table}")

    def people(self, to: int, since: int = 1) -> None:
        number = self._numbers(since, to)
        at = self._ago(f"({self._list.rows} - n) * {94_608_000 / self._list.rows}")
        plan = self._case(f"n % {self._every} = 3", "patron", "n % 10 = 0", "paid", "free")
        city = self._case("n % 2 = 0", "Berlin", "n % 50 = 1", "Oslo", "Vienna")
        attributes = f'\'{{"plan": "\' || {plan} || \'", "city": "\' || {city} || \'"}}\''
        address = (
            "'reader' || n || CASE WHEN n % 10 < 4 THEN '@bigmail.example.org' "
            "ELSE '@mail' || n % 500 || '.example.org' END"
        )
        self._run(
            "INSERT INTO subscribers (id, address, address_key, created_at) "
            f"{number} SELECT n, {address}, {address}, {at} FROM numbers"
        )
        state = self._case(
            "n % 100 < 92",
            "active",
            "n % 100 < 97",
            "unsubscribed",
            "n % 100 < 99",
            "pending",
            "suppressed",
        )
        self._run(
            "INSERT INTO subscriptions (id, newsletter_id, subscriber_id, state, state_at, "
            "state_how, tags, created_at, name, attributes) "
            f"{number} SELECT n, {self._list.newsletter_id}, n, "
            f"{state}, {at}, 'imported', {self._json(self._tags())}, {at}, 'Reader ' || n, "
            f"{self._json(attributes)} FROM numbers"
        )
        kind = self._case(
            "n % 10 = 0", "asked", f"n % {self._every} = 7 % {self._every}", "added", "imported"
        )
        self._evidence(number, kind, at, "true")
        self._evidence(number, "'confirmed'", at, "n % 10 = 0")
        self._evidence(number, "'withdrawn'", at, "n % 100 BETWEEN 92 AND 96")

    def _tags(self) -> str:
        having = {
            COMMON: "n % 2 = 0",
            MIDDLE: "n % 50 = 0",
            RARE: f"n % {self._every} = 0",
            OLD: f"n <= {self._list.rows // 50}",
            muted_tag(SECTION): "n % 20 = 3",
        }
        each = "||".join(
            f"CASE WHEN {which} THEN ', \"{tag}\"' ELSE '' END" for tag, which in having.items()
        )
        return f"'[' || substr({each}, 3) || ']'"

    def _evidence(self, number: str, kind: str, at: str, which: str) -> None:
        self._run(
            "INSERT INTO consents (subscription_id, kind, at, how, actor, form_url, wording_hash, "
            f"wording_version, message_id) {number} SELECT n, {kind}, {at}, "
            f"'They ticked a box (readers.csv, line ' || n || ')', 'bench', '', '', '', '' "
            f"FROM numbers WHERE {which}"
        )

    def issues(self) -> None:
        """Each a copy of the first one, with its sections and entries."""
        imported, last = self._list.imported, self._list.last_sent
        planned = self._list.last_planned
        state = self._case(
            f"n <= {imported}",
            "imported",
            f"n <= {last}",
            "sent",
            f"n <= {planned}",
            "scheduled",
            "draft",
        )
        sent_at = self._ago(f"({last} - n) * 604800 + 3600")
        due_at = self._ago(f"-86400 * 3 - (n - {last}) * 3600")
        audience = self._case(f"n <= {last}", "[]", f'[["tag", "{MIDDLE}"]]')
        self._copy(
            "issues",
            self._numbers(2, self._list.issues),
            "numbers",
            "one.id = 1",
            id="n",
            number="n",
            title="'Issue ' || n",
            state=state,
            state_at=sent_at,
            sent_at=f"CASE WHEN n <= {last} THEN {sent_at} END",
            scheduled_at=f"CASE WHEN n <= {last} THEN {sent_at} WHEN n <= {planned} "
            f"THEN {due_at} END",
            undo_until="NULL",
            audience=self._json(audience),
        )
        self._copy("sections", "", "issues", "issues.id > 1", id="issues.id", issue_id="issues.id")
        entry = "(sections.id * 100 + one.id)"
        self._copy("entries", "", "sections", "sections.id > 1", id=entry, section_id="sections.id")
        self._run(
            "INSERT INTO imported_issues (issue_id, service, source, fingerprint, imported_at) "
            "SELECT id, 'ghost', 'issue-' || id, 'print-' || id, state_at FROM issues "
            "WHERE state = 'imported'"
        )
        self._run(
            "UPDATE issues SET state = 'sent', number = 1, sent_at = scheduled_at WHERE id = 1"
        )

    def editions(self) -> None:
        which = "issues.id > 1 AND issues.state = 'sent'"
        self._copy(
            "editions",
            "",
            "issues",
            which,
            id="issues.id",
            issue_id="issues.id",
            number="issues.number",
            subject="issues.title",
            frozen_at="issues.sent_at",
            active_at_freeze="0",
        )
        self._copy("edition_links", "", "issues", which, edition_id="issues.id")

    def ledger(self, issue: int) -> None:
        """Of a twentieth of the readers, or of all of them for the last one."""
        which = "true" if issue == self._list.last_sent else f"subscriber_id % 20 = {issue % 20}"
        state = self._case(
            "subscriber_id % 300 = 1", "failed", "subscriber_id % 700 = 2", "withdrawn", "accepted"
        )
        self._run(
            "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, state, state_at, "
            "relay, attempts, reply_stage, reply_code, reply_enhanced, reply_text, queue_id, "
            f"detail) SELECT {issue}, subscriber_id, subscriptions.id, {state}, "
            "editions.frozen_at, 'relay.example.org', 1, 'dot', 250, '2.0.0', 'Ok', 'ABCDEF', '' "
            "FROM subscriptions JOIN editions ON editions.id = :issue "
            f"WHERE subscriptions.state = 'active' AND {which} ORDER BY subscriber_id",
            issue=issue,
        )
        self._run(
            "UPDATE editions SET active_at_freeze = (SELECT count(*) FROM deliveries "
            "WHERE edition_id = :issue) WHERE id = :issue",
            issue=issue,
        )
        self._run(
            "INSERT INTO edition_domains (edition_id, domain, copies, accepted, failed) "
            f"{self._numbers(0, 499)} SELECT :issue, 'mail' || n || '.example.org', 1000, 990, 10 "
            "FROM numbers",
            issue=issue,
        )

    def feedback(self) -> None:
        """Three in a hundred of the last issue's copies."""
        verdict = self._case(
            "subscriber_id % 3000 = 1",
            "complaint",
            "subscriber_id % 300 = 1",
            "hard",
            "subscriber_id % 900 = 301",
            "reply",
            "soft",
        )
        at = "state_at"
        self._run(
            "INSERT INTO inbound_messages (id, door, received_at, sender, recipients, size_bytes, "
            f"content_key, state, state_at, attempts, detail) {self._numbers(1, FEW * 400)} "
            f"SELECT n, 'smtp', {self._moment()}, '', {self._none}, 900, "
            f"'key-' || n, 'judged', {self._moment()}, 1, '' FROM numbers"
        )
        self._run(
            "INSERT INTO feedback (inbound_id, at, newsletter_id, edition_id, subscriber_id, "
            "proof, recipient, verdict, status, reply, diagnostic, reason, rule) "
            f"SELECT 1 + subscriber_id % {FEW * 400}, {at}, {self._list.newsletter_id}, "
            f"edition_id, subscriber_id, 'verp', '', {verdict}, '5.1.1', '550', 'user unknown', "
            "'unknown-user', 'bench' FROM deliveries "
            "WHERE edition_id = :issue AND subscriber_id % 30 = 1",
            issue=self._list.last_sent,
        )

    def clicks(self) -> None:
        self._run("UPDATE newsletters SET clicks = 'reader'")
        verdict = "CASE WHEN subscriber_id % 5 = 0 THEN 'agent' ELSE 'person' END"
        self._run(
            "INSERT INTO clicks (id, edition_id, number, subscriber_id, at, sign, verdict) "
            "SELECT edition_id * 100000000 + subscriber_id, edition_id, 1 + subscriber_id % 20, "
            f"subscriber_id, state_at, '', {verdict} FROM deliveries "
            "WHERE edition_id IN (:issue, :issue - 1) AND subscriber_id % 5 < 2",
            issue=self._list.last_sent,
        )
        self._run(
            "INSERT INTO click_counts (edition_id, number, verdict, clicks) "
            "SELECT edition_id, number, 'person', 5000 FROM edition_links"
        )
        for link in ("number", "0"):
            self._run(
                "INSERT INTO click_readers (edition_id, number, readers) "
                f"SELECT edition_id, {link} AS link, count(DISTINCT subscriber_id) FROM clicks "
                "WHERE verdict = 'person' GROUP BY edition_id, link"
            )

    def figures(self) -> None:
        day = "CAST(:now AS date) - n" if not self._is_sqlite else "date(:now, '-' || n || ' days')"
        for kind, how in (("imported", "other"), ("confirmed", ""), ("withdrawn", "other")):
            self._run(
                "INSERT INTO reader_days (day, newsletter_id, kind, how, readers) "
                f"{self._numbers(1, 1000)} SELECT {day}, {self._list.newsletter_id}, '{kind}', "
                f"'{how}', 100 FROM numbers",
                now=self._now_text(),
            )

    def events(self) -> None:
        """Readers' own acts, and those of people, in an order as of years."""
        action = self._case("n % 20 = 0", "issue.saved", "subscriber.confirmed")
        who = self._case("n % 20 = 0", "editor", "reader")
        kind = self._case("n % 20 = 0", "issue", "subscriber")
        subject = f"CASE WHEN n % 20 = 0 THEN 1 + n % {self._list.issues} ELSE n END"
        self._run(
            "INSERT INTO events (at, action, who_kind, who_id, who_name, subject_kind, subject_id, "
            f"facts) {self._numbers(1, self._list.rows // 5)} SELECT {self._moment()}, {action}, "
            f"{who}, 1, 'Ada', {kind}, {subject}, {self._empty} FROM numbers"
        )

    def others(self) -> None:
        """Suppressions, pictures, sponsors, notes, versions, and mail to one person."""
        at, few = self._moment(), self._numbers(1, max(self._list.rows // 100, FEW))
        own = self._list.newsletter_id
        self._run(
            "INSERT INTO suppressions (address_hash, newsletter_id, subscriber_id, is_former, "
            f"reason, source, detail, actor, at) {few} SELECT 'hash-' || n, NULL, n * 100 - 1, "
            f"false, 'hard bounce', 'report', '', '', {at} FROM numbers"
        )
        self._run(
            "INSERT INTO outbox (kind, newsletter_id, subscriber_id, payload, state, state_at, "
            "created_at, due_at, expires_at, attempts, reply_stage, reply_enhanced, reply_text, "
            f"queue_id, detail) {few} SELECT 'confirmation', {own}, n, "
            f"{self._empty}, 'accepted', {at}, {at}, {at}, {at}, 1, 'dot', "
            "'', '', '', '' FROM numbers"
        )
        some = self._numbers(1, 500)
        self._run(
            "INSERT INTO pictures (newsletter_id, name, webps, width, height, size_bytes, alt, "
            f"file_name, added_at, added_by) {some} SELECT {own}, 'picture-' || n || '.png', "
            f"{self._empty}, 600, 400, 9000, 'A picture', 'picture.png', "
            f"{at}, 'Ada' FROM numbers"
        )
        self._run(
            "INSERT INTO subscriber_notes (newsletter_id, subscriber_id, text, at, by) "
            f"{few} SELECT {own}, n, 'Called.', {at}, 'Ada' FROM numbers"
        )
