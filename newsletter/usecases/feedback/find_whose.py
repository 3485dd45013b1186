"""Whose copy a report is about. Only what a stranger could not have typed is believed.

The signed envelope sender decides, then the signed link in the returned part. Anyone with a copy
can guess the Message-IDs of others and may know their addresses: both count only at an address of
ours that nobody else knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from newsletter.domain.feedback.inbound import NOBODYS, Door, Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Clues, Feedback, FeedbackVerdict
from newsletter.domain.readers.addresses import address_key
from newsletter.mail.message_ids import OwnMessageId, read_message_id
from newsletter.mail.verp import read_verp
from newsletter.signing import InvalidToken
from newsletter.store.feedback import copies
from newsletter.usecases.context import Context

MAILED_LATELY = timedelta(days=7)
_HARMLESS = frozenset({FeedbackVerdict.REPLY, FeedbackVerdict.AUTOMATIC})
"""Nothing follows for the reader, so what they answer to may say who it was."""


def find_whose(
    context: Context, session: Session, door: Door, clues: Clues, feedback: Feedback
) -> Whose:
    """`NOBODYS` where nothing proves it. The provider has signed what a webhook brings."""
    search = _Search(context, session, clues, feedback)
    finders: Sequence[tuple[Proof, Callable[[], Iterator[ReportedCopy | None]]]] = (
        (Proof.VERP, search.by_verp),
        (Proof.TOKEN, search.by_token),
        (Proof.MESSAGE_ID, search.by_message_id),
        (Proof.ADDRESS, search.by_address),
    )
    by_provider = ((Proof.VERP, search.by_verp), (Proof.PROVIDER, search.by_provider))
    for proof, find in by_provider if door.is_webhook else finders:
        if copy := next((copy for copy in find() if copy), None):
            return Whose(copy, proof)
    return NOBODYS


@dataclass(frozen=True, slots=True)
class _Search:
    context: Context
    session: Session
    clues: Clues
    feedback: Feedback

    def by_verp(self) -> Iterator[ReportedCopy | None]:
        for address in (*self.clues.addressed_to, *self.clues.return_paths):
            yield self._signed(address)

    def by_token(self) -> Iterator[ReportedCopy | None]:
        for url in self.clues.unsubscribe_urls:
            if url.strip("<>").lower().startswith("mailto:"):
                yield self._signed(url.strip("<>")[len("mailto:") :].partition("?")[0])
            else:
                yield self._linked(url.strip("<>").rpartition("/")[2])

    def by_message_id(self) -> Iterator[ReportedCopy | None]:
        for text in self.clues.message_ids if self._came_to_a_secret_address() else ():
            copy = self._identified(read_message_id(text))
            if copy and self._is_named(copy):
                yield copy
        if self.feedback.verdict in _HARMLESS:
            yield from (self._identified(read_message_id(t)) for t in self.clues.replied_to)

    def by_address(self) -> Iterator[ReportedCopy | None]:
        if self._came_to_a_secret_address():
            yield self._mailed_lately()

    def by_provider(self) -> Iterator[ReportedCopy | None]:
        yield from (self._identified(read_message_id(text)) for text in self.clues.message_ids)
        yield self._mailed_lately()

    def _came_to_a_secret_address(self) -> bool:
        secret = {address.lower() for address in self.context.settings.inbound_bounce_addresses}
        return bool(secret & {address.lower() for address in self.clues.addressed_to})

    def _signed(self, address: str) -> ReportedCopy | None:
        claim = read_verp(address, self.context.settings.secret_keys)
        match (claim.kind, claim.ids) if claim else None:
            case ("d", (edition_id, subscriber_id)):
                return copies.copy_of_edition(self.session, edition_id, subscriber_id)
            case ("o", (outbox_id,)):
                return copies.copy_of_outbox(self.session, outbox_id)
            case ("u", (subscription_id, edition_id)):
                return copies.copy_of_subscription(self.session, subscription_id, edition_id)
        return None

    def _mailed_lately(self) -> ReportedCopy | None:
        if not self.feedback.recipient:
            return None
        since = self.context.now() - MAILED_LATELY
        return copies.newest_copy_to(self.session, self.feedback.recipient, since)

    def _linked(self, token: str) -> ReportedCopy | None:
        try:
            subscription_id, edition_id = self.context.signer.read_unsubscribe(token)
        except InvalidToken:
            return None
        return copies.copy_of_subscription(self.session, subscription_id, edition_id)

    def _identified(self, claim: OwnMessageId | None) -> ReportedCopy | None:
        if claim is None:
            return None
        copy = (
            copies.copy_of_outbox(self.session, claim.outbox_id)
            if claim.outbox_id
            else copies.copy_of_edition(self.session, claim.edition_id, claim.subscriber_id)
        )
        is_ours = copy is not None and copies.copy_made_at(self.session, copy) == claim.made_at
        return copy if is_ours else None

    def _is_named(self, copy: ReportedCopy) -> bool:
        key = copies.key_of_subscriber(self.session, copy.subscriber_id)
        named = (*self.clues.reported, self.feedback.recipient)
        return key is not None and key in {address_key(address) for address in named if address}
