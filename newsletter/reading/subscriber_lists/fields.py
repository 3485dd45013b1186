"""What a column of a list can be to us, and the headings that say so."""

from __future__ import annotations

import re
from enum import StrEnum

_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Field(StrEnum):
    """By the names that `--map` takes."""

    EMAIL = "email"
    NAME = "name"
    TAGS = "tags"
    ATTRIBUTES = "attributes"
    """A JSON object."""
    STATUS = "status"
    UNSUBSCRIBED_AT = "unsubscribed_at"
    CONSENT_AT = "consent_at"
    CONSENT_IP = "consent_ip"
    ATTRIBUTE = "attribute"
    """One attribute, named by the heading: what every other column becomes."""
    IGNORE = "ignore"


def heading_words(heading: str) -> str:
    """`E-Mail`, `e_mail` and `eMail` are the same words."""
    spaced = _CAMEL.sub(" ", heading)
    return _BETWEEN_WORDS.sub(" ", spaced).casefold().strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split(","))


EMAIL_NAMES = _listed(
    """email address, e mail address, email, e mail, emailaddress, mail, mail
    address, subscriber email, contact email, primary email, email 1, e mail
    1, e mail 1 value, email 1 value, e mail adresse, email adresse,
    mailadresse, adresse email, adresse e mail, adresse mail, courriel,
    correo electrónico, correo electronico, correo, 邮箱, 电子邮件, メールアドレス,
    address"""
)
"""The first ones say it best: an `address` is a street where another column has addresses."""
WHOLE_NAMES = _listed("name, full name, fullname, display name, contact name, nom complet, 姓名")
FIRST_NAMES = _listed(
    "first name, firstname, fname, first, given name, forename, vorname, prénom, prenom, nombre"
)
LAST_NAMES = _listed(
    "last name, lastname, lname, last, surname, family name, nachname, nom, apellido, apellidos"
)
TAG_NAMES = _listed("tags, tag, labels, label, groups, group, segments")
ATTRIBUTES_NAMES = _listed("attributes, metadata, data, custom fields, custom attributes")
CONSENT_AT_NAMES = _listed(
    """consent at, consented at, consent date, consent time, confirm time,
    confirmed at, confirmed on, confirmation date, date confirmed, optin
    time, optin date, opt in time, opt in date, subscribed at, subscribed
    on, subscribe date, subscription date, subscribed date, date subscribed,
    subscribed, signup date, sign up date, signed up at, signed up, date
    added, added at, added on, added, created at, created on, creation date,
    date created, created, joined, joined at, join date, registered,
    registered at"""
)
CONSENT_IP_NAMES = _listed(
    """consent ip, confirm ip, confirmation ip, optin ip, opt in ip, subscribe ip, subscribed ip,
    signup ip, sign up ip, ip address, ip, ipaddress"""
)
PLACE_NAMES = frozenset(
    _listed(
        """city, town, country, county, province, region, zip, zip code, postal
        code, postcode, street, street address, address line 1, address 1,
        latitude, longitude, country code, address"""
    )
)
