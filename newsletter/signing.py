"""Tokens: one pair of functions and one salt a purpose. Payloads hold ids, nothing personal.

What must not be read from the database alone is sealed by the same keys.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import itsdangerous
from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode, want_bytes

from newsletter.domain.errors import InvalidInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_DIGEST = {"digest_method": hashlib.sha256}


class InvalidToken(InvalidInput):
    """Altered, made for another purpose, or signed with a key that we don't have."""


class ExpiredToken(InvalidToken):
    """Ours, but too old."""


@dataclass(frozen=True, slots=True)
class SignInClaim:
    """Works once: `stamp` changes with each sign-in and each new password."""

    user_id: int
    stamp: str


@dataclass(frozen=True, slots=True)
class KeptForm:
    """What was typed into the form that posts to `path`: names and texts, in the page's order."""

    path: str
    fields: tuple[tuple[str, str], ...]


class _QuickSigner(itsdangerous.Signer):
    """Derives the key of a purpose once: every copy of an issue carries two tokens."""

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        key = want_bytes(self.secret_keys[-1] if secret_key is None else secret_key)
        return _derived_key(key, self.salt)

    def get_signature(self, value: str | bytes) -> bytes:
        return base64_encode(hmac.digest(self.derive_key(), want_bytes(value), "sha256"))


