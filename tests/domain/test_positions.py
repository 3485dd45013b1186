"""Positions with gaps: what is moved gets a new one, and what stays keeps its own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.positions import GAP, positions_for

ORDERS = st.lists(st.one_of(st.none(), st.integers(-(1 << 40), 1 << 40)), max_size=30)


def changed(current: list[int | None], placed: list[int]) -> int:
    return sum(old != new for old, new in zip(current, placed, strict=True))


@given(ORDERS)
def test_positions_always_grow(current: list[int | None]) -> None:
    placed = positions_for(current)
    assert len(placed) == len(current)
    assert all(low < high for low, high in itertools.pairwise(placed))


@given(st.lists(st.integers(-(1 << 40), 1 << 40), unique=True, max_size=30))
def test_what_is_in_order_already_stays(positions: list[int]) -> None:
    current = sorted(positions)
    assert positions_for(current) == current


@given(st.integers(1, 40), st.data())
def test_a_move_changes_one_position(count: int, data: st.DataObject) -> None:
    current: list[int | None] = [*positions_for([None] * count)]
    moved = current.pop(data.draw(st.integers(0, count - 1)))
    current.insert(data.draw(st.integers(0, count - 1)), moved)
    assert changed(current, positions_for(current)) <= 1


@pytest.mark.parametrize("place", [0, 1, 3])
def test_what_is_new_goes_between_and_moves_nothing_else(place: int) -> None:
    current: list[int | None] = [GAP, 2 * GAP, 3 * GAP]
    current.insert(place, None)
    assert changed(current, positions_for(current)) == 1


def test_where_a_gap_is_used_up_all_are_numbered_again_and_only_then() -> None:
    """The next twenty moves into the same place have room again."""
    positions: list[int | None] = [GAP, 2 * GAP]
    spread = [GAP, 2 * GAP, 3 * GAP]
    moves = 0
    while positions_for([positions[0], None, positions[1]]) != spread:
        positions = positions_for([positions[0], None, positions[1]])[:2]
        moves += 1
    assert moves == 20


def test_neighbours_without_a_gap_are_numbered_again() -> None:
    assert positions_for([1, None, 2]) == [GAP, 2 * GAP, 3 * GAP]
