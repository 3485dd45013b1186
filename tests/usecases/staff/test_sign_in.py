"""How editors come in: the first one, by password, by link, and what a new password changes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.signing import InvalidToken, SignInClaim
from newsletter.store.models import Event, OutboxMessage, User
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff import password_hashes, sign_in
from newsletter.usecases.staff.add_editor import add_editor
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.password_hashes import hash_password, verify_password
from newsletter.usecases.staff.sessions import find_signed_in
from newsletter.usecases.staff.sign_in import (
    Account,
    request_sign_in_link,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from newsletter.usecases.staff.sign_in_link import LINKS_AN_HOUR, sign_in_link
from tests.conftest import Clock
from tests.support.principals import EDITOR, by

PASSWORD = "correct horse battery"


def the_first_editor(context: Context) -> Editor:
    url = prepare_first_start(context).sign_in_url
    assert url
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    return save_account(context, editor.id, Account("Ada", "ada@example.org", PASSWORD))


def test_the_first_start_makes_a_newsletter_and_a_way_in(context: Context) -> None:
    start = prepare_first_start(context)
    assert start.sign_in_url
    assert start.sign_in_url.startswith("http://localhost:8000/editor/sign-in/")
    assert [profile.slug for profile in show_newsletters(context, EDITOR)] == ["news"]


def test_a_second_start_makes_nothing_anew_and_its_link_is_good_as_well(context: Context) -> None:
    prepare_first_start(context)
    again = prepare_first_start(context)
    assert not again.made_newsletter
    assert again.sign_in_url
    assert sign_in_with_link(context, again.sign_in_url.rpartition("/")[2]).address == ""


def test_an_editor_who_came_in_and_chose_no_password_can_come_in_again(
    context: Context,
) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    sign_in_with_link(context, url.rpartition("/")[2])
    again = prepare_first_start(context).sign_in_url or ""
    assert sign_in_with_link(context, again.rpartition("/")[2])


def test_once_an_editor_has_a_password_no_start_prints_a_link(context: Context) -> None:
    the_first_editor(context)
    assert prepare_first_start(context).sign_in_url is None


def test_a_sign_in_link_works_once(context: Context) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    token = url.rpartition("/")[2]
    sign_in_with_link(context, token)
    with pytest.raises(InvalidToken, match="has been used"):
        sign_in_with_link(context, token)


def test_a_link_signed_for_nobody_is_refused(context: Context) -> None:
    with pytest.raises(InvalidToken):
        sign_in_with_link(context, context.signer.sign_sign_in(SignInClaim(99, "stamp")))


def test_the_password_lets_in_and_another_does_not(context: Context) -> None:
    editor = the_first_editor(context)
    assert sign_in_with_password(context, "ADA@example.org", PASSWORD).id == editor.id
    with pytest.raises(InvalidInput, match="Wrong email or password") as wrong:
        sign_in_with_password(context, "ada@example.org", "something else")
    with pytest.raises(InvalidInput) as unknown:
        sign_in_with_password(context, "nobody@example.org", PASSWORD)
    assert str(unknown.value) == str(wrong.value)


def test_a_wrong_password_and_an_unknown_address_cost_the_same_work(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash is verified, and none is made: also at the first unknown address of a process."""
    the_first_editor(context)
    add_editor(context, "ben@example.org", "Ben", by("ada@example.org"))
    work: list[str] = []
    hasher = password_hashes._hasher
    counted = SimpleNamespace(
        verify=lambda *given: (work.append("verify"), hasher.verify(*given))[1],
        hash=lambda password: (work.append("hash"), hasher.hash(password))[1],
        check_needs_rehash=hasher.check_needs_rehash,
    )
    monkeypatch.setattr(password_hashes, "_hasher", counted)
    costs = []
    for address in ("ada@example.org", "nobody@example.org", "ben@example.org", ""):
        password_hashes._nobodys_hash.cache_clear()
        work.clear()
        with pytest.raises(InvalidInput):
            sign_in_with_password(context, address, "a wrong one")
        costs.append(list(work))
    assert all(cost == costs[0] for cost in costs), costs


def test_an_editor_without_a_password_cannot_sign_in_by_an_empty_one(context: Context) -> None:
    the_first_editor(context)
    add_editor(context, "ben@example.org", "Ben", by("ada@example.org"))
    with pytest.raises(InvalidInput):
        sign_in_with_password(context, "ben@example.org", "")


def test_a_new_password_signs_out_everywhere(context: Context) -> None:
    before = the_first_editor(context)
    after = save_account(
        context, before.id, Account("Ada", "ada@example.org", "another good one", PASSWORD)
    )
    assert find_signed_in(context, before.id, before.session_key) is None
    assert find_signed_in(context, after.id, after.session_key) is not None


