"""The form of the first step of a study: every guess as a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from matcher.messages import say
from matcher.study.columns import roles_known
from matcher.study.study_file import AFTER, BEFORE, LEAVE_OUT, UNDECIDED, FileSettings, StudyFile
from matcher.vocabulary import Language
from service.pages.shared.language import gettext
from service.pages.shared.language import lazy_gettext as _l

Options = Sequence[tuple[str, str]]
LATER, IN_COLUMN = "later", "column"
KINDS = {
    "respondents": _l("Antwoorden van medewerkers"),
    "companies": _l("Lijst van bedrijven"),
    "log": _l("Logboek: wat elk bedrijf deed"),
    "other": _l("Doet niet mee"),
}
"""Role in a look -> what a person calls it; a look calls it by these too."""
KIND_OF = {"leave_out": "other", UNDECIDED: UNDECIDED}
HOLDS = {
    "code": _l("code van het bedrijf"),
    "name": _l("naam van het bedrijf"),
    "register": _l("nummer van een register, zoals KVK"),
    "sbi": _l("SBI-code"),
    "sbi_version": _l("jaar van de SBI-code"),
    "employees": _l("aantal mensen"),
    "size": _l("grootte in klassen"),
    "province": _l("provincie"),
    "municipality": _l("gemeente of plaats"),
    "postcode": _l("postcode"),
    "intervention": _l("wat er is gedaan"),
    "start": _l("begin"),
    "end": _l("einde"),
    "state": _l("hoe het ervoor staat"),
    "reason": _l("waarom het stopte"),
    "participants": _l("aantal deelnemers"),
    "hours": _l("uren per deelnemer"),
    "cost": _l("kosten in euro"),
    "note": _l("opmerking"),
    LEAVE_OUT: _l("lezen we niet"),
}
"""What a column of a list or a log holds -> in words."""
COLUMNS = {
    "company_code": _l("Code van het bedrijf"),
    "company_name": _l("Naam van het bedrijf"),
    "person": _l("Eigen code van een medewerker"),
    "started": _l("Dag waarop iemand antwoordde"),
}
"""What a column of respondents tells -> in words."""
SCALE, MIN_ITEMS = ("instrument", "scale"), ("instrument", "min_items")
_NONE = _l("geen kolom")
_CHOOSE = _l("Kies")


@dataclass
class Field:
    """One choice of the form: where it stands in the study file, and what it may be."""

    name: str
    label: str
    value: str
    where: tuple[str | int, ...]
    kind: Literal["select", "text", "tick"] = "select"
    options: Options = ()
    hint: str = ""
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to choose."""
        return self.value == UNDECIDED


@dataclass
class FileForm:
    """One file of the study and its fields."""

    at: int
    name: str
    path: str
    told: Mapping[str, Any]
    """What the look told: why, doubts, what was left out."""
    role: Field
    about: list[Field]
    """What holds for the whole file, and which columns tell who answered."""
    items: list[Field]
    heads: list[Field]
    """What each column of a list or a log holds."""

    @property
    def n_open(self) -> int:
        """How many of its choices wait."""
        return sum(each.is_open for each in self.fields())

    def fields(self) -> Iterator[Field]:
        """Yield all choices."""
        yield from (self.role, *self.about, *self.items, *self.heads)


@dataclass
class StudyForm:
    """The whole form of the first step."""

    files: list[FileForm]
    instrument: list[Field]
    reversed: list[Field]
    """A tick per question of the instrument."""
    words: list[Field]
    """Words that tell a wave, and answers that are not on the scale."""
    errors: dict[str, str] = field(default_factory=dict)
    """Name of a field -> what is wrong there; a name of no field is of the whole form."""

    def fields(self) -> Iterator[Field]:
        """Yield all choices."""
        yield from (*self.instrument, *self.reversed, *self.words)
        for each in self.files:
            yield from each.fields()

    @property
    def labels(self) -> dict[str, str]:
        """Name of a field -> what stands above it."""
        return {each.name: each.label for each in self.fields()}

    @property
    def n_open(self) -> int:
        """How many choices wait."""
        return sum(each.is_open for each in self.fields())


