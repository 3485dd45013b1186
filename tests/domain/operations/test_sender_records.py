"""The tree walk that finds the organisation of a domain [RFC 9989 4.10]."""

from __future__ import annotations

import pytest

from newsletter.domain.operations.sender_records import organisational_domain

RECORDS = {"example.org": "u", "a.example.org": "u", "uk.example": "y", "closed.example.com": "n"}


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("example.org", "example.org"),
        ("a.example.org", "example.org"),
        ("x.y.a.example.org", "example.org"),
        ("shop.uk.example", "shop.uk.example"),
        ("mail.shop.uk.example", "shop.uk.example"),
        ("a.closed.example.com", "closed.example.com"),
        ("nothing.example.net", "nothing.example.net"),
        ("a.b.c.d.e.f.g.h.i.example.org", "example.org"),
    ],
)
def test_the_organisation_of_a_domain(domain: str, organisation: str) -> None:
    assert organisational_domain(domain, RECORDS.get) == organisation
