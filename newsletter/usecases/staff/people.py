"""The people of a newsletter: who has which role. There is always an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, NotFound
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.store.events import record_event
from newsletter.store.factors import have_second_factor
from newsletter.store.invitations import open_invitations
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.roles import Person, give_role, owners_among, people_of, take_role
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


@dataclass(frozen=True, slots=True)
class Invited:
    id: int
    address: str
    role: Role
    invited_by: str
    expires_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class People:
    """Those with a role, the owners first, and those who are invited."""

    people: tuple[Person, ...]
    invited: tuple[Invited, ...]
    with_factor: frozenset[int]
    """The ids of those who have a second factor."""
    factor_required_since: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "people": [
                {
                    "address": one.address,
                    "name": one.name,
                    "role": one.role,
                    "since": one.since,
                    "second_factor": one.user_id in self.with_factor,
                }
                for one in self.people
            ],
            "invited": [
                {"address": one.address, "role": one.role, "expires_at": one.expires_at}
                for one in self.invited
            ],
        }


def list_people(context: Context, slug: str, principal: Principal) -> People:
    require_for_newsletter(context, principal, "list_people", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        waiting = open_invitations(session, newsletter.id)
        people = people_of(session, newsletter.id)
        return People(
            tuple(people),
            tuple(
                Invited(
                    id=one.id,
                    address=one.address,
                    role=Role(one.role),
                    invited_by=one.invited_by,
                    expires_at=one.expires_at,
                    is_over=one.expires_at <= context.now(),
                )
                for one in waiting
            ),
            have_second_factor(session, [one.user_id for one in people]),
            newsletter.second_factor_since,
        )


def change_role(
    context: Context, slug: str, user_id: int, role: Role, principal: Principal
) -> None:
    """In effect from their next request on. Raises NotFound, and Conflict for the last owner."""
    require_for_newsletter(context, principal, "change_role", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        people = people_of(session, newsletter_id, lock=True)
        _person(people, user_id)
        if role is not Role.OWNER:
            _require_another_owner(people, user_id)
        _give(context, session, newsletter_id, user_id, role, principal)


def hand_over(context: Context, slug: str, user_id: int, principal: Principal) -> None:
    """They become the owner, and former owners become editors. Raises NotFound."""
    require_for_newsletter(context, principal, "hand_over", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        people = people_of(session, newsletter_id, lock=True)
        _person(people, user_id)
        _give(context, session, newsletter_id, user_id, Role.OWNER, principal)
        for one in people:
            if one.role is Role.OWNER and one.user_id != user_id:
                _give(context, session, newsletter_id, one.user_id, Role.EDITOR, principal)


def remove_person(context: Context, slug: str, user_id: int, principal: Principal) -> str:
    """Takes their role: from the next request on the newsletter is gone for them. Returns their
    name. Raises NotFound, and Conflict for the last owner.
    """
    require_for_newsletter(context, principal, "remove_person", slug)
    return _remove(context, slug, user_id, principal)


def leave_newsletter(context: Context, slug: str, principal: Principal) -> None:
    """Gives up one's own role. Raises NotFound, and Conflict for the last owner."""
    require_for_newsletter(context, principal, "leave_newsletter", slug)
    _remove(context, slug, principal.id or 0, principal)


def _remove(context: Context, slug: str, user_id: int, principal: Principal) -> str:
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        people = people_of(session, newsletter_id, lock=True)
        person = _person(people, user_id)
        _require_another_owner(people, user_id)
        take_role(session, newsletter_id, user_id)
        facts = {"newsletter_id": newsletter_id, "address": person.address}
        _record(context, session, Action.USER_ROLE_TAKEN, user_id, principal, facts)
        return person.shown_name


def _give(  # noqa: PLR0913, PLR0917  to whom, where, and by whom
    context: Context,
    session: Session,
    newsletter_id: int,
    user_id: int,
    role: Role,
    principal: Principal,
) -> None:
    give_role(session, newsletter_id, user_id, role, principal.name, context.now())
    facts = {"newsletter_id": newsletter_id, "role": role}
    _record(context, session, Action.USER_ROLE_GIVEN, user_id, principal, facts)


def _record(  # noqa: PLR0913, PLR0917  who did what to whom
    context: Context,
    session: Session,
    action: Action,
    user_id: int,
    principal: Principal,
    facts: dict[str, Any],
) -> None:
    record_event(
        session, at=context.now(), who=principal, action=action, subject_id=user_id, facts=facts
    )


def _person(people: list[Person], user_id: int) -> Person:
    for one in people:
        if one.user_id == user_id:
            return one
    raise NotFound("They have no role in this newsletter.")


def _require_another_owner(people: list[Person], user_id: int) -> None:
    if owners_among(people) == {user_id}:
        raise Conflict(
            "A newsletter always has an owner.", advice="Make someone else an owner first."
        )
