"""What tells who a respondent is: by the name of a column, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from matcher.arrays import Bools

_COMPANY = (
    r"bedrijf\w*|bedrijven|organisatie\w*|onderneming\w*|werkgever\w*|vestiging\w*|firma\w*|mkb\w*"
    r"|company|companies|organi[sz]ations?|employers?|firms?|business|enterprise|kvk\w*"
)
_WHO = re.compile(
    r"\b(e ?mail\w*|mailadres\w*|tele?foon\w*|telnr|mobiel\w*|tel|phone\w*|mobile|ip ?adres\w*|ip"
    r"|ip ?address\w*|ipaddr|latitude|longitude|breedtegraad|lengtegraad|geo ?location"
    r"|geboren|geboorte\w*|birth\w*|date of birth|bsn|burgerservicenummer|iban|rekeningnummer"
    r"|huisnummer|straat\w*|adres\w*|woonadres|woonplaats|address\w*|street|voornaam|achternaam"
    r"|tussenvoegsel\w*|roepnaam|familienaam|first ?name|last ?name|surname|given ?name|full ?name"
    r"|username|user ?name|gebruikersnaam|display ?name|recipient\w*|personeels(nummer|nr)"
    r"|medewerkers?(nummer|nr)|employee (id|number)|handtekening|signature|initialen|voorletters?"
    r"|initials|contactpersoon|contact ?person|leidinggevende|bsnnummer|linkedin)\b"
)
_NAME = re.compile(r"\b(naam|namen|name|names)[0-9]*\b")
_WHO_IS = re.compile(r"^(wie (is|zijn)|who (is|are))\b")
_OWN_CODE = re.compile(
    r"\b(persoonlijke|persoons|geheime|eigen|anonieme|personal|secret|anonymous) ?code\b"
)
_ASKED = re.compile(
    r"^(wat (is|zijn) (uw|je|jouw|de|het)|vul (hier )?(uw|je|jouw)|geef (uw|je|jouw)"
    r"|uw|je|jouw|mijn|what (is|are) (your|the)|please (enter|give|fill in) your|your|my)\b"
)
_MOST_WORDS = 6
"""A longer heading is a statement: "Ik stuur mijn collega een e-mail als ..." asks for none."""

EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]{2,}"
_CELLS = re.compile(
    rf"{EMAIL}|(?<![0-9])(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}(?![0-9])"
    r"|(?<![0-9])(?:\+31|0031|0)[ -]?[1-9](?:[ -]?[0-9]){8}(?![0-9])"
)
OFTEN = 0.1
"""Where so many of the answers tell who somebody is, the column is there to tell it."""


def plain(text: str) -> str:
    """Return a heading as it is compared: lower case, no punctuation."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def about_company(heading: str) -> bool:
    """Return whether a heading is about the company rather than the person."""
    return re.search(rf"\b({_COMPANY})\b", plain(heading)) is not None


def is_personal(heading: str) -> bool:
    """Return whether a heading asks who somebody is.

    Examples
    --------
    >>> is_personal("Wat is uw naam?"), is_personal("Naam van uw bedrijf"), is_personal("E-mail")
    (True, False, True)
    >>> is_personal("Ik stuur mijn collega's vaak een e-mail met wat ik heb geleerd")
    False
    """
    words = plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading))
    if _WHO_IS.search(words):
        return True
    if _OWN_CODE.search(words):
        return False  # it is made of a birthday, or of the name of a mother, and tells neither
    rest = _ASKED.sub("", words).strip()
    if len(rest.split()) > _MOST_WORDS:
        return False
    if _WHO.search(words) or _WHO.search(plain(heading)):
        # The address of a company is its own, but nobody needs a number to reach somebody there.
        return True
    return _NAME.search(words) is not None and not about_company(heading)


def lives_where(*headings: str) -> bool:
    """Return whether a column of respondents asks where somebody lives."""
    found = (re.search(r"\b(postcode|zip|postal code)\b", plain(each)) for each in headings)
    return any(found) and not any(map(about_company, headings))


def are_companies(headings: Iterable[str]) -> bool:
    """Return whether a table tells of companies: then a name in it is that of one."""
    return any(_COMPANY_FACT.search(plain(heading)) for heading in headings)


_COMPANY_FACT = re.compile(
    r"\b(sector|branche|bedrijfstak|sbi\w*|nace|industry|grootte\w*|omvang|bedrijfsgrootte|provincie"
    r"|province|gemeente|municipality|vestigingsplaats|medewerkers|werknemers|employees|kvk\w*)\b"
)


def tells_who(column: pd.Categorical) -> Bools:
    """Return for each category whether it holds an e-mail, IP address or telephone number."""
    found = [
        (("@" in text) or _DIGITS.search(text) is not None) and _CELLS.search(text) is not None
        for text in map(str, column.categories)
    ]
    return np.array(found, dtype=bool)


_DIGITS = re.compile("[0-9]{2}|[0-9]\\.[0-9]")


def share_telling(column: pd.Categorical) -> float:
    """Return the share of the answers of a column that tell who somebody is."""
    answered = column.codes[column.codes >= 0]
    return float(tells_who(column)[answered].mean()) if len(answered) else 0.0
