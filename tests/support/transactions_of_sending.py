"""Calls that open each write transaction of sending, delivery, clicks, feedback and pictures."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from newsletter.delivery.deliver_outbox import deliver_outbox
from newsletter.delivery.handle_clock_jump import handle_clock_jump
from newsletter.delivery.judge_attempt import record_missing_relay
from newsletter.delivery.leases import record_worker, renew_leases
from newsletter.delivery.notice_restore import RestoreWatch
from newsletter.delivery.recover import recover_worker, try_relay_again
from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.domain.errors import NewsletterError
from newsletter.domain.feedback.doubts import Decision
from newsletter.domain.feedback.inbound import Arrival, Door, Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.domain.readers.departures import Departure, DepartureKind
from newsletter.runtime.daily_doctor import DailyDoctor
from newsletter.spool.clicks import ClickBuffer, ClickQueue, NotedClick
from newsletter.spool.pictures import NO_PICTURE
from newsletter.store.feedback import doubts, facts
from newsletter.store.models import (
    Batch,
    Edition,
    Newsletter,
    OutboxMessage,
)
from newsletter.store.sending.kept_figures import LARGE
from newsletter.usecases.clicks.count_clicks import (
    forget_clicks,
    forget_clients,
    judge_clicks,
    store_clicks,
)
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.doubt import decide_doubts
from newsletter.usecases.feedback.forget_old_messages import forget_old_messages
from newsletter.usecases.feedback.judge import judge_again, judge_new
from newsletter.usecases.feedback.record_mailbox import record_mailbox
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from newsletter.usecases.feedback.suppress_for import apply_soft_rule
from newsletter.usecases.feedback.tell_unread import tell_unread
from newsletter.usecases.operations.back_up import back_up
from newsletter.usecases.operations.examine import keep_examinations
from newsletter.usecases.operations.last_examinations import Examination
from newsletter.usecases.operations.relay_status import resume_relay
from newsletter.usecases.operations.restore import restore_database
from newsletter.usecases.operations.tell_faults import tell_faults
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from newsletter.usecases.pictures.adopt_pictures import Origin, adopt_pictures
from newsletter.usecases.pictures.change_picture import (
    delete_picture,
    describe_picture,
    restore_picture,
)
from newsletter.usecases.pictures.deleted_files import forget_pictures
from newsletter.usecases.pictures.keep_files import KeptFiles
from newsletter.usecases.pictures.use_picture import UsedAs, use_picture
from newsletter.usecases.sending.audience import choose_audience
from newsletter.usecases.sending.control_issue import pause_issue
from newsletter.usecases.sending.resend import NOT_TAKEN, leave_held, resend
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now, unschedule_issue
from newsletter.usecases.sending.send_proof import send_proof
from newsletter.usecases.sending.send_test import send_test
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.ledgers import a_sent_issue
from tests.support.pictures import drawn
from tests.support.principals import by

ADA = by("ada@example.org")


def of_sending(context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    issue_id = an_issue(context, newsletter).id
    choose_audience(context, issue_id, [("before", "2100-01-01")], ADA)
    schedule_issue(context, issue_id, datetime(2030, 1, 1), None, ADA)
    unschedule_issue(context, issue_id, ADA)
    send_now(context, issue_id, ADA)
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).postal_address = ""
    assert start_issue(context, issue_id) == 0, "it is paused"
    sent = a_sent_issue(context, "failed-1", "held-1")
    leave_held(context, sent.issue_id, ADA)
    resend(context, sent.issue_id, NOT_TAKEN, ADA)
    pause_issue(context, sent.issue_id, ADA)


def of_the_outbox(rig: DeliveryRig) -> None:
    context, user = rig.context, an_editor(rig.context)
    issue_id = an_issue(context, a_newsletter(context)).id
    (test,) = send_test(context, issue_id, replace(ADA, id=user.id))
    (proof,) = send_proof(context, issue_id, ["grace@example.org"], "Is it true?", ADA)
    with context.database.write() as session:
        gone = update(OutboxMessage).where(OutboxMessage.id == proof)
        session.execute(gone.values(payload={"issue_id": 0, "address": "g@example.org"}))
    for outbox_id in (test, proof):
        deliver_outbox(context, rig.transmitter, rig.leases, outbox_id)


def of_feedback(context: Context) -> None:
    store_arrivals(context, [Arrival(Door.SMTP, b"Subject: Undelivered\r\n\r\n")])
    judge_new(context)
    judge_again(context)
    record_mailbox(context, None)
    sent = a_sent_issue(context, "failed-1", "accepted-1")
    copy = ReportedCopy(sent.newsletter.id, sent.line("accepted-1@example.org").subscriber_id)
    copy = replace(copy, edition_id=sent.edition().id)
    hard = Feedback("", FeedbackVerdict.HARD)
    with context.database.write() as session:
        facts.add_fact(session, None, context.now(), hard, Whose(copy, Proof.VERP))
        values = {"dead": 20, "taken": 20, "words": "550", "now": context.now()}
        doubts.add_doubt(session, sent.edition().id, "", **values)
    decide_doubts(context, sent.issue_id, Decision.BELIEVED, ADA)
    DailyDoctor(context).look_when_due()
    tell_faults(context)
    tell_unread(context)
    apply_soft_rule(context)
    forget_old_messages(context)


def of_clicks(context: Context) -> None:
    sent = a_sent_issue(context, "accepted-1", newsletter=a_newsletter(context, clicks="reader"))
    buffer = ClickBuffer(context.settings.redis_url)
    buffer.add(NotedClick(1, sent.edition().id, 1, 1, context.now(), 7, ""))
    assert buffer.flush()
    assert store_clicks(context, ClickQueue(context.settings.redis_url)) == 1
    later = replace(context, now=lambda: context.now() + timedelta(minutes=5))
    assert judge_clicks(later) == 1
    forget_clients(later)
    forget_clicks(later)
    with context.database.write() as session:  # as if it had gone to many
        session.get_one(Edition, sent.edition().id).active_at_freeze = LARGE + 1
    keep_figures(context)


def of_delivery(rig: DeliveryRig) -> None:
    context = rig.context
    try_relay_again(context)
    with suppress(NewsletterError):
        resume_relay(context, "example.org", ADA)
    rig.send_to(*(f"reader{number}@example.org" for number in range(3)))
    tick(context)
    rig.leases.record([("batch", rig.open_batches()[0])], 0.0)
    renew_leases(context, rig.leases)
    record_worker(context)
    rig.deliver()
    with context.database.write() as session:
        session.execute(update(Batch).values(lease_owner="dead/1"))
    recover_worker(context, "dead")
    sweep(context)
    finish_issues(context)
    a_canary(rig)
    handle_clock_jump(context, timedelta(days=9))
    record_missing_relay(context, "The settings can't work.")
    keep_examinations(context, [Examination("", "This installation", context.now(), ())])
    long_after = replace(context, now=lambda: context.now() + timedelta(days=1))
    RestoreWatch(long_after).check()
    of_backups(context)


def of_backups(context: Context) -> None:
    path = context.settings.var_dir / "newsletter.backup"
    back_up(context, path, ADA)
    gone = Departure(DepartureKind.ERASED, 987654, context.now(), "a hash of nobody")
    restore_database(context, path, [gone], ADA)


def a_canary(rig: DeliveryRig) -> None:
    context = rig.context
    newsletter = a_newsletter(context, canary_percent=10)
    for number in range(100):
        a_subscriber(context, newsletter, address=f"canary{number}@example.org")
    issue_id = an_issue(context, newsletter).id
    send_now(context, issue_id, ADA)
    start_issue(context, issue_id)
    for batch_id in tick(context).batches:
        rig.deliver_one(batch_id)
    tick(context)


def of_pictures(context: Context, newsletter: Newsletter) -> None:
    slug = newsletter.slug
    added = add_picture(context, slug, NewPicture(drawn()), ADA)
    describe_picture(context, slug, added.id, "The sea", ADA)
    use_picture(context, slug, added.id, UsedAs.LOGO, ADA)
    delete_picture(context, slug, added.id, ADA, even_if_shown=True)
    restore_picture(context, slug, added.id, ADA)
    delete_picture(context, slug, added.id, ADA, even_if_shown=True)
    an_issue(context, newsletter, intro=f"![A](https://news.example.org/media/{NO_PICTURE})")
    origin = Origin("", KeptFiles(NO_PICTURE, {}, 1, 1, 1))
    list(adopt_pictures(context, newsletter.id, {NO_PICTURE: origin}, ADA))
    forget_pictures(replace(context, now=lambda: context.now() + KEPT_REMOVED * 2))
