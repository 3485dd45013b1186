"""What comes back through a real Postfix is judged, acted on and shown."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import func, select

from newsletter.delivery.deliver_outbox import deliver_outbox
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.mail.verp import verp_sender
from newsletter.store.models import FeedbackRow, InboundMessage, Newsletter, OutboxMessage
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.feedback.show_feedback import list_feedback
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import an_issue
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.ledgers import SentIssue
from tests.support.principals import EDITOR, by
from tests.support.reports import BOUNCE_DOMAIN, Copy, a_bounce, a_complaint, a_mail, copy_to
from tests.support.services.inbound import inbound_process
from tests.support.services.mail_servers.debian import running_postfix
from tests.support.services.mail_servers.server import MailServer, free_port

PATIENCE_S = 60
KEPT, DEAD, ANNOYED, AWAY, WRITER, LEAVER = (
    f"{who}@{domain}"
    for who, domain in (
        ("kept", "r.test"),
        ("dead", "gone.test"),
        ("annoyed", "r.test"),
        ("away", "r.test"),
        ("writer", "r.test"),
        ("leaver", "r.test"),
    )
)

pytestmark = [pytest.mark.xdist_group("mail servers"), pytest.mark.timeout(180)]


@pytest.fixture
def postfix(rig: DeliveryRig) -> Iterator[MailServer]:
    """Bounces what goes to gone.test, and hands what comes back to our door by LMTP."""
    door = free_port()
    with_settings(rig, bounce_domain=BOUNCE_DOMAIN, inbound_lmtp=f"127.0.0.1:{door}")
    with ExitStack() as stack:
        stack.enter_context(inbound_process(rig.context, lmtp=door))
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        transports = (
            "{ gone.test = error:5.1.1 User unknown in virtual mailbox table },"
            f" {{ {BOUNCE_DOMAIN} = lmtp:inet:127.0.0.1:{door} }}"
        )
        server = stack.enter_context(running_postfix(folder, transports))
        with_settings(rig, smtp_url=f"smtp://127.0.0.1:{server.port}", smtp_starttls="off")
        rig.transmitter.close()
        rig.transmitter = Transmitter(rig.context)
        yield server


def test_what_comes_back_is_judged_acted_on_and_shown_and_a_forgery_changes_nothing(
    rig: DeliveryRig, postfix: MailServer
) -> None:
    rig.send_to(KEPT, DEAD, ANNOYED, AWAY, WRITER, LEAVER)
    with rig.context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug_of(rig))
        newsletter.reply_to = "desk@r.test"
    rig.deliver()
    send_answers(rig, postfix)
    wait_until(lambda: judged(rig) == 5 and "hard" in verdicts(rig))

    states = {address: rig.subscription(address).state for address in (DEAD, ANNOYED, LEAVER)}
    assert states == {
        DEAD: SubscriptionState.SUPPRESSED,
        ANNOYED: SubscriptionState.SUPPRESSED,
        LEAVER: SubscriptionState.UNSUBSCRIBED,
    }
    assert {rig.line(address).state for address in (KEPT, DEAD)} == {"accepted"}
    assert sorted(verdicts(rig)) == ["automatic", "complaint", "hard", "reply", "unsubscribe"]
    lines = list_feedback(rig.context, EDITOR)
    assert {line.address for line in lines if line.verdict == "hard"} == {DEAD}

    forwarded = deliver_replies(rig)
    assert (forwarded, postfix.wait_for(["desk@r.test"])) == (["accepted"], ["desk@r.test"])
    assert receivers_of_the_next_issue(rig) == {AWAY, KEPT, WRITER}


def send_answers(rig: DeliveryRig, postfix: MailServer) -> None:
    annoyed, away, writer, leaver = (copy(rig, who) for who in (ANNOYED, AWAY, WRITER, LEAVER))
    complaint = a_complaint(to=annoyed.verp, returned=f"Message-ID: {annoyed.message_id}")
    vacation = a_mail(to=away.verp, subject="Away until Monday", Auto_Submitted="auto-replied")
    reply = a_mail(to=writer.verp, subject="Re: On slow tools", text="I liked the second link.")
    unsubscribe = a_mail(to=leaver.unsubscribe_address, subject="unsubscribe", From=LEAVER)
    kept = copy(rig, KEPT)
    ids = (kept.line.edition_id, kept.line.subscriber_id)
    forged_address = verp_sender("d", ids, BOUNCE_DOMAIN, ["a-key-of-somebody-else"])
    forged = a_bounce(to=forged_address, about=KEPT)
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        for to, message in (
            (annoyed.verp, complaint),
            (annoyed.verp, complaint),
            (away.verp, vacation),
            (writer.verp, reply),
            (forged_address, forged),
            (leaver.unsubscribe_address, unsubscribe),
        ):
            client.sendmail("stranger@elsewhere.test", [to], message)


def copy(rig: DeliveryRig, address: str) -> Copy:
    with rig.context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug_of(rig))
    return copy_to(SentIssue(rig.context, newsletter, rig.issue_id), address)


def slug_of(rig: DeliveryRig) -> str:
    with rig.context.database.read() as session:
        return session.get_one(Newsletter, rig.newsletter_id).slug


def judged(rig: DeliveryRig) -> int:
    """Postfix adds its own trace, and the same complaint twice is one row nevertheless."""
    with rig.context.database.read() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(InboundMessage)
                .where(InboundMessage.state == "judged")
            )
            or 0
        )


def verdicts(rig: DeliveryRig) -> list[str]:
    with rig.context.database.read() as session:
        return list(session.scalars(select(FeedbackRow.verdict)))


def deliver_replies(rig: DeliveryRig) -> list[str]:
    with rig.context.database.read() as session:
        ids = list(session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "reply")))
    with rig.context.database.write() as session:  # the process has the clock of the machine
        for outbox_id in ids:
            session.get_one(OutboxMessage, outbox_id).due_at = rig.context.now()
    return [deliver_outbox(rig.context, rig.transmitter, rig.leases, one) for one in ids]


def receivers_of_the_next_issue(rig: DeliveryRig) -> set[str]:
    with rig.context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug_of(rig))
    issue_id = an_issue(rig.context, newsletter, title="The next one").id
    send_now(rig.context, issue_id, by("editor"))
    start_issue(rig.context, issue_id)
    names = SentIssue(rig.context, newsletter, issue_id).states()
    return {
        address
        for address in (KEPT, DEAD, ANNOYED, AWAY, WRITER, LEAVER)
        if address.partition("@")[0] in names
    }


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)
