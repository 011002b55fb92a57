"""The closed lists of the product: needs, sectors, size classes and the answers a profile may hold.

The identifiers stand here, so that a type checker knows them; the Dutch and English labels and the
bounds stand in ``vocabulary.toml``. Sources: ``training_data/README.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal, get_args

Need = Literal[
    "vakkennis",
    "inwerken",
    "kennis-bewaren",
    "breed-inzetbaar",
    "digitaal",
    "leidinggeven",
    "samenwerken",
    "klant",
    "taal",
    "loopbaan",
    "erkenning",
    "verplicht",
    "transitie",
    "inzicht-plan",
]
Pressure = Literal["ruim", "gemiddeld", "krap", "zeer_krap"]
Province = Literal["groningen", "friesland", "drenthe", "anders"]
Transition = Literal["zorg", "energie", "digitalisering", "circulair"]
Extent = Literal["nee", "deels", "ja"]
HrFunction = Literal["geen", "erbij", "parttime", "afdeling"]
TrainingBudget = Literal["geen", "tot_500", "tot_1500", "meer"]
WorksCouncil = Literal["geen", "pvt", "or"]
Share = Literal["laag", "midden", "hoog"]
SbiVersion = Literal["2008", "2025"]
SectorGroup = Literal[
    "landbouw",
    "industrie",
    "bouw",
    "handel",
    "vervoer",
    "horeca",
    "ict-advies",
    "zorg",
    "overig",
]
SizeClass = Literal["2-4", "5-9", "10-24", "25-49", "50-99", "100-249"]
Language = Literal["nl", "en"]
SuccessMeasure = Literal[
    "started",
    "finished",
    "gain_at_least",
    "would_continue",
    "satisfaction_owner_at_least",
    "satisfaction_staff_at_least",
    "hours_at_least",
]
"""What a card may be held to, fixed in the menu before the outcomes come in."""

NEEDS: tuple[Need, ...] = get_args(Need)
PRESSURES: tuple[Pressure, ...] = get_args(Pressure)
SECTOR_GROUPS: tuple[SectorGroup, ...] = get_args(SectorGroup)
SIZE_CLASSES: tuple[SizeClass, ...] = get_args(SizeClass)
LANGUAGES: tuple[Language, ...] = get_args(Language)
SBI_VERSIONS: tuple[SbiVersion, ...] = get_args(SbiVersion)

SIZE_BOUNDS = (5, 10, 25, 50, 100)
"""Smallest number of employees of each size class after the first."""

SME_LIMIT = 250
"""From this number of employees on a company is not an SME (Recommendation 2003/361/EC)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One value of a closed list, with its labels."""

    id: str
    nl: str
    en: str

    def label(self, language: Language) -> str:
        """Return the label in Dutch or English."""
        return self.nl if language == "nl" else self.en


@dataclass(frozen=True, slots=True)
class Sector:
    """One section of the Dutch standard industrial classification (SBI)."""

    letter: str
    sbi_version: SbiVersion
    group: SectorGroup
    nl: str
    en: str
    elsewhere: tuple[str, ...]
    """Letters of the other scheme in which companies of this section may stand."""

    def label(self, language: Language) -> str:
        """Return the label in Dutch or English."""
        return self.nl if language == "nl" else self.en


def _load() -> tuple[dict[str, dict[str, Term]], dict[SbiVersion, dict[str, Sector]]]:
    text = resources.files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    sectors: dict[SbiVersion, dict[str, Sector]] = {
        version: {
            letter: Sector(
                letter=letter,
                sbi_version=version,
                group=row["group"],
                nl=row["nl"],
                en=row["en"],
                elsewhere=tuple(row["elsewhere"]),
            )
            for letter, row in raw["sbi"][version].items()
        }
        for version in SBI_VERSIONS
    }
    terms = {
        name: {slug: Term(slug, row["nl"], row["en"]) for slug, row in rows.items()}
        for name, rows in raw["list"].items()
    }
    return terms, sectors


_TERMS, SECTORS = _load()
TERMS: Mapping[str, Mapping[str, Term]] = _TERMS
"""Name of a list (a profile field, or ``field``, ``sector_group``, ``size_class``) -> its terms."""


def scheme_bounds(sbi_version: SbiVersion) -> Mapping[str, str]:
    """Return a scheme with its first and last letter, for a fault about a letter that it lacks."""
    letters = tuple(SECTORS[sbi_version])
    return {"scheme": sbi_version, "first": letters[0], "last": letters[-1]}


def sector_group(letter: str, sbi_version: SbiVersion) -> SectorGroup:
    """Return the recommender's group of a section letter; KeyError if the scheme lacks it."""
    return SECTORS[sbi_version][letter].group


def size_class(employees: int) -> SizeClass:
    """Return the size class of a headcount; 1 counts with the smallest, 250+ with the largest."""
    return SIZE_CLASSES[sum(employees >= bound for bound in SIZE_BOUNDS)]
