"""A session of an editor lives on the server and ends there, whoever has a copy of its cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from newsletter.domain.actions import Action
from newsletter.store.events import history_of
from newsletter.store.models import UserSession
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.sessions import (
    delete_ended_sessions,
    find_signed_in,
    sign_out,
    sign_out_everywhere,
)
from newsletter.usecases.staff.sign_in import (
    Account,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from tests.conftest import Clock

ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"


@pytest.fixture
def ada(context: Context) -> Editor:
    link = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, link.rpartition("/")[2])
    return save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))


def is_signed_in(context: Context, editor: Editor) -> bool:
    return find_signed_in(context, editor.id, editor.session_key) is not None


def test_signing_out_ends_this_session_and_no_other(context: Context, ada: Editor) -> None:
    other = sign_in_with_password(context, ADDRESS, PASSWORD)
    sign_out(context, ada)
    sign_out(context, ada)
    assert not is_signed_in(context, ada)
    assert is_signed_in(context, other)
    with context.database.read() as session:
        actions = [event.action for event in history_of(session, "user", ada.id)]
    assert actions.count(Action.USER_SIGNED_OUT) == 1


def test_signing_out_everywhere_ends_all_sessions_of_that_editor(
    context: Context, ada: Editor
) -> None:
    other = sign_in_with_password(context, ADDRESS, PASSWORD)
    sign_out_everywhere(context, ada.id)
    assert not is_signed_in(context, ada)
    assert not is_signed_in(context, other)


def test_a_session_ends_when_it_is_old_however_much_it_is_used(
    context: Context, ada: Editor, clock: Clock
) -> None:
    lifetime = context.settings.session_lifetime
    for _ in range(lifetime // timedelta(days=1) - 1):
        clock.advance(timedelta(days=1))
        assert is_signed_in(context, ada)
    clock.advance(timedelta(days=1))
    assert not is_signed_in(context, ada)


def test_a_session_that_is_not_used_ends_sooner(
    context: Context, ada: Editor, clock: Clock
) -> None:
    idle = context.settings.session_idle_lifetime
    clock.advance(idle - timedelta(minutes=1))
    assert is_signed_in(context, ada)
    clock.advance(idle)
    assert not is_signed_in(context, ada)


def test_a_key_belongs_to_one_editor(context: Context, ada: Editor) -> None:
    assert find_signed_in(context, ada.id + 1, ada.session_key) is None
    assert find_signed_in(context, ada.id, "") is None


def test_rows_of_ended_sessions_are_deleted_and_others_stay(
    context: Context, ada: Editor, clock: Clock
) -> None:
    clock.advance(context.settings.session_idle_lifetime + timedelta(minutes=1))
    fresh = sign_in_with_password(context, ADDRESS, PASSWORD)
    assert delete_ended_sessions(context) == 1
    assert is_signed_in(context, fresh)
    with context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1