def study_form(
    settings: StudyFile,
    looked: Mapping[str, Any],
    language: Language,
    sent: Mapping[str, str] | None = None,
) -> StudyForm:
    """Return the form of a study as it is decided, or as somebody sent it."""
    told = {each["sha256"]: each for each in looked["files"]}
    files = [
        _file(at, file, told.get(file.sha256, {}), settings, language)
        for at, file in enumerate(settings.file)
    ]
    form = StudyForm(files, _instrument(settings), _reversed(settings), _words(settings))
    if sent is not None:
        for each in form.fields():
            if each.kind == "tick":
                each.value = "ja" if each.name in sent else ""
            else:
                each.value = sent.get(each.name, each.value)
    return form


def _instrument(settings: StudyFile) -> list[Field]:
    told = settings.instrument
    if not told.item:
        return []
    n = len(told.item)
    scale = "" if told.scale == UNDECIDED else told.scale
    return [
        Field(
            "instrument",
            gettext("Naam van de vragenlijst"),
            told.name,
            ("instrument", "name"),
            "text",
            hint=gettext("Mag leeg blijven."),
        ),
        Field(
            "scale",
            gettext("Schaal van de antwoorden"),
            scale,
            ("instrument", "scale"),
            "text",
            hint=gettext("De laagste en de hoogste waarde, zoals 1-7."),
        ),
        Field(
            "min_items",
            gettext("Hoeveel vragen moet iemand minstens invullen?"),
            str(told.min_items),
            ("instrument", "min_items"),
            "text",
            hint=gettext("Van de %(n)s. Wie er minder invulde, telt niet mee.", n=n),
        ),
    ]


def _reversed(settings: StudyFile) -> list[Field]:
    return [
        Field(
            f"reversed_{at}",
            item.question or item.name,
            "ja" if item.reversed else "",
            ("instrument", "item", at, "reversed"),
            "tick",
        )
        for at, item in enumerate(settings.instrument.item)
    ]


def _words(settings: StudyFile) -> list[Field]:
    before_after = [("before", gettext("vooraf")), ("after", gettext("achteraf"))]
    waves = [
        Field(
            f"wave_{at}",
            gettext("De meting '%(word)s'", word=word),
            told,
            ("waves", word),
            options=[
                *([(UNDECIDED, str(_CHOOSE))] if told == UNDECIDED else []),
                *before_after,
                *([(told, told)] if told not in (BEFORE, AFTER, UNDECIDED) else []),
            ],
        )
        for at, (word, told) in enumerate(settings.waves.items())
    ]
    answers = [
        Field(
            f"answer_{at}",
            gettext("Het antwoord '%(word)s'", word=word),
            "" if told == UNDECIDED else told,
            ("answers", word),
            "text",
            hint=gettext("Het punt op de schaal, of een streepje als het geen antwoord is."),
        )
        for at, (word, told) in enumerate(settings.answers.items())
    ]
    return [*waves, *answers]


def _file(
    at: int, file: FileSettings, told: Mapping[str, Any], settings: StudyFile, language: Language
) -> FileForm:
    kind = KIND_OF.get(file.role, file.role)
    role = Field(
        f"file{at}_role",
        gettext("Wat is dit?"),
        kind,
        ("file", at, "role"),
        options=[
            *([(UNDECIDED, str(_CHOOSE))] if kind == UNDECIDED else []),
            *((key, str(label)) for key, label in KINDS.items()),
        ],
    )
    made = FileForm(at, file.name, file.path, told, role, [], [], [])
    if kind == "respondents":
        columns = _columns(told, file, language)
        made.about = [*_wave(at, file), *_who(at, file, columns)]
        made.items = [_item(at, place, item, file, columns)
                      for place, item in enumerate(settings.instrument.item)]  # fmt: skip
    elif kind in ("companies", "log"):
        made.about = _sbi(at, file) if kind == "companies" else []
        made.heads = [
            Field(
                f"file{at}_head_{place}",
                heading,
                holds,
                ("file", at, "columns", heading),
                options=_holds("list" if kind == "companies" else "log", holds),
            )
            for place, (heading, holds) in enumerate(file.columns.items())
        ]
    return made


