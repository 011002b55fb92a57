"""What is read of one file of a study: its columns, its answers, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from matcher.errors import Fault
from matcher.messages import say
from matcher.vocabulary import Language

Tool = Literal[
    "qualtrics", "limesurvey", "microsoft_forms", "google_forms", "spss", "stata", "plain"
]
"""What wrote a file; plain is a table of anybody's own making."""
ColumnKind = Literal["item", "company", "person", "day", "choice", "text", "number"]
"""item: an answer on a scale. company: which company. person: a code of a respondent, never a name.
choice: a word out of a few, or several. text: words of somebody's own, not kept unless asked."""
Role = Literal["before", "after", "both", "respondents", "companies", "log", "other"]
"""both: one file with a column of waves. respondents: of which wave nobody can tell."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was guessed."""

    code: str
    """Key of the sentence in the catalogue, without its ``survey.because.`` prefix."""
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = "nl") -> str:
        """Return the reason as a sentence."""
        told = {key: _read(value, language) for key, value in self.params.items()}
        return say(language, f"survey.because.{self.code}", **told)


def _read(value: object, language: Language) -> object:
    """Return a number as it is written in a language; anything else as it is."""
    if not isinstance(value, float):
        return value
    text = f"{value:g}"
    return int(value) if value.is_integer() else text.replace(".", "," if language == "nl" else ".")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is kept."""

    name: str
    """Its name in ``Survey.rows``: as the file has it, with a number behind it if it is there
    twice."""
    question: str
    """What was asked; the name where the file tells no more."""
    labels: Mapping[str, str]
    """Code as it stands in the rows -> its words; empty where the rows hold the words."""
    kind: ColumnKind
    """A guess."""
    because: Reason
    missing: Mapping[str, int] = field(default_factory=dict)
    """Why a cell is missing -> how often: ``empty``, ``unseen`` (shown, not answered), ``.`` and
    ``.a`` (Stata), or the code that the file declares missing, with its words: ``99 weet niet``."""
    months: frozenset[int] = frozenset()
    """Rows in which a day stands for a whole month, of which it is the first."""
    separator: str = ""
    """What stands between the answers in a cell that holds several."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One file, or one sheet of it, without whatever tells who a respondent is."""

    file: str
    """Name of the file, without its folder."""
    sheet: str | None
    """Name of the sheet of a workbook."""
    tool: Tool
    guessed_because: Reason
    columns: tuple[Column, ...]
    rows: pd.DataFrame = field(repr=False)
    """A column for each of ``columns``, as answered. The index is the number of the row in the
    file. Text is a categorical of ``str``; numbers are float64; a day is datetime64[s]. What is
    missing is NaN or NaT."""
    dropped: Mapping[str, int]
    """Why rows were left out -> how many: ``preview``, ``spam``, ``unfinished``."""
    personal: tuple[str, ...]
    """Names of the columns that were left out because they tell, or may tell, who somebody is."""
    technical: tuple[str, ...]
    """Names of the columns of the tool itself that were left out: progress, duration."""
    notes: tuple[Fault, ...]
    """What to say of the file that is no fault."""

    def column(self, name: str) -> Column:
        """Return a column by its name; KeyError if it is not kept."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def of_people(self) -> bool:
        """Whether each row is what one respondent answered."""
        n = len(self.of_kind("item"))
        return are_people(self.tool, n)

    def of_kind(self, *kinds: ColumnKind) -> tuple[str, ...]:
        """Return the names of the columns of some kinds, in the order of the file."""
        return tuple(column.name for column in self.columns if column.kind in kinds)


def are_people(tool: Tool, n_items: int) -> bool:
    """Return whether so many items mean that each row is one respondent.

    A list of companies may hold a number from 0 to 10 too, but not three, and no survey tool
    writes it.
    """
    return n_items >= _FEW_ITEMS or (n_items > 0 and tool != "plain")


_FEW_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is in a study."""

    survey: Survey
    role: Role
    because: tuple[Reason, ...]
    doubt: tuple[Reason, ...]
    """What speaks against it; empty where nothing does."""
    wave: str | None = None
    """Name of the column that tells the wave, in a file that holds both."""
