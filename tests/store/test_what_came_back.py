"""What came back is listed by newsletter, the latest first, page by page."""

from __future__ import annotations

from random import Random

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.store.feedback import shown
from newsletter.store.models import FeedbackRow
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter


def test_the_latest_of_some_newsletters_and_of_none_are_those_of_the_whole_list(
    context: Context,
) -> None:
    draw = Random(3)  # noqa: S311  not for secrets
    owners = [a_newsletter(context).id for _ in range(3)]
    verdicts = [FeedbackVerdict.HARD, FeedbackVerdict.SOFT]
    with context.database.write() as session:
        for _ in range(40):
            owner, verdict = draw.choice([*owners, None]), draw.choice(verdicts)
            session.add(FeedbackRow(at=context.now(), newsletter_id=owner, verdict=verdict))
            session.flush()
    with context.database.read() as session:
        everything = session.query(FeedbackRow).order_by(FeedbackRow.id.desc()).all()
        for some in (owners[:1], owners[1:], []):
            for with_unproven, verdict, before in ((False, "", None), (True, "hard", 30)):
                expected = [
                    row.id
                    for row in everything
                    if (row.newsletter_id in some or (with_unproven and row.newsletter_id is None))
                    and verdict in ("", row.verdict)
                    and (before is None or row.id < before)
                ]
                listed = shown.lines(
                    session,
                    newsletters=some,
                    limit=7,
                    with_unproven=with_unproven,
                    verdict=verdict,
                    before=before,
                )
                assert [row[0] for row in listed] == expected[:7]
