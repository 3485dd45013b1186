"""What editors sign in with beside their password. All of it goes with the editor's row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id


class AppSecret(Base):
    """An editor's authenticator app (TOTP, RFC 6238)."""

    __tablename__ = "app_secrets"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[str]
    """The secret, encrypted: `Signer.open_app_secret`."""
    added_at: Mapped[datetime]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of the last code that was taken: neither it nor an older one is taken again."""
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong codes since the last right one."""
    closed_until: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of ten, of which each lets its editor in once in place of another factor."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(primary_key=True)
    """A hash without a key: 80 random bits can't be guessed, and must outlive a lost key."""
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key pair of an editor's device or password manager (WebAuthn). We have the public half."""

    __tablename__ = "passkeys"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    """In base64url, as the browser names it."""
    public_key: Mapped[str]
    """COSE, in base64url."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    host: Mapped[str] = mapped_column(default="")
    """The only one that it works for. "" if it is older than this column and not used since."""


class SpentChallenge(Base):
    """An answer to it was taken, so none is taken again. Kept as long as it would be good."""

    __tablename__ = "spent_challenges"

    challenge: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
