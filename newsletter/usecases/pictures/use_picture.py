"""Makes a picture of the library the newsletter's logo, or its picture on other sites."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.errors import NotFound
from newsletter.domain.newsletters.themes import LONGEST_ALT
from newsletter.domain.pictures import KeptPicture
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.models import Newsletter
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import kept, picture_by_id
from newsletter.urls import media_url
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


class UsedAs(StrEnum):
    LOGO = "logo"
    SOCIAL = "social"


def use_picture(
    context: Context, slug: str, picture_id: int, used_as: UsedAs, principal: Principal
) -> None:
    """Nothing is fetched: we know that it is a picture. Raises NotFound."""
    require_for_newsletter(context, principal, "use_picture", slug)
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = picture_by_id(session, newsletter.id, picture_id)
        if row is None:
            raise NotFound("This picture is not in the library.", advice="It was deleted.")
        chosen = _chosen(kept(row), used_as, newsletter, context.settings.public_url)
        newsletter.theme = {**newsletter.theme, **chosen}
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_SETTINGS_CHANGED,
            subject_id=newsletter.id,
        )


def _chosen(
    picture: KeptPicture, used_as: UsedAs, newsletter: Newsletter, public_url: str
) -> Mapping[str, Any]:
    url = media_url(public_url, picture.name)
    if used_as is UsedAs.SOCIAL:
        return {"social_url": url}
    words = (picture.alt or newsletter.name)[:LONGEST_ALT]
    return {"logo_url": url, "logo_alt": words}
