"""Who has which role in a newsletter. Gives and takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.domain.staff.roles import Role
from newsletter.store.models import Newsletter, NewsletterRole, User
from newsletter.store.upserts import insert_if_missing


@dataclass(frozen=True, slots=True)
class Person:
    """An editor with a role in a newsletter."""

    user_id: int
    address: str
    name: str
    role: Role
    since: datetime
    signed_in_at: datetime | None

    @property
    def shown_name(self) -> str:
        return self.name or self.address or "The first editor"


def people_of(session: Session, newsletter_id: int, *, lock: bool = False) -> list[Person]:
    """The owners first. `lock` keeps others from changing their roles meanwhile."""
    wanted = (
        select(User, NewsletterRole)
        .join(NewsletterRole, NewsletterRole.user_id == User.id)
        .where(NewsletterRole.newsletter_id == newsletter_id)
        .order_by(User.id)
    )
    found = session.execute(wanted.with_for_update() if lock else wanted)
    people = [
        Person(user.id, user.address, user.name, Role(row.role), row.given_at, user.signed_in_at)
        for user, row in found
    ]
    order = list(Role)
    return sorted(people, key=lambda person: -order.index(person.role))


def newsletters_owned_alone(session: Session, user_id: int) -> list[str]:
    """The names of those that would have no owner without them. Locks the roles in them."""
    owned = sorted(
        which for which, role in roles_of(session, user_id).items() if role is Role.OWNER
    )
    return [
        session.get_one(Newsletter, newsletter_id).name
        for newsletter_id in owned
        if owners_among(people_of(session, newsletter_id, lock=True)) == {user_id}
    ]


def owners_among(people: list[Person]) -> set[int]:
    return {one.user_id for one in people if one.role is Role.OWNER}


def take_role(session: Session, newsletter_id: int, user_id: int) -> None:
    key = {"newsletter_id": newsletter_id, "user_id": user_id}
    session.execute(delete(NewsletterRole).filter_by(**key))


def roles_of(session: Session, user_id: int) -> dict[int, Role]:
    """By newsletter id."""
    wanted = select(NewsletterRole.newsletter_id, NewsletterRole.role)
    found = session.execute(wanted.where(NewsletterRole.user_id == user_id))
    return {row.newsletter_id: Role(row.role) for row in found}


def give_role(  # noqa: PLR0913, PLR0917  each is a column
    session: Session, newsletter_id: int, user_id: int, role: Role, by: str, now: datetime
) -> None:
    """Replaces the role they had. An editor who was removed meanwhile gets none."""
    if session.get(User, user_id) is None:
        return
    key = {"newsletter_id": newsletter_id, "user_id": user_id}
    values = {"role": role, "given_at": now, "given_by": by}
    insert_if_missing(session, NewsletterRole, list(key), **key, **values)
    session.execute(update(NewsletterRole).filter_by(**key).values(**values))


def own_new_newsletter(
    session: Session, newsletter: Newsletter, who: Principal, now: datetime
) -> None:
    """It is theirs who made it; made by no editor, it is the first administrator's, if any."""
    if who.kind is PrincipalKind.EDITOR:
        owner_id = who.id
    else:
        administrators = User.administrator_since.is_not(None)
        owner_id = session.scalar(select(User.id).where(administrators).order_by(User.id).limit(1))
    if owner_id is not None:
        give_role(session, newsletter.id, owner_id, Role.OWNER, who.name, now)