def test_a_password_that_is_replaced_while_it_is_checked_opens_and_changes_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checking takes long on purpose, so it is before the transaction."""
    ada = the_first_editor(context)
    others = iter(["one that is better", "one that is best"])

    def replaced_meanwhile(stored: str, given: str) -> bool:
        is_right = verify_password(stored, given)
        if is_right:
            another = hash_password(next(others))
            with context.database.write() as session:
                session.get_one(User, ada.id).password_hash = another
        return is_right

    monkeypatch.setattr(sign_in, "verify_password", replaced_meanwhile)
    monkeypatch.setattr(password_hashes, "verify_password", replaced_meanwhile)
    with pytest.raises(InvalidInput, match="Wrong email or password"):
        sign_in_with_password(context, "ada@example.org", PASSWORD)
    wanted = Account("Ada", "ada@example.org", "the one of a thief", "one that is better")
    with pytest.raises(Conflict):
        save_account(context, ada.id, wanted)
    assert find_signed_in(context, ada.id, ada.session_key)


def test_links_that_were_mailed_to_an_address_end_with_it(context: Context) -> None:
    """Whoever has the mailbox from before may have one that is still good."""
    ada = the_first_editor(context)
    with context.database.read() as session:
        link = sign_in_link(context, session.get_one(User, ada.id))
    save_account(context, ada.id, Account("Ada", "ada@elsewhere.example", "", PASSWORD))
    with pytest.raises(InvalidToken):
        sign_in_with_link(context, link.rpartition("/")[2])


def test_a_new_password_needs_the_current_one(context: Context) -> None:
    editor = the_first_editor(context)
    with pytest.raises(InvalidInput, match="current password"):
        save_account(
            context, editor.id, Account("Ada", "ada@example.org", "another good one", "wrong")
        )


def test_a_short_password_is_refused(context: Context) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    with pytest.raises(InvalidInput, match="12 characters"):
        save_account(context, editor.id, Account("Ada", "ada@example.org", "short"))
    with pytest.raises(InvalidInput, match="12 characters"):
        save_account(context, editor.id, Account("Ada", "ada@example.org", "eleven char"))


@pytest.mark.parametrize(
    "password",
    [
        "qwerty123456",
        "QWERTYqwerty",
        "Password2026!",
        "!!!password123",
        "dragondragon",
        "aaaaaaaaaaaaaaa",
        "1234567890123",
        "............",
        "ada@example.org",
        "ada@example.org1",
        "ada.ada.ada.ada.",
        "example.org-2026",
    ],
)
def test_a_password_that_is_tried_first_is_refused(context: Context, password: str) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    with pytest.raises(InvalidInput, match="too easy to guess"):
        save_account(context, editor.id, Account("Ada", "ada@example.org", password))


def test_a_sign_in_link_that_many_open_at_once_lets_one_in(context: Context) -> None:
    url = prepare_first_start(context).sign_in_url or ""
    token, start = url.rpartition("/")[2], threading.Barrier(8)

    def come_in(_: int) -> bool:
        start.wait(timeout=30)
        try:
            sign_in_with_link(context, token)
        except InvalidToken:
            return False
        return True

    with ThreadPoolExecutor(8) as browsers:
        assert sum(browsers.map(come_in, range(8))) == 1


def test_a_link_is_put_in_the_outbox_for_an_editor_and_for_nobody_else(context: Context) -> None:
    editor = the_first_editor(context)
    ids = request_sign_in_link(context, "ada@example.org")
    assert request_sign_in_link(context, "nobody@example.org") == []
    with context.database.read() as session:
        row = session.get_one(OutboxMessage, ids[0])
        assert (row.kind, row.user_id, row.payload) == ("sign-in", editor.id, {})


def test_nobody_can_flood_an_editor_with_links(context: Context, clock: Clock) -> None:
    the_first_editor(context)
    for _ in range(LINKS_AN_HOUR):
        assert request_sign_in_link(context, "ada@example.org")
    assert request_sign_in_link(context, "ada@example.org") == []
    clock.advance(timedelta(hours=1, seconds=1))
    assert request_sign_in_link(context, "ada@example.org")


def test_an_added_editor_is_mailed_a_link_and_the_history_says_by_whom(context: Context) -> None:
    the_first_editor(context)
    ids = add_editor(context, "ben@example.org", "Ben", by("ada@example.org"))
    with context.database.read() as session:
        ben = session.scalar(select(User).where(User.address == "ben@example.org"))
        assert ben is not None
        assert session.get_one(OutboxMessage, ids[0]).user_id == ben.id
        event = session.scalars(select(Event).where(Event.action == "user.added")).one()
        assert (event.who_name, event.subject_id) == ("ada@example.org", ben.id)


def test_two_editors_cannot_have_one_address(context: Context) -> None:
    the_first_editor(context)
    with pytest.raises(InvalidInput, match="already"):
        add_editor(context, "Ada@Example.org", "", by("ada@example.org"))


def test_a_password_that_was_hashed_for_less_is_hashed_again_when_it_is_next_used(
    context: Context,
) -> None:
    editor = the_first_editor(context)
    cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    with context.database.write() as session:
        session.get_one(User, editor.id).password_hash = cheap
    sign_in_with_password(context, "ada@example.org", PASSWORD)
    with context.database.read() as session:
        assert "m=8," in session.get_one(User, editor.id).password_hash
    assert sign_in_with_password(context, "ada@example.org", PASSWORD)
