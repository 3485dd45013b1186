"""Which service an archive is from, by what is in it, and the issues in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from newsletter.reading.archives.buttondown import is_buttondown, read_buttondown
from newsletter.reading.archives.curated import is_curated, read_curated
from newsletter.reading.archives.digest_files import read_digest_files
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found
from newsletter.reading.archives.ghost import is_ghost, read_ghost
from newsletter.reading.archives.mailchimp import is_mailchimp, read_mailchimp
from newsletter.reading.archives.substack import is_substack, read_substack


class Service(NamedTuple):
    """`tables` are the files that say something of all issues and are none themselves."""

    name: str
    is_it: Callable[[ArchiveFiles], bool]
    read: Callable[[ArchiveFiles], Iterator[Found]]
    tables: tuple[str, ...] = ()

    def is_table(self, file: ArchiveFile) -> bool:
        return file.name.lower().endswith(self.tables)


SERVICES = (
    Service("Curated", is_curated, read_curated),
    Service("Buttondown", is_buttondown, read_buttondown, ("emails.csv", "emails.json")),
    Service("Substack", is_substack, read_substack, ("posts.csv",)),
    Service("Mailchimp", is_mailchimp, read_mailchimp, ("campaigns.csv",)),
    Service("Ghost", is_ghost, read_ghost, (".json",)),
)
FILES = Service("", lambda _: True, read_digest_files)
"""No service that we know: each file is an issue."""


def service_of(archive: ArchiveFiles) -> Service:
    return next((one for one in SERVICES if one.is_it(archive)), FILES)
