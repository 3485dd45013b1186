"""What browsers and we say to one another about passkeys (WebAuthn level 2), by py_webauthn.

The library and cryptography are imported where a passkey is used, and not before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.domain.errors import InvalidInput
from newsletter.domain.staff.second_factors import RelyingParty

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

_CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Id and key in base64url."""

    credential_id: str
    public_key: str
    sign_count: int


def creation_options(
    party: RelyingParty, challenge: bytes, user_id: int, address: str, known: Iterable[str]
) -> str:
    """JSON for `navigator.credentials.create`. `known` are ids of passkeys that they have."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.host,
        user_id=str(user_id).encode(),
        user_name=address,
        challenge=challenge,
        exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json(options)


def request_options(
    party: RelyingParty, challenge: bytes, known: Iterable[str], *, verifies_user: bool
) -> str:
    """JSON for `navigator.credentials.get`. None `known` lets the browser offer what it has."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    wanted = UserVerificationRequirement.REQUIRED
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=wanted if verifies_user else UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def credential_id_of(answer: str) -> str:
    """Whose key the browser says that it used. Raises InvalidInput."""
    from webauthn.helpers import parse_authentication_credential_json

    with _refusing():
        found = parse_authentication_credential_json(answer).id
    if not _CREDENTIAL_ID.fullmatch(found):
        raise refused_passkey()
    return found


def verified_creation(party: RelyingParty, challenge: bytes, answer: str) -> PublicKey:
    """Raises InvalidInput."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    with _refusing():
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    return PublicKey(
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
    )


def verified_count(
    party: RelyingParty, challenge: bytes, answer: str, key: PublicKey, *, verifies_user: bool
) -> int:
    """The key's new count. Raises InvalidInput, also where a copied key was used before."""
    from webauthn import base64url_to_bytes, verify_authentication_response

    with _refusing():
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=verifies_user,
        )
    return found.new_sign_count


def refused_passkey() -> InvalidInput:
    """The same for all reasons: a stranger learns nothing about whose passkeys there are."""
    return InvalidInput(
        "This passkey was not accepted.",
        advice="Try again, or sign in another way.",
        field="passkey",
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Strangers write what the library reads: whatever it stumbles over is refused."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, LookupError, RecursionError) as error:
        raise refused_passkey() from error


def _descriptors(known: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor as Descriptor

    return [Descriptor(id=base64url_to_bytes(one)) for one in known]
