"""Joins by source and leaves by reason: what a piece of evidence counts as, in words."""

from __future__ import annotations

import re

from newsletter.domain.readers.consent import ConsentKind, SuppressionReason

RETURN = "subscribed again"
BY_EMAIL = "asked by email"
LEAVING_PAGES = ("one-click", "page", "preferences page", "not confirmed in time")
"""How those who left on their own went. A link in a mail adds its edition."""

_JOINS = {
    ConsentKind.CONFIRMED: "Signed up",
    ConsentKind.ADDED: "Added by an editor",
    ConsentKind.IMPORTED: "Imported",
}
_LEAVES = {
    "one-click": "Unsubscribed in the mail program",
    "page": "Unsubscribed with the link in a mail",
    "preferences page": "Unsubscribed on the preferences page",
    BY_EMAIL: "Unsubscribed by email",
    "not confirmed in time": "Never confirmed",
    SuppressionReason.SOFT_BOUNCES: "Several issues in a row bounced",
    SuppressionReason.HARD_BOUNCE: "Address does not work",
    SuppressionReason.COMPLAINT: "Complained",
    SuppressionReason.EDITOR: "Suppressed by an editor",
    SuppressionReason.ERASED: "Erased",
}
_OTHERWISE = "By an editor, by import or otherwise"
_EDITION = re.compile(r".*, edition (\d+)")


def join_source(kind: str, how: str) -> str:
    """Empty for what is no join."""
    if how == RETURN:
        return "Subscribed again"
    return _JOINS.get(ConsentKind(kind), "")


def leave_reason(kind: str, how: str) -> str:
    """Empty for what is no leave."""
    if ConsentKind(kind) not in (ConsentKind.WITHDRAWN, ConsentKind.SUPPRESSED):
        return ""
    return _LEAVES.get(how.partition(", edition")[0], _OTHERWISE)


def edition_left_from(how: str) -> int:
    """The edition whose link was used, 0 for none."""
    found = _EDITION.fullmatch(how)
    return int(found[1]) if found else 0
