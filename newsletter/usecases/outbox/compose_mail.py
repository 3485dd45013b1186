"""From a row of the outbox to its mail, by its kind.

The payload of a row holds ids alone: what they name is read, and rendered once it is read, so that
no transaction stays open over the rendering.
"""

from __future__ import annotations

from collections.abc import Callable

from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_draft import compose_proof, compose_test
from newsletter.usecases.outbox.compose_notice import (
    compose_account_change,
    compose_confirmation,
    compose_farewell,
    compose_invitation,
    compose_password_reset,
    compose_role_invitation,
    compose_sign_in,
    compose_subscription_link,
    compose_welcome,
)
from newsletter.usecases.outbox.compose_operators_notice import compose_doctor, compose_unread
from newsletter.usecases.outbox.compose_reply import compose_reply
from newsletter.usecases.outbox.mail import Mail

_KINDS: dict[OutboxKind, Callable[[Context, OutboxMessage], Mail]] = {
    OutboxKind.CONFIRMATION: compose_confirmation,
    OutboxKind.SIGN_IN: compose_sign_in,
    OutboxKind.PASSWORD_RESET: compose_password_reset,
    OutboxKind.ACCOUNT_CHANGE: compose_account_change,
    OutboxKind.INVITATION: compose_invitation,
    OutboxKind.ROLE_INVITATION: compose_role_invitation,
    OutboxKind.TEST: compose_test,
    OutboxKind.PROOF: compose_proof,
    OutboxKind.WELCOME: compose_welcome,
    OutboxKind.SUBSCRIPTION_LINK: compose_subscription_link,
    OutboxKind.FAREWELL: compose_farewell,
    OutboxKind.REPLY: compose_reply,
    OutboxKind.DOCTOR: compose_doctor,
    OutboxKind.UNREAD: compose_unread,
}


def compose_mail(context: Context, row: OutboxMessage) -> Mail:
    """Raises Gone, or a NewsletterError when it can't be made."""
    return _KINDS[OutboxKind(row.kind)](context, row)
