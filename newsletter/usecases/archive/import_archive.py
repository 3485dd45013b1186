"""The archive of a newsletter that was sent elsewhere moves in: past issues, and nothing is mailed.

It can be run again: what is there already stays as it is. Killed in the middle, a second run does
the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.domain.issues.base_addresses import base_address
from newsletter.domain.issues.issue import SectionContent
from newsletter.domain.past_issues import Judged, Outcome, PastIssue, Pictures, judge
from newsletter.domain.staff.principals import Principal
from newsletter.net.fetch import FetchPolicy
from newsletter.reading.archives.files import ArchiveFiles
from newsletter.reading.archives.found import NotTaken
from newsletter.reading.archives.past_issues import HowToRead, read_past_issue
from newsletter.reading.archives.services import Service, service_of
from newsletter.rendering.bodies.placeholders import without_placeholders
from newsletter.store.issues.issues import lock_newsletter
from newsletter.store.issues.past_issues import add_past_issue, known_issues
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.pictures.adopt_pictures import adopt_pictures
from newsletter.usecases.pictures.fetch_pictures import PictureFetcher, picture_fetcher

ISSUES_AT_ONCE = 20
"""In one transaction: short enough for others to write between two of them."""

OpenArchive = Callable[[], AbstractContextManager[ArchiveFiles]]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total`: files that were read, then issues that were imported."""

    doing: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """`service` is "" for a folder of digests."""

    service: str
    files: tuple[Judged, ...]
    dry_run: bool = False

    def count(self, *outcomes: Outcome) -> int:
        return sum(one.outcome in outcomes for one in self.files)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left for the editor to look at."""
        return not self.count(Outcome.REFUSED, Outcome.CHANGED)

    @property
    def summary(self) -> str:
        would = "would be " if self.dry_run else ""
        words = {
            Outcome.NEW: f"{would}imported",
            Outcome.THERE: "already there",
            Outcome.CHANGED: "changed since",
            Outcome.REFUSED: "refused",
            Outcome.LEFT_OUT: "left out",
        }
        counts = [(self.count(outcome), said) for outcome, said in words.items()]
        told = ", ".join(f"{count:,} {said}" for count, said in counts if count)
        return f"{len(self.files):,} files: {told}." if told else "There is nothing in it."

    def to_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "dry_run": self.dry_run,
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            "files": [one.to_json() for one in self.files],
        }


@dataclass(frozen=True, slots=True)
class _Archive:
    """`past` are the issues in it, `others` what became of its other files."""

    service: Service
    past: list[PastIssue] = field(default_factory=list)
    others: list[Judged] = field(default_factory=list)


def import_archive(  # noqa: PLR0913  what, by whom, and how
    context: Context,
    slug: str,
    open_archive: OpenArchive,
    principal: Principal,
    *,
    base_url: str = "",
    dry_run: bool = False,
    pictures: Pictures = Pictures.LINK,
    policy: FetchPolicy | None = None,
) -> Iterator[Progress | ArchiveReport]:
    """The last value is the report. A caller that stops earlier has imported a part.

    Raises NotFound, Forbidden, and InvalidInput for what can't be opened.
    """
    require_for_newsletter(context, principal, "import_archive", slug)
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
    is_fetching = pictures is Pictures.FETCH
    fetcher = picture_fetcher(context.settings, policy) if is_fetching else None
    now = context.now().astimezone(ZoneInfo(profile.time_zone))
    how = HowToRead(
        newsletter=profile.name,
        time_zone=profile.time_zone,
        most_bytes=context.settings.max_digest_bytes,
        today=now.date(),
        base_url=base_address(base_url) or profile.base_url,
    )
    return _steps(context, profile.id, open_archive, principal, how, fetcher, dry_run=dry_run)


def _steps(  # noqa: PLR0913, PLR0917  as above
    context: Context,
    newsletter_id: int,
    open_archive: OpenArchive,
    principal: Principal,
    how: HowToRead,
    fetcher: PictureFetcher | None,
    *,
    dry_run: bool,
) -> Iterator[Progress | ArchiveReport]:
    with open_archive() as files:
        archive = _Archive(service_of(files))
        archive.others.extend(map(_not_taken, files.not_taken))
        yield from _read(archive, files, how)
    judged = _judge(context, newsletter_id, archive.past, how)
    if not dry_run:
        new = [one for one in judged if one.outcome is Outcome.NEW]
        late: dict[str, Judged] = {}
        service = archive.service.name
        yield from _import(context, newsletter_id, service, new, principal, fetcher, late)
        judged = [late.get(_text_of(one), one) for one in judged]
    report = (*judged, *sorted(archive.others, key=_refused_first))
    yield ArchiveReport(archive.service.name, report, dry_run)


def _read(archive: _Archive, files: ArchiveFiles, how: HowToRead) -> Iterator[Progress]:
    total, sources = len(files.files), set()
    for done, found in enumerate(archive.service.read(files), 1):
        sources.add(found.source)
        if isinstance(found, NotTaken):
            archive.others.append(_not_taken(found))
            continue
        try:
            archive.past.append(_without_places(read_past_issue(found, how)))
        except NewsletterError as error:
            archive.others.append(Judged(found.source, Outcome.REFUSED, str(error)))
        yield Progress("Reading", done, max(done, total))
    archive.others.extend(
        Judged(file.path, Outcome.LEFT_OUT, f"{archive.service.name} has no issue in it.")
        for file in files.files
        if file.path not in sources and not archive.service.is_table(file)
    )
    if not archive.past and not archive.others:
        raise InvalidInput(
            "There is no issue in it.",
            advice="It should have digests in Markdown, HTML or text, or an export of Curated, "
            "Buttondown, Substack, Ghost or Mailchimp.",
            field="file",
        )


def _not_taken(found: NotTaken) -> Judged:
    outcome = Outcome.REFUSED if found.is_refused else Outcome.LEFT_OUT
    return Judged(found.source, outcome, found.reason)


def _refused_first(judged: Judged) -> bool:
    return judged.outcome is not Outcome.REFUSED


def _without_places(past: PastIssue) -> PastIssue:
    """What another service filled in for a subscriber must not mean a field of ours."""
    content = past.content
    filled = replace(
        content,
        title=without_placeholders(content.title),
        subject=without_placeholders(content.subject),
        intro=without_placeholders(content.intro),
        sections=tuple(map(_section_without_places, content.sections)),
    )
    return replace(past, content=filled)


def _section_without_places(section: SectionContent) -> SectionContent:
    return replace(
        section,
        title=without_placeholders(section.title),
        intro=without_placeholders(section.intro),
        entries=tuple(
            replace(
                entry,
                title=without_placeholders(entry.title),
                body=without_placeholders(entry.body),
            )
            for entry in section.entries
        ),
    )


def _judge(
    context: Context, newsletter_id: int, past: list[PastIssue], how: HowToRead
) -> list[Judged]:
    with context.database.read() as session:
        known = known_issues(session, newsletter_id, how.time_zone)
    return judge(past, known, how.today)


def _import(  # noqa: PLR0913, PLR0917  what, from where, by whom
    context: Context,
    newsletter_id: int,
    service: str,
    new: list[Judged],
    who: Principal,
    fetcher: PictureFetcher | None,
    late: dict[str, Judged],
) -> Iterator[Progress]:
    """In the order of their numbers, so that a run that was killed gives the same ones again.

    `late` gets those of which more is known now, by the hash of their text: whose pictures were
    fetched, and whose number was taken meanwhile.
    """
    ordered = sorted(new, key=_number)
    for start in range(0, len(ordered), ISSUES_AT_ONCE):
        batch = ordered[start : start + ISSUES_AT_ONCE]
        if fetcher:
            yield from _fetch(fetcher, batch)
            batch = list(map(fetcher.placed, batch))
            late |= {_text_of(one): one for one in batch}
        for one in _write(context, newsletter_id, service, batch, who):
            late[_text_of(one)] = one
        yield Progress("Importing", start + len(batch), len(ordered))
        if fetcher:
            yield from _adopt(context, newsletter_id, fetcher, who)
    if fetcher and not ordered:  # What an earlier import brought may have no rows yet.
        yield from _adopt(context, newsletter_id, fetcher, who)


def _fetch(fetcher: PictureFetcher, batch: Sequence[Judged]) -> Iterator[Progress]:
    contents = [one.past.content for one in batch if one.past]
    for done, total in fetcher.fetch(contents):
        yield Progress("Fetching pictures", done, total)


def _adopt(
    context: Context, newsletter_id: int, fetcher: PictureFetcher, who: Principal
) -> Iterator[Progress]:
    for done, total in adopt_pictures(context, newsletter_id, fetcher.origins, who):
        yield Progress("Adding pictures to the library", done, total)


def _text_of(judged: Judged) -> str:
    """Its hash: two issues may be from one file, but none are the same text."""
    return judged.past.fingerprint if judged.past else ""


def _number(judged: Judged) -> int:
    return (judged.past and judged.past.content.number) or 0


def _write(
    context: Context,
    newsletter_id: int,
    service: str,
    batch: Sequence[Judged],
    who: Principal,
) -> list[Judged]:
    """Those that were not written after all."""
    now, late = context.now(), []
    with context.database.write() as session:
        lock_newsletter(session, newsletter_id)
        taken = {one.number for one in known_issues(session, newsletter_id, "UTC")}
        for one in batch:
            if one.past and one.past.content.number not in taken:
                add_past_issue(session, newsletter_id, one.past, service, who, now)
            else:
                reason = f"Issue {_number(one)} was made meanwhile. Import it again."
                late.append(replace(one, outcome=Outcome.REFUSED, reason=reason))
    return late
