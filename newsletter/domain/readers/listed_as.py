"""What a list from elsewhere says of a reader, and what becomes of it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from newsletter.domain.plain_words import plain_word
from newsletter.domain.readers.consent import SubscriptionState, SuppressionReason


class ListedAs(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    BLOCKLISTED = "blocklisted"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LEFT_OUT = "left out"
    """By choice: such rows are not imported."""

    @property
    def state(self) -> SubscriptionState:
        return _STATES.get(self, SubscriptionState.SUPPRESSED)

    @property
    def suppression(self) -> SuppressionReason | None:
        """Why the address is never mailed again, by any newsletter."""
        return _SUPPRESSIONS.get(self)

    @property
    def is_gone(self) -> bool:
        """Left, or out of reach: kept as such, so that no other list brings them back."""
        return self not in _STAYING


_STATES = {
    ListedAs.ACTIVE: SubscriptionState.ACTIVE,
    ListedAs.PAUSED: SubscriptionState.PAUSED,
    ListedAs.PENDING: SubscriptionState.PENDING,
    ListedAs.UNSUBSCRIBED: SubscriptionState.UNSUBSCRIBED,
}
_SUPPRESSIONS = {
    # Someone decided it there, so an editor may take it back here.
    ListedAs.BLOCKLISTED: SuppressionReason.EDITOR,
    ListedAs.BOUNCED: SuppressionReason.HARD_BOUNCE,
    ListedAs.COMPLAINED: SuppressionReason.COMPLAINT,
}
_STAYING = frozenset({ListedAs.ACTIVE, ListedAs.PAUSED, ListedAs.PENDING, ListedAs.LEFT_OUT})
_RANKS = {
    ListedAs.ACTIVE: 0,
    ListedAs.PAUSED: 1,
    ListedAs.PENDING: 2,
    ListedAs.LEFT_OUT: 3,
    # Who is gone is kept as such, also where another column of the row is left out by choice.
    ListedAs.UNSUBSCRIBED: 4,
    ListedAs.BLOCKLISTED: 5,
    ListedAs.BOUNCED: 6,
    ListedAs.COMPLAINED: 7,
}

# Those that say nothing else in any column: they tell that it is one of states.
_TELLING = {
    ListedAs.ACTIVE: """subscribed, opted in, confirmed, double opt in, single opt in, active,
        enabled, abonniert, angemeldet, aktiv, bestätigt, abonné, abonnée, inscrit, inscrite, actif,
        suscrito, suscrita, activo, activa, iscritto, iscritta, attivo, attiva, inscrito, inscrita,
        ativo, ativa, ingeschreven, aangemeld, actief, zapisany, zapisana, aktywny, aktywna,
        подписан, подписана, активен, активна, активный, 購読中, 配信中, 登録済み, 有効, 已订阅,
        구독중, prenumererar, tilmeldt, påmeldt""",
    ListedAs.PENDING: """unconfirmed, not confirmed, unactivated, not activated, unverified,
        not verified, awaiting confirmation, waiting for confirmation, pending confirmation,
        opt in pending, double opt in pending, unbestätigt, nicht bestätigt, en attente,
        non confirmé, non confirmée, pendiente, no confirmado, sin confirmar, in attesa,
        non confermato, pendente, não confirmado, niet bevestigd, niepotwierdzony, не подтвержден,
        未確認, 仮登録, 待确认, 未确认""",
    ListedAs.UNSUBSCRIBED: """unsubscribed, unsubscribe, unsub, unsubs, not subscribed,
        nonsubscribed, non subscribed, never subscribed, opted out, opt out, optout, not opted in,
        list unsubscribe, global unsubscribe, group unsubscribe, unsubscribed from all,
        unsubscribed from all email, no consent, deactivated, abgemeldet, ausgetragen, abbestellt,
        gekündigt, deaktiviert, nicht abonniert, désabonné, désabonnée, désinscrit, désinscrite,
        non abonné, non inscrit, dado de baja, de baja, desuscrito, desuscrita, no suscrito,
        disiscritto, disiscritta, non iscritto, descadastrado, descadastrada, desinscrito,
        não inscrito, uitgeschreven, afgemeld, opgezegd, wypisany, wypisana, odhlášen, отписан,
        отписана, отписался, отписалась, не подписан, 配信停止, 購読停止, 購読解除, 配信解除, 解除,
        解除済み, 退会, 退会済み, 退订, 已退订, 取消订阅, 已取消订阅, 未订阅, 수신거부, 구독취소,
        avregistrerad, avmeldt, afmeldt""",
    ListedAs.BLOCKLISTED: """blocklisted, blacklisted, suppressed, manual suppression,
        manualsuppression, manually added, do not mail, do not email, do not contact, gesperrt,
        bloqué, bloquée, bloqueado, bloqueada, bloccato, geblokkeerd, zablokowany, заблокирован,
        黑名单""",
    ListedAs.BOUNCED: """bounced, bounce, bounces, hard bounced, hard bounce, hard bounces,
        hardbounce, hardbounced, bounce rule, cleaned, undeliverable, bad mailbox, user unknown,
        no such user, mailbox does not exist, unzustellbar, rebond, rebote, rebotado, 不達""",
    ListedAs.COMPLAINED: """complained, complaint, complaints, complainer, spam complaint,
        spamcomplaint, spam complaints, spam report, spam reports, reported spam,
        reported as spam, marked as spam, marked as junk, feedback loop, abuse complaint,
        abuse report, beschwerde, plainte, queja, 迷惑メール""",
}
_OTHER_WORDS = {
    ListedAs.ACTIVE: """subscriber, verified, opt in, regular, free, premium, paid, paying, unpaid,
        trial, trialed, trialing, gifted, gift, comp, complimentary, churning, past due, valid,
        deliverable, alta""",
    ListedAs.PAUSED: "paused, snoozed",
    ListedAs.PENDING: "pending, invited, validating",
    ListedAs.UNSUBSCRIBED: """disabled, removed, deleted, archived, cancelled, canceled, left,
        withdrawn, excluded, gelöscht, supprimé, baja, cancelado, cancelada, eliminado, cancellato,
        removido, 停止""",
    ListedAs.BLOCKLISTED: "blocked, banned, spammy, blockiert, 拒否, ブロック",
    ListedAs.BOUNCED: "unreachable, invalid, invalid email, malformed, ungültig, エラー",
    ListedAs.COMPLAINED: "spam, abuse, junk",
}


def _by_word(words: Mapping[ListedAs, str]) -> dict[str, ListedAs]:
    return {
        plain_word(word): listed_as
        for listed_as, listed in words.items()
        for word in listed.split(",")
    }


_TELLING_MEANINGS = _by_word(_TELLING)
_MEANINGS = _by_word(_OTHER_WORDS) | _TELLING_MEANINGS


def meaning_of(word: str) -> ListedAs | None:
    """None for a word that we don't know, or that services use for different things: inactive."""
    return _MEANINGS.get(plain_word(word))


def telling_meaning_of(word: str) -> ListedAs | None:
    """As meaning_of, but None also for a word that is at home in other columns: free, removed."""
    return _TELLING_MEANINGS.get(plain_word(word))


def gravest(all_of_them: Iterable[ListedAs]) -> ListedAs | None:
    return max(all_of_them, key=_RANKS.__getitem__, default=None)
