"""Domains as they go over the wire: ASCII, with A-labels [RFC 5890]."""

from __future__ import annotations

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from newsletter.domain.errors import InvalidInput


def ascii_domain(domain: str) -> str:
    """In lower case. Raises InvalidInput if it is not a domain."""
    return domain.lower() if domain.isascii() else _encoded(domain)


@lru_cache(maxsize=10_000)
def _encoded(domain: str) -> str:
    # The standard library's codec follows IDNA 2003 and turns faß.de into fass.de.
    try:
        return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError as error:
        raise InvalidInput(f"“{domain}” is not a domain.", advice=str(error)) from error
