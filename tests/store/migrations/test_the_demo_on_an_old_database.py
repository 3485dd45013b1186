"""The demonstration's journey on a database of the version before, with an issue half-sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from newsletter.config import Settings
from newsletter.domain.issues.issue import IssueState
from newsletter.reading.digests.digest import parse_digest
from newsletter.runtime.demo.inbox import Inbox
from newsletter.runtime.demo.run import SAMPLE, Wish, running_newsletter
from newsletter.runtime.demo.story import SLUG, ZONE, Story
from newsletter.store.database import Database
from newsletter.store.models import Delivery, Issue
from tests.store.migrations.revision_0006 import SENDING, STATES, OldRows, reset_sequences
from tests.support.issues import an_issue, rendered

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]


def test_the_journey_passes_and_the_old_issues_are_as_they_were(
    database_at: Callable[[str], Database], tmp_path: Path
) -> None:
    """The old readers have left since, so that the journey's copies are its own."""
    database = database_at("0006")
    content = json.dumps(rendered(an_issue()).to_json())
    with database.engine.begin() as connection:
        OldRows(
            connection,
            datetime.now(UTC),
            slug=SLUG,
            reader_state="unsubscribed",
            content=content,
        ).fill()
        reset_sequences(connection)
        # The journey sends now, and does not wait for the time to undo it. It is not asked what
        # becomes of the scheduled issue, because the time zone stays.
        connection.execute(
            sql("UPDATE newsletters SET undo_minutes = 0, time_zone = :zone"), {"zone": ZONE}
        )

    text = SAMPLE.read_text(encoding="utf-8")
    inbox = Inbox(tmp_path / Settings(var_dir=tmp_path).sandbox_dir.name)
    wish = Wish(tmp_path, database_url=database.url)
    with running_newsletter(wish, lambda _: None) as (base_url, sign_in_url):
        story = Story(base_url, inbox, text, parse_digest(text), lambda _: None)
        story.play(sign_in_url)

    assert story.tally.problems == []
    with database.read() as session:
        states = {issue.id: issue.state for issue in session.query(Issue)}
        withdrawn = session.scalars(
            select(Delivery.state).where(
                Delivery.edition_id == SENDING, Delivery.subscriber_id == 3
            )
        ).one()
    old = {number: state for number, (state, _) in STATES.items()}
    assert {number: states[number] for number in old} == {**old, SENDING: IssueState.SENT}
    assert withdrawn == "withdrawn"
