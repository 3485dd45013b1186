"""The states of a delivery and their legal transitions."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery.deliveries import OPEN_STATES, TRANSITIONS, DeliveryState

S = DeliveryState


@pytest.mark.parametrize(
    "state", [S.ACCEPTED, S.WITHDRAWN, S.SUPPRESSED, S.CANCELLED], ids=lambda s: s.value
)
def test_final_states_have_no_way_out(state: DeliveryState) -> None:
    assert not [after for before, after in TRANSITIONS if before is state]


def test_nothing_is_sent_without_being_claimed_first() -> None:
    assert {before for before, after in TRANSITIONS if after is S.ACCEPTED} == {S.HANDING_OVER}


def test_only_waiting_deliveries_are_claimed() -> None:
    assert {before for before, after in TRANSITIONS if after is S.HANDING_OVER} == {S.PENDING}


def test_a_copy_for_a_reader_who_left_never_becomes_pending() -> None:
    assert not TRANSITIONS.are_legal(S.WITHDRAWN, S.PENDING)
    assert not TRANSITIONS.are_legal(S.SUPPRESSED, S.PENDING)


def test_a_copy_on_the_wire_is_never_cancelled() -> None:
    assert not TRANSITIONS.are_legal(S.HANDING_OVER, S.CANCELLED)
    assert not TRANSITIONS.are_legal(S.HANDING_OVER, S.EXPIRED)


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_every_open_state_has_a_way_to_an_end(state: DeliveryState) -> None:
    reachable, frontier = set(), {state}
    while frontier:
        reachable |= frontier
        frontier = {after for before, after in TRANSITIONS if before in frontier} - reachable
    assert {S.ACCEPTED, S.FAILED, S.EXPIRED} <= reachable
