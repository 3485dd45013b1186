"""The tables of transitions, read as tables: issues, subscriptions, deliveries."""

from __future__ import annotations

from enum import StrEnum

import pytest

from newsletter.domain.delivery import deliveries
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues import issue as issues
from newsletter.domain.issues.issue import FIRST_STATE, IssueState
from newsletter.domain.readers import consent
from newsletter.domain.readers.consent import GONE, RECEIVING, SubscriptionState
from newsletter.domain.transitions import IllegalTransition, Transitions

TABLES = {
    "issues": (
        issues.TRANSITIONS,
        IssueState,
        {
            "draft": "scheduled sending",
            "scheduled": "draft scheduled sending paused cancelled",
            "sending": "paused sent cancelled",
            "paused": "draft sending cancelled",
            "sent": "sending",
            "cancelled": "",
            "imported": "",
        },
    ),
    "subscriptions": (
        consent.TRANSITIONS,
        SubscriptionState,
        {
            "pending": "active unsubscribed suppressed",
            "active": "paused unsubscribed suppressed",
            "paused": "active unsubscribed suppressed",
            "unsubscribed": "pending active suppressed",
            "suppressed": "pending active unsubscribed",
        },
    ),
    "deliveries": (
        deliveries.TRANSITIONS,
        DeliveryState,
        {
            "pending": "handing-over withdrawn suppressed expired cancelled",
            "handing over": "pending accepted deferred failed uncertain",
            "accepted": "",
            "deferred": "pending withdrawn suppressed expired cancelled",
            "failed": "pending",
            "uncertain": "pending",
            "withdrawn": "",
            "suppressed": "",
            "expired": "pending",
            "cancelled": "",
        },
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_what_may_follow_each_state(name: str) -> None:
    table, states, rows = TABLES[name]
    assert {state.value for state in states} == set(rows)
    for before in states:
        followers = {after.value.replace(" ", "-") for after in states if (before, after) in table}
        assert followers == set(rows[before.value].split()), before


@pytest.mark.parametrize("name", TABLES)
def test_what_the_table_does_not_name_is_refused(name: str) -> None:
    table, states, _ = TABLES[name]
    for before in states:
        for after in states:
            assert _is_refused(table, before, after) is ((before, after) not in table)


@pytest.mark.parametrize("name", TABLES)
def test_the_sources_of_a_state_are_those_that_it_may_follow(name: str) -> None:
    table, states, _ = TABLES[name]
    for after in states:
        assert table.sources(after) == {before for before in states if (before, after) in table}


def test_every_state_of_an_issue_but_imported_can_be_reached_from_the_first_one() -> None:
    assert _reached(issues.TRANSITIONS, {FIRST_STATE}) == set(IssueState) - {IssueState.IMPORTED}


def test_every_state_of_a_subscription_can_be_reached_from_a_first_one() -> None:
    assert _reached(consent.TRANSITIONS, {SubscriptionState.PENDING}) == set(SubscriptionState)


def test_only_what_receives_can_be_paused_and_only_a_pause_is_resumed() -> None:
    active, paused = SubscriptionState.ACTIVE, SubscriptionState.PAUSED
    assert consent.TRANSITIONS.sources(paused) == RECEIVING - {paused} == {active}


def test_everyone_who_is_not_gone_can_leave() -> None:
    unsubscribed = SubscriptionState.UNSUBSCRIBED
    assert consent.TRANSITIONS.sources(unsubscribed) >= set(SubscriptionState) - GONE


def _is_refused(table: Transitions[StrEnum], before: StrEnum, after: StrEnum) -> bool:
    try:
        table.require(before, after)
    except IllegalTransition:
        return True
    return False


def _reached(table: Transitions[StrEnum], first: set[StrEnum]) -> set[StrEnum]:
    found: set[StrEnum] = set()
    while first - found:
        found |= first
        first = {after for before, after in table if before in found}
    return found
