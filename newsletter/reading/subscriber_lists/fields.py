"""What a column of a list can be to us, and the headings that say so."""

from __future__ import annotations

import re
from enum import StrEnum

from newsletter.domain.plain_words import folded

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
    return _BETWEEN_WORDS.sub(" ", folded(spaced)).strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(folded(" ".join(name.split())) for name in text.split(","))


EMAIL_NAMES = _listed(
    """email address, e mail address, email, e mail, emailaddress, mail, mail
    address, subscriber email, contact email, primary email, email 1, e mail
    1, e mail 1 value, email 1 value, e mail adresse, email adresse,
    mailadresse, adresse email, adresse e mail, adresse mail, courriel,
    correo electrónico, correo, e mail 1 address, indirizzo email, indirizzo e mail,
    endereço de email, endereço de e mail, e mailadres, emailadres, e postadress, e post,
    adres email, adres e mail, почта, эл почта, электронная почта, email адрес, 邮箱, 邮件地址,
    电子邮件, メール, メールアドレス, eメール, 이메일, 이메일 주소, recipient, address"""
)
"""The first ones say it best: an `address` is a street where another column has addresses."""
WHOLE_NAMES = _listed(
    """name, full name, fullname, display name, contact name, subscriber name, nom complet,
    nombre completo, nome completo, 姓名, 氏名, お名前, 名前, 이름, фио, имя и фамилия"""
)
FIRST_NAMES = _listed(
    """first name, firstname, fname, first, given name, forename, vorname, prénom, nombre, nome,
    voornaam, förnamn, fornavn, imię, имя, 名"""
)
LAST_NAMES = _listed(
    """last name, lastname, lname, last, surname, family name, nachname, familienname, nom,
    nom de famille, apellido, apellidos, cognome, sobrenome, achternaam, efternamn, etternavn,
    nazwisko, фамилия, 姓"""
)
TAG_NAMES = _listed(
    """tags, tag, labels, label, groups, group, segments, group membership, gruppen, etiketten,
    étiquettes, etiquetas, タグ"""
)
ATTRIBUTES_NAMES = _listed("attributes, metadata, data, custom fields, custom attributes")
CONSENT_AT_NAMES = _listed(
    """consent at, consented at, consent date, consent time, confirm time,
    confirmed at, confirmed on, confirmation date, date confirmed, optin
    time, optin date, opt in time, opt in date, subscribed at, subscribed
    on, subscribe date, subscription date, subscribed date, date subscribed,
    subscribed, signup date, sign up date, signed up at, signed up, date
    added, added at, added on, added, created at, created on, creation date,
    date created, created, joined, joined at, join date, registered,
    registered at, date joined, joined date, joined on, added time, optin at, opt in at,
    anmeldedatum, angemeldet am, registriert, registriert am, erstellt am, bestätigt am,
    date d inscription, inscrit le, date de création, fecha de alta, fecha de suscripción,
    data di iscrizione, data de inscrição, datum inschrijving, дата подписки, дата регистрации,
    登録日, 登録日時, 注册时间, 订阅时间, 가입일"""
)
CONSENT_IP_NAMES = _listed(
    """consent ip, confirm ip, confirmation ip, optin ip, opt in ip, subscribe ip, subscribed ip,
    signup ip, sign up ip, ip address, ip, ipaddress"""
)
_OF_RECORDS = _listed(
    """created at, created on, creation date, date created, created, added time, date added,
    added at, added on, added, erstellt am, date de création, registered, registered at"""
)
CONSENT_BY_READER = frozenset(CONSENT_AT_NAMES) - frozenset(_OF_RECORDS)
"""What the reader did. A record can be younger than that, where lists were moved before."""
PLACE_NAMES = frozenset(
    _listed(
        """city, town, country, county, province, region, zip, zip code, postal
        code, postcode, street, street address, address line 1, address 1,
        latitude, longitude, country code, address"""
    )
)
