"""A passkey lets its owner in once for each challenge, and nobody by a copy of what it said."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pyotp
import pytest

from newsletter.domain.errors import Conflict, InvalidInput, Misconfigured
from newsletter.domain.operations.diagnoses import Health
from newsletter.domain.staff.second_factors import RelyingParty, relying_party
from newsletter.store.models import Passkey
from newsletter.store.passkeys import passkeys_of
from newsletter.usecases.context import Context
from newsletter.usecases.operations.examine_installation import _second_factors
from newsletter.usecases.staff.confirm import CONFIRMED_FOR, Unconfirmed, is_confirmed
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.passkeys import (
    CHALLENGE_LIFETIME,
    add_passkey,
    ask_new_passkey,
    ask_passkey,
    confirm_with_passkey,
    finish_with_passkey,
    go_on_with_passkey,
    remove_passkey,
    sign_in_with_passkey,
)
from newsletter.usecases.staff.reset_password import MayReset, begin_reset
from newsletter.usecases.staff.second_factors import Added, add_app, list_factors, offer_app
from newsletter.usecases.staff.second_step import HalfSignedIn
from newsletter.usecases.staff.sessions import find_signed_in
from newsletter.usecases.staff.sign_in import sign_in_with_password
from tests.conftest import Clock
from tests.support.authenticator import Authenticator
from tests.support.builders import an_editor
from tests.support.factors import ADDRESS, PASSWORD, reset_token, the_first_editor


@pytest.fixture
def ada(context: Context) -> Editor:
    return the_first_editor(context)


@pytest.fixture
def phone(context: Context, ada: Editor) -> Authenticator:
    phone = Authenticator()
    assert len(add(context, ada, phone).codes) == 10
    return phone


def add(context: Context, editor: Editor, device: Authenticator) -> Added:
    asked = ask_new_passkey(context, editor)
    return add_passkey(context, editor, asked.challenge, device.create(asked.options), "Phone")


def sign_in(context: Context, device: Authenticator) -> Editor:
    asked = ask_passkey(context, "sign-in")
    return sign_in_with_passkey(context, asked.challenge, device.get(asked.options))


def refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput, match="This passkey was not accepted"):
        attempt()


def test_it_signs_in_alone_as_the_second_step_and_before_a_new_password(
    context: Context, ada: Editor, phone: Authenticator
) -> None:
    assert add(context, ada, Authenticator()).codes == (), "there are recovery codes already"
    editor = sign_in(context, phone)
    assert find_signed_in(context, ada.id, editor.session_key)
    half = sign_in_with_password(context, ADDRESS, PASSWORD)
    assert isinstance(half, HalfSignedIn)
    asked = ask_passkey(context, "second", half.user_id)
    finish_with_passkey(context, half, asked.challenge, phone.get(asked.options))
    begun = begin_reset(context, reset_token(context))
    assert isinstance(begun, HalfSignedIn)
    asked = ask_passkey(context, "second", begun.user_id)
    may = go_on_with_passkey(context, begun, asked.challenge, phone.get(asked.options))
    assert isinstance(may, MayReset)


def test_a_challenge_is_answered_once_in_time_and_for_its_purpose(
    context: Context, ada: Editor, phone: Authenticator, clock: Clock
) -> None:
    asked = ask_passkey(context, "sign-in")
    answer = phone.get(asked.options)
    sign_in_with_passkey(context, asked.challenge, answer)
    refused(lambda: sign_in_with_passkey(context, asked.challenge, answer))
    refused(lambda: sign_in_with_passkey(context, asked.challenge, phone.get(asked.options)))
    other = ask_passkey(context, "second", ada.id)
    refused(lambda: sign_in_with_passkey(context, other.challenge, phone.get(other.options)))
    mixed = ask_passkey(context, "sign-in")
    refused(lambda: sign_in_with_passkey(context, mixed.challenge, phone.get(other.options)))
    late = ask_passkey(context, "sign-in")
    clock.advance(CHALLENGE_LIFETIME)
    refused(lambda: sign_in_with_passkey(context, late.challenge, phone.get(late.options)))


def test_no_other_site_device_or_editor_gets_in_with_it(
    context: Context, ada: Editor, phone: Authenticator
) -> None:
    for other in (
        replace(phone, origin="https://evil.example"),
        replace(phone, host="evil.example"),
        replace(phone, key=Authenticator().key),
        replace(phone, knows_owner=False),
        Authenticator(),
    ):
        refused(partial(sign_in, context, other))
    asked = ask_passkey(context, "sign-in")
    good = json.loads(phone.get(asked.options))
    odd = [{**good, "id": odd} for odd in ("\0", "\ud800", "", 7, None)]
    odd += [{**good, "response": {}}, {**good, "rawId": "é"}, {}, None, []]
    for said in (*map(json.dumps, odd), "", "[" * 2000):
        refused(partial(sign_in_with_passkey, context, asked.challenge, said))
    eve = an_editor(context, sign_in_stamp="eve")
    half = HalfSignedIn(eve.id, "eve", "password", context.now())
    asked = ask_passkey(context, "second", eve.id)
    refused(lambda: finish_with_passkey(context, half, asked.challenge, phone.get(asked.options)))


def test_a_copy_of_a_key_is_noticed_once_both_were_used(
    context: Context, phone: Authenticator
) -> None:
    copied = replace(phone)
    sign_in(context, phone)
    sign_in(context, phone)
    refused(lambda: sign_in(context, copied))


def test_a_key_and_its_copy_at_once_let_one_in(context: Context, phone: Authenticator) -> None:
    asked = [ask_passkey(context, "sign-in") for _ in range(2)]
    answers = [replace(phone).get(one.options) for one in asked]
    start = Barrier(2)

    def come_in(number: int) -> bool:
        start.wait(timeout=30)
        try:
            return bool(sign_in_with_passkey(context, asked[number].challenge, answers[number]))
        except InvalidInput:
            return False

    with ThreadPoolExecutor(2) as browsers:
        assert sum(browsers.map(come_in, range(2))) == 1


def test_factors_that_are_added_at_once_are_added_once_and_the_codes_come_with_one(
    context: Context, ada: Editor, clock: Clock
) -> None:
    """Codes that are shown would be void if others were made after them."""
    asked, offered, start = ask_new_passkey(context, ada), offer_app(context, ada), Barrier(4)
    answer = Authenticator().create(asked.options)
    code = pyotp.TOTP(offered.secret).at(context.now())

    def add_one(number: int) -> Added | None:
        start.wait(timeout=30)
        try:
            if number % 2:
                return add_passkey(context, ada, asked.challenge, answer, "Phone")
            return add_app(context, ada, offered.sealed, code)
        except (Conflict, InvalidInput):
            return None

    with ThreadPoolExecutor(4) as presses:
        done = [one for one in presses.map(add_one, range(4)) if one]
    assert sorted(len(one.codes) for one in done) == [0, 10]


def test_it_is_confirmed_by_itself_and_removed_with_the_password(
    context: Context, ada: Editor, phone: Authenticator, clock: Clock
) -> None:
    clock.advance(CONFIRMED_FOR)
    with pytest.raises(Unconfirmed):
        ask_new_passkey(context, ada)
    asked = ask_passkey(context, "confirm", ada.id)
    confirm_with_passkey(context, ada, asked.challenge, phone.get(asked.options))
    assert is_confirmed(context, ada)
    (shown,) = list_factors(context, ada).passkeys
    assert (shown.name, shown.used_at) == ("Phone", context.now())
    eves = an_editor(context)
    with context.database.write() as session:
        session.add(Passkey(user_id=eves.id, credential_id="eve", public_key="", sign_count=0,
                            name="Hers", added_at=context.now()))  # fmt: skip
        session.flush()
        hers = passkeys_of(session, eves.id)[0].id
    with pytest.raises(InvalidInput):
        remove_passkey(context, ada, shown.id, "guessed it right")
    with pytest.raises(Exception, match="removed already"):
        remove_passkey(context, ada, hers, PASSWORD)
    remove_passkey(context, ada, shown.id, PASSWORD)
    refused(lambda: sign_in(context, phone))
    assert list_factors(context, ada).codes_left == 0


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://news.example.org", RelyingParty("news.example.org", "https://news.example.org")),
        ("https://news.example.org:443/x", RelyingParty("news.example.org", "https://news.example.org")),
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://news.example.org", None),
        ("https://192.0.2.1", None),
        ("http://127.0.0.1:8000", None),
        ("https://[2001:db8::1]", None),
        ("", None),
    ],
)  # fmt: skip
def test_passkeys_need_https_or_localhost_and_a_name(
    public_url: str, party: RelyingParty | None
) -> None:
    assert relying_party(public_url) == party


def test_a_move_to_another_host_is_told_by_counts_and_old_passkeys_are_not_asked_for(
    context: Context, ada: Editor, phone: Authenticator
) -> None:
    assert [one.lost_host for one in list_factors(context, ada).passkeys] == [""]
    moved = replace(context, settings=replace(context.settings, public_url="https://new.example"))
    (one,) = (found for found in _second_factors(moved) if found.about == "PUBLIC_URL")
    assert one.health is Health.WARNING
    assert one.found == "1 passkey belongs to another host than new.example, of 1 editor."
    half = sign_in_with_password(moved, ADDRESS, PASSWORD)
    assert isinstance(half, HalfSignedIn)
    asked = json.loads(ask_passkey(moved, "second", half.user_id).options)
    assert not asked.get("allowCredentials")
    (lost,) = list_factors(moved, ada).passkeys
    assert lost.lost_host == relying_party(context.settings.public_url).host  # type: ignore[union-attr]


def test_a_passkey_of_an_older_version_has_an_unknown_host_until_it_is_used(
    context: Context, ada: Editor, phone: Authenticator
) -> None:
    with context.database.write() as session:
        passkeys_of(session, ada.id)[0].host = ""
    (one,) = (found for found in _second_factors(context) if found.about == "PUBLIC_URL")
    assert (one.health, one.found.partition(",")[0]) == (
        Health.UNKNOWN,
        "1 passkey was added by an older version",
    )
    sign_in(context, phone)
    (one,) = (found for found in _second_factors(context) if found.about == "PUBLIC_URL")
    assert one.health is Health.GOOD


def test_without_such_an_address_none_is_asked_for(context: Context) -> None:
    settings = replace(context.settings, public_url="http://news.example.org")
    with pytest.raises(Misconfigured):
        ask_passkey(replace(context, settings=settings), "sign-in")