@lru_cache(maxsize=256)
def _derived_key(key: bytes, salt: bytes) -> bytes:
    return itsdangerous.Signer(key, salt, digest_method=hashlib.sha256).derive_key()


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _url_safe(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")


_CLICK = re.compile(r"(([0-9a-f]{1,16})(?:-([0-9a-f]{1,16}))?)([A-Za-z0-9_-]{8})")
_SHORT_MAC_BYTES = 6
"""A forged one only adds a click to a count, and guesses are limited."""


def _short_mac(secret_key: str, claim: str) -> str:
    key = _derived_key(want_bytes(secret_key), _salt("clicks").encode())
    return _url_safe(hmac.digest(key, claim.encode(), "sha256")[:_SHORT_MAC_BYTES]).decode()


class _QuickSerializer(URLSafeSerializer):
    """Makes its signer once, and tokens of ids without a look at whether compressing pays."""

    def make_signer(self, salt: str | bytes | None = None) -> itsdangerous.Signer:
        if salt is not None:
            return super().make_signer(salt)
        if self._signer is None:
            self._signer = super().make_signer()
        return self._signer

    _signer: itsdangerous.Signer | None = None
    _keyed: hmac.HMAC | None = None

    def quick_dumps(self, payload: str) -> str:
        """What `dumps` makes of the value whose JSON is `payload`, a fifth as long."""
        if self._keyed is None:
            self._keyed = hmac.new(self.make_signer().derive_key(), digestmod="sha256")
        value = _url_safe(payload.encode())
        # A copy of the keyed state: hmac.digest would start over and release the GIL.
        mac = self._keyed.copy()
        mac.update(value)
        return f"{value.decode()}.{_url_safe(mac.digest()).decode()}"


class Signer:
    """Signs with the last of `secret_keys` and verifies with all of them."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = list(secret_keys)
        self._serializers: dict[str, _QuickSerializer] = {}

    def sign_confirmation(self, subscription_id: int, ask_id: int = 0) -> str:
        """`ask_id` is the evidence of the question that this token answers: consent given to an
        older question does not outlive a withdrawal. 0 is older than any.
        """
        return self._timed("confirm").dumps([subscription_id, ask_id])

    def read_confirmation(self, token: str, max_age: timedelta) -> tuple[int, int]:
        """The subscription id and the id of the question."""
        return _pair(self._load_timed("confirm", token, max_age))

    def sign_unsubscribe(self, subscription_id: int, edition_id: int = 0) -> str:
        """`edition_id` says which mail was left from; 0 is a page or a notice. Never expires."""
        return self._plain("unsubscribe").quick_dumps(f"[{subscription_id},{edition_id}]")

    def read_unsubscribe(self, token: str) -> tuple[int, int]:
        """The subscription id and the edition id."""
        return _pair(self._load("unsubscribe", token))

    def sign_preferences(self, subscription_id: int) -> str:
        return self._plain("preferences").quick_dumps(str(subscription_id))

    def read_preferences(self, token: str) -> int:
        """The subscription id."""
        return _whole(self._load("preferences", token))

    def sign_click(self, issue_id: int, subscriber_id: int = 0) -> str:
        """For every link of a mail, so it is short. Without a subscriber it is the same in all
        copies, and nothing in it says whose it is. Never expires.
        """
        claim = f"{issue_id:x}-{subscriber_id:x}" if subscriber_id else f"{issue_id:x}"
        return claim + _short_mac(self._keys[-1], claim)

    def read_click(self, token: str) -> tuple[int, int]:
        """The issue id and the subscriber id, 0 for nobody."""
        found = _CLICK.fullmatch(token)
        if not found:
            raise _invalid()
        claim, mac = found[1], found[4].encode()
        macs = [_short_mac(key, claim).encode() for key in reversed(self._keys)]
        if not any(hmac.compare_digest(mac, known) for known in macs):
            raise _invalid()
        return int(found[2], 16), int(found[3] or "0", 16)

    def daily_hash(self, client_address: str, day: int) -> int:
        """Of a client address, another one each day. Fits into a column, and is never 0."""
        key = _derived_key(want_bytes(self._keys[-1]), _salt("click-client").encode())
        digest = hmac.digest(key, f"{day} {client_address}".encode(), "sha256")
        return int.from_bytes(digest[:8]) >> 1 | 1

    def sign_return(self, subscription_id: int, left_at_s: int = 0) -> str:
        """For the page of an unsubscribe link, which may be in strangers' hands: opens nothing
        personal. `left_at_s` is the Unix time of the leaving that it takes back, 0 for none.
        """
        return self._timed("return").dumps([subscription_id, left_at_s])

    def read_return(self, token: str, max_age: timedelta) -> tuple[int, int]:
        """The subscription id and the time of the leaving."""
        return _pair(self._load_timed("return", token, max_age))

    def sign_sign_in(self, claim: SignInClaim) -> str:
        return self._timed("sign-in").dumps([claim.user_id, claim.stamp])

    def read_sign_in(self, token: str, max_age: timedelta) -> SignInClaim:
        return _claim(self._load_timed("sign-in", token, max_age))

    def sign_password_reset(self, claim: SignInClaim) -> str:
        """Lets nobody in by itself: it leads to choosing a new password."""
        return self._timed("password-reset").dumps([claim.user_id, claim.stamp])

    def read_password_reset(self, token: str, max_age: timedelta) -> SignInClaim:
        return _claim(self._load_timed("password-reset", token, max_age))

    def sign_invitation(self, claim: SignInClaim) -> str:
        """As a sign-in link, for longer."""
        return self._timed("invitation").dumps([claim.user_id, claim.stamp])

    def read_invitation(self, token: str, max_age: timedelta) -> SignInClaim:
        return _claim(self._load_timed("invitation", token, max_age))

    def sign_role_invitation(self, invitation_id: int, stamp: str) -> str:
        return self._timed("role-invitation").dumps([invitation_id, stamp])

    def read_role_invitation(self, token: str, max_age: timedelta) -> tuple[int, str]:
        """The invitation's id and its stamp."""
        loaded = self._load_timed("role-invitation", token, max_age)
        if not (isinstance(loaded, list) and len(loaded) == 2):
            raise _invalid()
        return _whole(loaded[0]), str(loaded[1])

    def sign_device(self, user_id: int) -> str:
        """Says that an editor has signed in with the browser that has it."""
        return self._timed("device").dumps(user_id)

    def read_device(self, token: str, max_age: timedelta) -> int:
        """The user's id."""
        return _whole(self._load_timed("device", token, max_age))

    def seal_app_secret(self, user_id: int, secret: str) -> str:
        """For that editor alone: another's row can't be put in its place."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(self._keys[-1], "app-secret").encrypt(
            nonce, secret.encode(), str(user_id).encode()
        )
        return _url_safe(nonce + sealed).decode()

    def open_app_secret(self, user_id: int, sealed: str) -> str:
        """Raises InvalidToken, also when none of our keys has sealed it."""
        from cryptography.exceptions import InvalidTag

        for key in reversed(self._keys):
            with suppress(InvalidTag, ValueError):
                raw = urlsafe_b64decode(sealed.encode() + b"=" * (-len(sealed) % 4))
                nonce, locked = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
                cipher = _cipher(key, "app-secret")
                return cipher.decrypt(nonce, locked, str(user_id).encode()).decode()
        raise _invalid()

    def sign_kept_form(self, kept: KeptForm) -> str:
        """Compressed: the token is about as long as what it keeps, or shorter."""
        return self._timed("kept-form").dumps([kept.path, kept.fields])

    def read_kept_form(self, token: str, max_age: timedelta) -> KeptForm:
        path, fields = self._load_timed("kept-form", token, max_age)
        return KeptForm(path, tuple((name, text) for name, text in fields))

    def sign_form(self, newsletter_id: int) -> str:
        """Says when a signup form was handed out."""
        return self._timed("signup-form").dumps(newsletter_id)

    def form_age(self, token: str, newsletter_id: int, max_age: timedelta) -> timedelta:
        """How long ago the form was handed out, to the second. Raises for another's form."""
        serializer = self._timed("signup-form")
        try:
            loaded, signed_at = serializer.loads(
                token, max_age=int(max_age.total_seconds()), return_timestamp=True
            )
        except SignatureExpired as error:
            raise ExpiredToken("This form has expired.", advice="Send it again.") from error
        except BadData as error:
            raise _invalid() from error
        if loaded != newsletter_id:
            raise _invalid()
        return timedelta(seconds=int(time.time()) - signed_at.timestamp())

    def _plain(self, purpose: str) -> _QuickSerializer:
        serializer = self._serializers.get(purpose)
        if serializer is None:
            serializer = _QuickSerializer(
                self._keys, salt=_salt(purpose), signer=_QuickSigner, signer_kwargs=_DIGEST
            )
            self._serializers[purpose] = serializer
        return serializer

    def _timed(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._keys, salt=_salt(purpose), signer_kwargs=_DIGEST)

    def _load(self, purpose: str, token: str) -> Any:
        try:
            return self._plain(purpose).loads(token)
        except BadData as error:
            raise _invalid() from error

    def _load_timed(self, purpose: str, token: str, max_age: timedelta) -> Any:
        try:
            return self._timed(purpose).loads(token, max_age=int(max_age.total_seconds()))
        except SignatureExpired as error:
            raise ExpiredToken("This link has expired.") from error
        except BadData as error:
            raise _invalid() from error


_NONCE_BYTES = 12


def _cipher(secret_key: str, purpose: str) -> AESGCM:
    """The cryptography package is loaded where something is sealed, and not before."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived_key(want_bytes(secret_key), _salt(purpose).encode()))


def _salt(purpose: str) -> str:
    return f"newsletter.{purpose}"


def _invalid() -> InvalidToken:
    return InvalidToken(
        "This link is not valid.",
        advice="Copy the whole link from the email.",
    )


def _claim(loaded: Any) -> SignInClaim:
    if not (isinstance(loaded, list) and len(loaded) == 2):
        raise _invalid()
    return SignInClaim(_whole(loaded[0]), str(loaded[1]))


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise _invalid()
    return value


def _pair(value: Any) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2):
        raise _invalid()
    return _whole(value[0]), _whole(value[1])
