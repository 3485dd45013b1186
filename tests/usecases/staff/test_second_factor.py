"""A second factor is asked at every sign-in, can't be guessed or replayed, and can be recovered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from newsletter.domain.errors import Conflict, InvalidInput, LimitReached, NotFound
from newsletter.domain.staff.second_factors import FREE_GUESSES, wait_after
from newsletter.signing import InvalidToken, Signer
from newsletter.store.events import history_of
from newsletter.store.models import AppSecret, OutboxMessage, RecoveryCode
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import AccountChange
from newsletter.usecases.staff.check_code import check_code
from newsletter.usecases.staff.confirm import CONFIRMED_FOR, Unconfirmed, confirm_session
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.recovery_codes import make_recovery_codes
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.second_factors import (
    add_app,
    list_factors,
    offer_app,
    remove_app,
    renew_recovery_codes,
    reset_second_factor,
)
from newsletter.usecases.staff.second_step import (
    SECOND_STEP_LIFETIME,
    HalfSignedIn,
    finish_with_code,
)
from newsletter.usecases.staff.sessions import find_signed_in
from newsletter.usecases.staff.sign_in import (
    Account,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from newsletter.usecases.staff.sign_in_link import sign_in_link
from tests.conftest import Clock
from tests.support.builders import an_editor
from tests.support.factors import ADDRESS, PASSWORD, App, the_first_editor
from tests.support.principals import EDITOR

HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def ada(context: Context) -> Editor:
    return the_first_editor(context)


@pytest.fixture
def app(context: Context, ada: Editor, clock: Clock) -> App:
    app = App(context, ada)
    clock.advance(timedelta(minutes=1))
    return app


def half(context: Context) -> HalfSignedIn:
    found = sign_in_with_password(context, ADDRESS, PASSWORD)
    assert isinstance(found, HalfSignedIn)
    return found


def told(context: Context) -> list[str]:
    with context.database.read() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [row.payload["change"] for row in rows if "change" in row.payload]


def test_after_the_password_or_a_mailed_link_nobody_is_in_without_a_code(
    context: Context, ada: Editor, app: App
) -> None:
    with context.database.read() as session:
        link = sign_in_link(context, user_by_id(session, ada.id))
    by_link = sign_in_with_link(context, link.rpartition("/")[2])
    assert isinstance(by_link, HalfSignedIn)
    with pytest.raises(InvalidToken):
        sign_in_with_link(context, link.rpartition("/")[2])
    editor = finish_with_code(context, by_link, app.code())
    assert find_signed_in(context, editor.id, editor.session_key)
    with context.database.read() as session:
        last = history_of(session, "user", ada.id)[0]
    assert last.sentence == "Signed in: link and authenticator app"


def test_a_code_is_good_half_a_minute_early_and_late_and_never_twice(
    context: Context, app: App, clock: Clock
) -> None:
    for off, is_good in ((-2, False), (-1, True), (0, True), (0, False), (-1, False), (1, True)):
        first = half(context)
        if is_good:
            finish_with_code(context, first, app.code(off * HALF_A_MINUTE))
            continue
        with pytest.raises(InvalidInput):
            finish_with_code(context, first, app.code(off * HALF_A_MINUTE))


def test_a_code_of_either_kind_that_many_type_at_once_is_good_once(
    context: Context, ada: Editor, app: App
) -> None:
    start = Barrier(4)

    def try_it(code: str) -> bool:
        start.wait(timeout=30)
        try:
            return bool(check_code(context, ada.id, code))
        except InvalidInput:
            return False

    for code in (app.code(), app.added.codes[0]):
        with ThreadPoolExecutor(4) as browsers:
            assert sum(browsers.map(try_it, [code] * 4)) == 1


def test_guesses_are_counted_over_all_sessions_and_the_owner_is_told(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    for guess in range(FREE_GUESSES):
        with pytest.raises(InvalidInput if guess < FREE_GUESSES - 1 else LimitReached):
            finish_with_code(context, half(context), app.wrong_code())
    assert told(context).count(AccountChange.WRONG_CODES) == 1
    with pytest.raises(LimitReached):
        finish_with_code(context, half(context), app.code())
    finish_with_code(context, half(context), app.added.codes[0])
    clock.advance(wait_after(FREE_GUESSES))
    with pytest.raises(LimitReached):
        finish_with_code(context, half(context), app.wrong_code())
    clock.advance(wait_after(FREE_GUESSES))
    with pytest.raises(LimitReached):
        finish_with_code(context, half(context), app.code())
    clock.advance(wait_after(FREE_GUESSES))
    finish_with_code(context, half(context), app.code())


def test_a_first_step_is_void_after_ten_minutes_a_sign_in_or_a_new_password(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    taken_twice, too_old = half(context), half(context)
    finish_with_code(context, taken_twice, app.code())
    clock.advance(HALF_A_MINUTE)
    before = half(context)
    with pytest.raises(InvalidToken):
        finish_with_code(context, taken_twice, app.code())
    save_account(context, ada.id, Account("Ada", ADDRESS, "another good one", PASSWORD))
    with pytest.raises(InvalidToken):
        finish_with_code(context, before, app.code())
    late = replace(too_old, stamp=sign_in_stamp(context, ada))
    clock.advance(SECOND_STEP_LIFETIME)
    with pytest.raises(InvalidToken):
        finish_with_code(context, late, app.code())


def sign_in_stamp(context: Context, editor: Editor) -> str:
    with context.database.read() as session:
        return user_by_id(session, editor.id).sign_in_stamp


def test_a_recovery_code_is_stored_as_a_hash_and_good_once_however_it_is_typed(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    codes = app.added.codes
    assert len(set(codes)) == 10
    with context.database.read() as session:
        stored = {row.digest for row in session.scalars(select(RecoveryCode))}
    assert not any(code in digest or code.replace("-", "") in digest
                   for code in codes for digest in stored)  # fmt: skip
    finish_with_code(context, half(context), codes[0].upper().replace("-", " "))
    assert told(context)[-2:] == [AccountChange.RECOVERY_CODE, AccountChange.NEW_DEVICE]
    with pytest.raises(InvalidInput):
        finish_with_code(context, half(context), codes[0])
    assert list_factors(context, ada).codes_left == 9
    confirm_session(context, ada, PASSWORD, codes[1])
    assert told(context)[-1] == AccountChange.RECOVERY_CODE
    fresh = renew_recovery_codes(context, ada).codes
    assert told(context)[-1] == AccountChange.NEW_RECOVERY_CODES
    with pytest.raises(InvalidInput):
        finish_with_code(context, half(context), codes[2])
    finish_with_code(context, half(context), fresh[0])


def test_a_recovery_code_of_another_editor_is_wrong(context: Context, app: App) -> None:
    eve = an_editor(context, sign_in_stamp="eve")
    of_eve = HalfSignedIn(eve.id, "eve", "password", context.now())
    with pytest.raises(InvalidInput):
        finish_with_code(context, of_eve, app.added.codes[0])


def test_a_cookie_alone_changes_no_factor(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    clock.advance(CONFIRMED_FOR)
    for change in (
        lambda: add_app(context, ada, offer_app(context, ada).sealed, app.code()),
        lambda: remove_app(context, ada, PASSWORD),
        lambda: renew_recovery_codes(context, ada),
    ):
        with pytest.raises(Unconfirmed):
            change()
    for password, code in ((PASSWORD, ""), ("guessed it right", app.code()), (PASSWORD, "123")):
        with pytest.raises(InvalidInput):
            confirm_session(context, ada, password, code)
    with pytest.raises(Unconfirmed):
        remove_app(context, ada, PASSWORD)
    confirm_session(context, ada, PASSWORD, app.code())
    with pytest.raises(InvalidInput):
        remove_app(context, ada, "guessed it right")
    remove_app(context, ada, PASSWORD)
    assert told(context) == [AccountChange.FACTOR_ADDED, AccountChange.FACTOR_REMOVED]
    assert list_factors(context, ada).codes_left == 0
    assert isinstance(sign_in_with_password(context, ADDRESS, PASSWORD), Editor)


def test_a_cookie_and_the_password_change_no_factor_by_way_of_a_new_password(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    clock.advance(CONFIRMED_FOR)
    another = "another good one"
    after = save_account(context, ada.id, Account("Ada", ADDRESS, another, PASSWORD))
    with pytest.raises(Unconfirmed):
        remove_app(context, after, another)
    confirm_session(context, after, another, app.code())
    remove_app(context, after, another)


def test_the_first_factor_ends_the_sessions_that_began_without_one(
    context: Context, ada: Editor, clock: Clock
) -> None:
    """Whoever has the password may sit in one, and it would open what requires a factor."""
    elsewhere = sign_in_with_password(context, ADDRESS, PASSWORD)
    assert isinstance(elsewhere, Editor)
    app = App(context, ada)
    assert find_signed_in(context, ada.id, elsewhere.session_key) is None
    assert find_signed_in(context, ada.id, ada.session_key)
    clock.advance(HALF_A_MINUTE)
    again = finish_with_code(context, half(context), app.code())
    remove_app(context, ada, PASSWORD)
    assert find_signed_in(context, ada.id, again.session_key)


def test_an_app_is_set_up_with_a_code_of_its_own_secret_and_once(
    context: Context, ada: Editor, clock: Clock
) -> None:
    offered = offer_app(context, ada)
    assert offered.secret not in offered.sealed
    with pytest.raises(InvalidInput):
        add_app(context, ada, offered.sealed, "000 000")
    eve = replace(ada, id=an_editor(context).id)
    with pytest.raises(InvalidInput):
        add_app(context, ada, offer_app(context, eve).sealed, "000 000")
    app = App(context, ada)
    with pytest.raises(Conflict):
        add_app(context, ada, context.signer.seal_app_secret(ada.id, app.secret), app.code())
    with context.database.read() as session:
        assert app.secret not in session.get_one(AppSecret, ada.id).sealed


def test_a_new_key_takes_over_and_a_lost_one_leaves_the_recovery_codes(
    context: Context, ada: Editor, app: App, clock: Clock
) -> None:
    (old,) = context.settings.secret_keys
    both = replace(context, signer=Signer([old, "n" * 32]))
    finish_with_code(both, half(both), app.code())
    clock.advance(HALF_A_MINUTE)
    finish_with_code(replace(context, signer=Signer(["n" * 32])), half(context), app.code())
    clock.advance(HALF_A_MINUTE)
    lost = replace(context, signer=Signer(["l" * 32]))
    with pytest.raises(InvalidInput, match="keys of this service"):
        finish_with_code(lost, half(lost), app.code())
    finish_with_code(lost, half(lost), app.added.codes[0])


def test_the_operator_resets_it_for_who_has_lost_everything(
    context: Context, ada: Editor, app: App
) -> None:
    reset_second_factor(context, ADDRESS.upper(), EDITOR)
    assert find_signed_in(context, ada.id, ada.session_key) is None
    assert isinstance(sign_in_with_password(context, ADDRESS, PASSWORD), Editor)
    assert told(context)[1] == AccountChange.FACTOR_REMOVED
    with pytest.raises(Conflict):
        reset_second_factor(context, ADDRESS, EDITOR)
    with pytest.raises(NotFound):
        reset_second_factor(context, "nobody@example.org", EDITOR)


def test_what_an_editor_signs_in_with_goes_with_the_editor(context: Context, ada: Editor) -> None:
    eve = an_editor(context)
    with context.database.write() as session:
        session.add(AppSecret(user_id=eve.id, sealed="", added_at=context.now()))
        make_recovery_codes(session, eve.id)
    remove_editor(context, eve.id, ada.principal)
    with context.database.read() as session:
        for table in (AppSecret, RecoveryCode):
            assert session.scalar(select(func.count()).select_from(table)) == 0
