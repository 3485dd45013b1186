"""Who has which role in a newsletter. Gives and takes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.domain.principals import Principal, PrincipalKind
from newsletter.domain.roles import Role
from newsletter.store.models import Newsletter, NewsletterRole, User
from newsletter.store.upserts import insert_if_missing


def roles_of(session: Session, user_id: int) -> dict[int, Role]:
    """By newsletter id."""
    wanted = select(NewsletterRole.newsletter_id, NewsletterRole.role)
    found = session.execute(wanted.where(NewsletterRole.user_id == user_id))
    return {row.newsletter_id: Role(row.role) for row in found}


def give_role(  # noqa: PLR0913, PLR0917  each is a column
    session: Session, newsletter_id: int, user_id: int, role: Role, by: str, now: datetime
) -> None:
    """In place of the one they had."""
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