def _columns(told: Mapping[str, Any], file: FileSettings, language: Language) -> Options:
    """Return the columns of a file with what was asked in them; those left out at the end."""
    asked = [(each["name"], each["question"]) for each in told.get("columns", ())]
    known = {name for name, _ in asked}
    chosen = {*file.columns.values(), *file.items.values()} - known - {UNDECIDED}
    left = [name for name in told.get("personal", ()) if name not in chosen]
    shown = [
        (name, name if question == name else f"{name}: {question}"[:120])
        for name, question in asked
    ]
    shown += [(name, name) for name in sorted(chosen)]
    return [*shown, *((name, gettext("%(name)s (niet gelezen)", name=name)) for name in left)]


def _wave(at: int, file: FileSettings) -> list[Field]:
    in_column = "wave" in file.columns
    value = IN_COLUMN if in_column and not file.wave else file.wave
    later = [] if value in (BEFORE, AFTER, IN_COLUMN, UNDECIDED, "") else [(value, value)]
    return [
        Field(
            f"file{at}_wave",
            gettext("Welke meting is het?"),
            value or UNDECIDED,
            ("file", at, "wave"),
            options=[
                *([(UNDECIDED, str(_CHOOSE))] if value in (UNDECIDED, "") else []),
                ("before", gettext("vooraf")),
                ("after", gettext("achteraf")),
                *later,
                (LATER, gettext("een latere meting: vul de naam in")),
                *([(IN_COLUMN, gettext("dat staat in een kolom"))] if in_column else []),
            ],
        ),
        Field(
            f"file{at}_later",
            gettext("Naam van een latere meting"),
            "",
            ("file", at, "wave"),
            "text",
        ),
        Field(
            f"file{at}_day",
            gettext("Dag van de meting"),
            file.day,
            ("file", at, "day"),
            "text",
            hint=gettext("De dag waarop de helft had geantwoord. Mag leeg blijven."),
        ),
    ]


def _who(at: int, file: FileSettings, columns: Options) -> list[Field]:
    made = []
    for key, label in COLUMNS.items():
        value = file.columns.get(key, "")
        made.append(
            Field(
                f"file{at}_{key}",
                str(label),
                value,
                ("file", at, "columns", key),
                options=_with_none(value, columns),
            )
        )
    return made


def _item(at: int, place: int, item: Any, file: FileSettings, columns: Options) -> Field:
    value = file.items.get(item.name, "")
    return Field(
        f"file{at}_item_{place}",
        item.question or item.name,
        value,
        ("file", at, "items", item.name),
        options=_with_none(value, columns),
    )


def _with_none(value: str, columns: Options) -> Options:
    choose = [(UNDECIDED, str(_CHOOSE))] if value == UNDECIDED else []
    return [*choose, ("", str(_NONE)), *columns]


def _sbi(at: int, file: FileSettings) -> list[Field]:
    return [
        Field(
            f"file{at}_sbi_version",
            gettext("Van welk jaar zijn de SBI-codes?"),
            file.sbi_version,
            ("file", at, "sbi_version"),
            options=[("", gettext("Dat zien we aan de codes")), ("2008", "2008"), ("2025", "2025")],
        )
    ]


def _holds(table: Literal["list", "log"], value: str) -> Options:
    return [
        (each, str(HOLDS.get(each, each))) for each in dict.fromkeys((*roles_known(table), value))
    ]


def left_out(told: Mapping[str, Any], language: Language) -> str:
    """Return which rows of a file were left out, as one line; empty where none were."""
    dropped = told.get("dropped", {})
    return ", ".join(f"{say(language, f'study.dropped.{why}')}: {n}" for why, n in dropped.items())
