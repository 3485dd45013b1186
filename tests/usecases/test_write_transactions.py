"""Every write transaction of the product is short: none renders, hashes or uses the network."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import newsletter
from newsletter.domain.checks.left_out import Place as PlaceOfText
from newsletter.domain.errors import Conflict, InvalidInput, NewsletterError
from newsletter.domain.issues.issue_things import ISSUE
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.domain.readers.audiences import audience_of
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.net.fetch import FetchPolicy
from newsletter.reading.subscriber_lists.sheets import NO_CHOICES
from newsletter.store.models import (
    Consent,
    Invitation,
    Newsletter,
    Subscription,
)
from newsletter.store.newsletters import profile_of
from newsletter.usecases.archive.import_archive import import_archive
from newsletter.usecases.archive.stage_archive import delete_staged_archive, stage_archive
from newsletter.usecases.checks.check_links import check_links
from newsletter.usecases.checks.override_errors import override_errors, withdraw_override
from newsletter.usecases.checks.score_spam import score_spam
from newsletter.usecases.clicks.issue_results import export_issue_results
from newsletter.usecases.clicks.show_growth import export_growth
from newsletter.usecases.context import Context
from newsletter.usecases.issues.create_from_feed import create_issue_from_feed
from newsletter.usecases.issues.deleted_drafts import forget_versions, restore_draft
from newsletter.usecases.issues.keep_things import save_thing
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, paste_digest
from newsletter.usecases.issues.settle_left_out import settle_left_out
from newsletter.usecases.issues.show_versions import restore_version, show_versions
from newsletter.usecases.issues.templates import (
    create_issue_from_template,
    create_issue_like,
    create_issue_like_last,
    delete_template,
    save_template,
)
from newsletter.usecases.issues.write_issue import (
    clear_unplaced,
    create_issue,
    delete_issue,
    save_issue,
    save_valid_fields,
)
from newsletter.usecases.newsletters.check_logo import check_logo
from newsletter.usecases.newsletters.recently_deleted import restore_deleted
from newsletter.usecases.newsletters.save_newsletter import (
    NewsletterSettings,
    create_newsletter,
    save_newsletter,
    save_valid_settings,
)
from newsletter.usecases.newsletters.set_clicks import set_clicks
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.newsletters.sponsors import (
    book_sponsor,
    cancel_sponsor,
    set_sponsor_label,
)
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.readers.change_many import Chosen, ManyChange, What, change_many
from newsletter.usecases.readers.change_preferences import choose_sections, rename
from newsletter.usecases.readers.come_back import pause_instead
from newsletter.usecases.readers.confirm import confirm
from newsletter.usecases.readers.delete_unconfirmed import delete_unconfirmed
from newsletter.usecases.readers.edit_subscriber import edit_subscriber
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.forget_client_addresses import forget_client_addresses
from newsletter.usecases.readers.forget_inboxes import forget_inboxes
from newsletter.usecases.readers.import_subscribers import import_subscribers
from newsletter.usecases.readers.import_suppressions import import_suppressions
from newsletter.usecases.readers.list_suppressions import export_suppressions
from newsletter.usecases.readers.mail_subscription_link import mail_subscription_link
from newsletter.usecases.readers.notes import add_note, delete_note
from newsletter.usecases.readers.saved_filters import delete_filter, save_filter
from newsletter.usecases.readers.send_confirmation_again import send_confirmation_again
from newsletter.usecases.readers.sign_up import sign_up
from newsletter.usecases.readers.stage_upload import (
    choose_for_upload,
    delete_upload,
    stage_upload,
)
from newsletter.usecases.readers.suppress_subscriber import (
    lift_address,
    lift_suppression,
    suppress_address,
    suppress_subscriber,
)
from newsletter.usecases.readers.take_rows import Source
from newsletter.usecases.readers.unsubscribe import unsubscribe
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from newsletter.usecases.staff.add_editor import add_editor
from newsletter.usecases.staff.administrators import dismiss_administrator, make_administrator
from newsletter.usecases.staff.confirm import confirm_session
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.factor_required import (
    make_factor_optional,
    make_factor_required,
)
from newsletter.usecases.staff.forget_audit import forget_audit
from newsletter.usecases.staff.invitations import (
    accept_invitation,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from newsletter.usecases.staff.passkeys import (
    add_passkey,
    ask_new_passkey,
    ask_passkey,
    finish_with_passkey,
    remove_passkey,
    sign_in_with_passkey,
)
from newsletter.usecases.staff.people import (
    change_role,
    hand_over,
    leave_newsletter,
    list_people,
)
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.reset_password import begin_reset, reset_password
from newsletter.usecases.staff.second_factors import (
    list_factors,
    remove_app,
    renew_recovery_codes,
    reset_second_factor,
)
from newsletter.usecases.staff.second_step import finish_with_code
from newsletter.usecases.staff.sessions import (
    delete_ended_sessions,
    end_own_other_sessions,
    end_own_session,
    find_signed_in,
    list_sessions,
    sign_out,
    sign_out_everywhere,
)
from newsletter.usecases.staff.sign_in import (
    Account,
    request_sign_in_link,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from tests.support.archives import BUTTONDOWN, opening, zip_of
from tests.support.authenticator import Authenticator
from tests.support.builders import a_newsletter
from tests.support.delivery_rig import DeliveryRig
from tests.support.factors import App, reset_token
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import by
from tests.support.services.spam_filters import answering
from tests.support.transaction_guard import Place, TransactionGuard
from tests.support.transactions_of_sending import (
    of_clicks,
    of_delivery,
    of_feedback,
    of_pictures,
    of_sending,
    of_the_outbox,
)

PACKAGE = Path(newsletter.__file__).parent
ADA = by("ada@example.org")
DIGEST = "# T\n\n### [A](https://example.org/a)\n\nText.\n"
NOBODY_THERE = FetchPolicy("a test", ports=frozenset({1}), is_allowed=lambda _: True)

sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@sqlite_alone
def test_every_write_transaction_is_opened_under_the_guard_and_none_is_slow(
    rig: DeliveryRig, transaction_guard: TransactionGuard
) -> None:
    """A new one fails here until it is called here; what it calls is then held to be quick."""
    transaction_guard.opened.clear()
    newsletter = a_newsletter(rig.context)
    of_readers(rig.context, newsletter)
    of_staff(rig.context)
    of_newsletters(rig.context)
    of_issues(rig.context, newsletter)
    of_pictures(rig.context, newsletter)
    of_sending(rig.context)
    of_the_outbox(rig)
    of_feedback(rig.context)
    of_clicks(rig.context)
    of_delivery(rig)
    writes, reads = dict(transactions("write")), dict(transactions("read"))
    assert len(writes) > 60
    never = {name for place, name in writes.items() if place not in transaction_guard.opened}
    assert not never, f"call these above, too: {sorted(never)}"
    ours = {place for place in transaction_guard.opened if place[0].startswith("newsletter.")}
    assert ours <= writes.keys() | reads.keys(), "some are opened in a way that is not found here"


def transactions(kind: str) -> Iterator[tuple[Place, str]]:
    """(module and line, module and function) of each `….database.write()` in the product."""
    wanted = f"database.{kind}"
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(wanted):
                        yield (module, node.lineno), f"{module}.{function.name}"


def of_readers(context: Context, newsletter: Newsletter) -> None:
    slug, signer = newsletter.slug, context.signer
    sign_up(context, profile_of(newsletter), "ann@example.org", "192.0.2.1")
    mail_subscription_link(context, profile_of(newsletter), "ann@example.org")
    with context.database.read() as session:
        subscription = session.scalars(select(Subscription)).one()
        ask = session.scalars(select(Consent)).one()
    confirm(context, signer.sign_confirmation(subscription.id, ask.id), "192.0.2.1")
    rename(context, signer.sign_preferences(subscription.id), "Ann")
    choose_sections(context, signer.sign_preferences(subscription.id), ["Links"])
    pause_instead(context, signer.sign_return(subscription.id))
    unsubscribe(context, signer.sign_unsubscribe(subscription.id), "page", "192.0.2.1")
    new = NewSubscriber("bob@example.org", "asked for it at a fair")
    bob = add_subscriber(context, slug, new, ADA).subscriber_id
    edit_subscriber(context, slug, bob, {"name": "Bob"}, ADA)
    list(change_many(context, slug, Chosen(), ManyChange(What.TAG, "new"), ADA))
    save_filter(context, slug, "New", audience_of([("tag", "new")]), (), ADA)
    delete_filter(context, slug, 1, ADA)
    add_note(context, slug, bob, "Met at a fair", ADA)
    delete_note(context, slug, bob, 1, ADA)
    with suppress(Conflict):
        send_confirmation_again(context, slug, bob, ADA)
    unsubscribe_subscriber(context, slug, bob, "asked by telephone", ADA)
    suppress_subscriber(context, slug, bob, "asked by letter", ADA)
    lift_suppression(context, slug, bob, "asked by telegram", ADA)
    suppress_address(context, "bob@example.org", "asked by fax", ADA, slug)
    lift_address(context, "bob@example.org", "asked by pigeon", ADA, slug)
    import_suppressions(context, ["dan@example.org\n"], ADA)
    given_out = "".join(export_suppressions(context, ADA)).splitlines(keepends=True)
    lift_address(context, "dan@example.org", "asked by post", ADA)
    add_subscriber(context, slug, NewSubscriber("dan@example.org", "asked at a fair"), ADA)
    import_suppressions(context, given_out, ADA)
    erase_subscriber(context, slug, bob, "bob@example.org", ADA)
    source = Source("all asked for it at a fair", "list.csv")
    rows = b"email\ncid@example.org\n"
    import_subscribers(context, slug, io.BytesIO(rows), source, ADA)
    left = b"email,status\ncid@example.org,unsubscribed\n"
    import_subscribers(context, slug, io.BytesIO(left), source, ADA)
    upload_id = stage_upload(context, slug, io.BytesIO(rows), source, ADA)
    choose_for_upload(context, slug, upload_id, NO_CHOICES, ADA)
    delete_upload(context, slug, upload_id, ADA)
    forget_client_addresses(context)
    forget_inboxes(context)
    delete_unconfirmed(context)


def of_staff(context: Context) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    account = Account("Ada", "ada@example.org", "correct horse battery")
    save_account(context, editor.id, account)
    signed_in = sign_in_with_password(context, account.address, account.password)
    request_sign_in_link(context, account.address)
    slug = show_newsletters(context, ADA)[0].slug
    add_editor(context, "eve@example.org", "Eve", ADA, roles={slug: Role.VIEWER})
    make_administrator(context, editor.id + 1, ADA)
    dismiss_administrator(context, editor.id + 1, ADA)
    later = replace(context, now=lambda: context.now() + timedelta(hours=1))
    assert find_signed_in(later, signed_in.id, signed_in.session_key)
    of_people(context, later)
    sign_in_with_password(context, account.address, account.password)
    others = [one.reference for one in list_sessions(later, signed_in) if not one.is_this]
    end_own_session(context, signed_in, others[0])
    assert end_own_other_sessions(context, signed_in) == len(others) - 1
    sign_out(context, signed_in)
    of_factors(context, sign_in_with_password(context, account.address, account.password))
    may_reset = begin_reset(context, reset_token(context, account.address))
    reset_password(context, may_reset, account.password)
    remove_editor(context, editor.id + 1, ADA)
    sign_out_everywhere(context, editor.id)
    with suppress(InvalidInput):
        sign_in_with_password(context, account.address, "wrong")
    export_growth(context, slug, ADA)
    export_issue_results(context, slug, ADA)
    delete_ended_sessions(context)
    forget_audit(context)


def of_factors(context: Context, editor: Editor) -> None:
    codes = App(context, editor).added.codes
    half = sign_in_with_password(context, "ada@example.org", "correct horse battery")
    with suppress(InvalidInput):
        finish_with_code(context, half, "000000")
    finish_with_code(context, half, codes[0])
    codes = renew_recovery_codes(context, editor).codes
    confirm_session(context, editor, "correct horse battery", codes[0])
    remove_app(context, editor, "correct horse battery")
    phone, asked = Authenticator(), ask_new_passkey(context, editor)
    add_passkey(context, editor, asked.challenge, phone.create(asked.options), "Phone")
    asked = ask_passkey(context, "sign-in")
    sign_in_with_passkey(context, asked.challenge, phone.get(asked.options))
    half = sign_in_with_password(context, "ada@example.org", "correct horse battery")
    asked = ask_passkey(context, "second", half.user_id)
    finish_with_passkey(context, half, asked.challenge, phone.get(asked.options))
    (passkey,) = list_factors(context, editor).passkeys
    remove_passkey(context, editor, passkey.id, "correct horse battery")
    App(context, editor)
    reset_second_factor(context, "ada@example.org", ADA)


def of_people(context: Context, later: Context) -> None:
    slug = show_newsletters(context, ADA)[0].slug
    for name in ("gil", "hal", "ivy"):
        invite(context, slug, f"{name}@example.org", Role.OWNER, ADA)
    invited = list_people(context, slug, ADA).invited
    resend_invitation(later, slug, invited[0].id, ADA)
    withdraw_invitation(context, slug, invited[2].id, ADA)
    with context.database.read() as session:
        stamps = [session.get_one(Invitation, one.id).stamp for one in invited]
    tokens = map(context.signer.sign_role_invitation, [one.id for one in invited], stamps)
    gil, hal = (accept_invitation(later, token) for token in list(tokens)[:2])
    change_role(context, slug, hal.id, Role.EDITOR, ADA)
    make_factor_required(context, slug, Principal.command_line("root"))
    make_factor_optional(context, slug, Principal.command_line("root"))
    hand_over(context, slug, hal.id, ADA)
    leave_newsletter(context, slug, Principal.administrator(gil.id, "gil"))


def of_newsletters(context: Context) -> None:
    settings = NewsletterSettings(name="Field Notes")
    create_newsletter(context, "notes", settings, ADA)
    save_newsletter(context, "notes", settings, ADA)
    save_valid_settings(context, "notes", settings, {}, ADA)
    check_logo(context, "https://127.0.0.1:1/logo.png", NOBODY_THERE)
    set_clicks(context, "notes", "reader", "utm_source=notes", ADA)


def of_issues(context: Context, newsletter: Newsletter) -> None:
    issue_id = create_issue(context, newsletter.id, ADA)
    paste_digest(context, issue_id, DIGEST, ADA)
    with contextlib.suppress(Conflict):
        settle_left_out(context, issue_id, 0, PlaceOfText.DROP, ADA)
    clear_unplaced(context, issue_id, ADA)
    save_issue(context, issue_id, written(an_entry(), number=None), 2, ADA)
    save_valid_fields(context, issue_id, written(an_entry(), number=None), 3, {}, ADA)
    save_thing(context, issue_id, ISSUE, {}, {}, ADA)
    restore_version(
        context, issue_id, show_versions(context, issue_id, ADA).versions[0].version.id, ADA
    )
    check_links(context, issue_id, ADA, NOBODY_THERE)
    override_errors(context, issue_id, "It is meant", ADA)
    withdraw_override(context, issue_id, ADA)
    with answering({"action": "no action", "score": 0.3}) as (url, _):
        settings = replace(context.settings, rspamd_url=url)
        score_spam(replace(context, settings=settings), issue_id, ADA)
    delete_issue(context, issue_id, ADA)
    restore_draft(context, newsletter.slug, issue_id, ADA)
    forget_versions(context)
    list(import_archive(context, newsletter.slug, opening(BUTTONDOWN), ADA))
    staged = stage_archive(context, newsletter.slug, zip_of(BUTTONDOWN), "archive.zip", ADA)
    delete_staged_archive(context, newsletter.slug, staged, ADA)
    create_issue_from_digest(context, newsletter.id, DIGEST, ADA)
    last_id = create_issue_like_last(context, newsletter.id, ADA)
    create_issue_like(context, newsletter.id, last_id, ADA)
    template_id = save_template(context, last_id, "Weekly", ADA)
    create_issue_from_template(context, newsletter.id, template_id, ADA)
    delete_template(context, newsletter.id, template_id, ADA)
    booking = Sponsor("Acme", "acme.example", "Thanks.", date(2030, 1, 1), date(2030, 1, 7))
    sponsor_id = book_sponsor(context, newsletter.slug, booking, ADA)
    cancel_sponsor(context, newsletter.slug, sponsor_id, ADA)
    restore_deleted(context, newsletter.slug, "sponsor", sponsor_id, ADA)
    set_sponsor_label(context, newsletter.slug, "Partner", ADA)
    with suppress(NewsletterError):
        create_issue_from_feed(
            context, newsletter.id, "http://127.0.0.1:1/", ADA, policy=NOBODY_THERE
        )
