"""The files of the example, each as its own tool writes it."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
from openpyxl import Workbook

from matcher.study.example_people import Row, invented, rows
from matcher.study.questionnaire import questionnaire
from matcher.study.workbooks import add_rows, dress, workbook_bytes

FILES: Mapping[str, str] = {
    "qualtrics": "voor-qualtrics.csv",
    "forms": "voor-forms.xlsx",
    "spss": "na-spss.sav",
    "limesurvey": "na-limesurvey.csv",
    "companies": "bedrijven.xlsx",
    "log": "logboek.xlsx",
}
"""What a file is -> its name in the folder."""
WORDS = tuple(word["nl"] for word in questionnaire().scale)
UNSURE = "Weet niet"
UNSURE_CODE = 9
RENAMED = 5
"""Place of the item that has another name and other words in SPSS."""
RENAMED_AS = ("idee", "Goede ideeën van de werkvloer worden hier uitgeprobeerd")
SIZE_AS_DAY = datetime(2025, 9, 5)
"""What Excel in Dutch makes of the size class 5-9."""

_MOMENT = "%Y-%m-%d %H:%M:%S"
_ITEMS = tuple(item.text["nl"] for item in questionnaire().items)
_LEARNS = (
    "Van collega's;",
    "Zelf uitproberen;",
    "Van collega's;Zelf uitproberen;",
    "Met een cursus;",
)


def example_bytes(seed: int) -> dict[str, bytes]:
    """Return the content of each file by its name, the same for the same seed."""
    answers = rows(seed)
    written = {file: _WRITERS[file](several) for file, several in answers.items()}
    written |= {"companies": _companies(), "log": _log()}
    return {name: written[file] for file, name in FILES.items()}


def columns() -> dict[str, dict[str, str]]:
    """Return for each file of answers which column is what.

    The meanings are ``company_code``, ``company_name``, ``pairing``, and ``item_1`` to ``item_8``.
    """
    ask = questionnaire()
    whole = {text: f"item_{n}" for n, text in enumerate(_ITEMS, 1)}
    asked = {ask.company_code["nl"]: "company_code", ask.company_name["nl"]: "company_name"}
    return {
        FILES["qualtrics"]: {"Q1": "company_code", "Q2": "company_name", "Q4": "pairing"}
        | {f"Q3_{n}": f"item_{n}" for n in range(1, len(_ITEMS) + 1)},
        FILES["forms"]: {ask.company_name["nl"]: "company_name"} | whole,
        FILES["spss"]: {"bedrijfscode": "company_code", "bedrijf": "company_name"}
        | {name: f"item_{n}" for n, (name, _) in enumerate(_spss_items(), 1)}
        | {"eigen_code": "pairing"},
        FILES["limesurvey"]: asked
        | {_in_array(text): f"item_{n}" for n, text in enumerate(_ITEMS, 1)}
        | {ask.pairing_code["nl"]: "pairing"},
    }


def _words(row: Row) -> list[str]:
    """Return the answers of a row as words."""
    missing = UNSURE if row.unsure and row.file == "forms" else ""
    return [WORDS[answer - 1] if answer else missing for answer in row.given]


def _of_documentation(place: int) -> str:
    """Return an address that RFC 5737 keeps for documents: nobody has it."""
    return f"192.0.2.{place % 254 + 1}"


_QUALTRICS = (
    ("StartDate", "Start Date", {"ImportId": "startDate", "timeZone": "Europe/Amsterdam"}),
    ("EndDate", "End Date", {"ImportId": "endDate", "timeZone": "Europe/Amsterdam"}),
    ("Status", "Response Type", {"ImportId": "status"}),
    ("IPAddress", "IP Address", {"ImportId": "ipAddress"}),
    ("Progress", "Progress", {"ImportId": "progress"}),
    ("Duration (in seconds)", "Duration (in seconds)", {"ImportId": "duration"}),
    ("Finished", "Finished", {"ImportId": "finished"}),
    (
        "RecordedDate",
        "Recorded Date",
        {"ImportId": "recordedDate", "timeZone": "Europe/Amsterdam"},
    ),
    ("ResponseId", "Response ID", {"ImportId": "_recordId"}),
    ("RecipientLastName", "Recipient Last Name", {"ImportId": "recipientLastName"}),
    ("RecipientFirstName", "Recipient First Name", {"ImportId": "recipientFirstName"}),
    ("RecipientEmail", "Recipient Email", {"ImportId": "recipientEmail"}),
    ("ExternalReference", "External Data Reference", {"ImportId": "externalDataReference"}),
    ("LocationLatitude", "Location Latitude", {"ImportId": "locationLatitude"}),
    ("LocationLongitude", "Location Longitude", {"ImportId": "locationLongitude"}),
    ("DistributionChannel", "Distribution Channel", {"ImportId": "distributionChannel"}),
    ("UserLanguage", "User Language", {"ImportId": "userLanguage"}),
)


def _qualtrics(several: Sequence[Row]) -> bytes:
    ask = questionnaire()
    asked = [
        ("Q1", ask.company_code["nl"], "QID1_TEXT"),
        ("Q2", ask.company_name["nl"], "QID2_TEXT"),
    ]
    asked += [
        (f"Q3_{n}", f"{ask.sentences['nl']} - {text}", f"QID3_{n}")
        for n, text in enumerate(_ITEMS, 1)
    ]
    asked += [("Q4", ask.pairing_code["nl"], "QID4_TEXT"), ("Q5", ask.remark["nl"], "QID5_TEXT")]
    heading = [*_QUALTRICS, *((name, text, {"ImportId": own}) for name, text, own in asked)]
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(name for name, _, _ in heading)
    writer.writerow(text for _, text, _ in heading)
    writer.writerow(json.dumps(own, separators=(",", ":")) for _, _, own in heading)
    for place, row in enumerate(several):
        done, preview = row.kind != "unfinished", row.kind == "preview"
        end = (row.started + timedelta(seconds=row.seconds)).strftime(_MOMENT)
        answers = _words(row)
        writer.writerow(
            [
                row.started.strftime(_MOMENT),
                end,
                "Survey Preview" if preview else "IP Address",
                "" if preview else _of_documentation(place),
                100 if done else 40,
                row.seconds,
                "True" if done else "False",
                end,
                f"R_{place:03d}voorbeeld",
                "",
                "",
                f"deelnemer{place}@example.org",
                "",
                "54.01",
                "4.50",
                "preview" if preview else "email",
                "NL",
                row.code,
                row.name,
                *answers,
                row.pairing,
                row.remark,
            ]
        )
    return written.getvalue().encode("utf-8-sig")


def _forms(several: Sequence[Row]) -> bytes:
    ask = questionnaire()
    own = ("Id", "Start time", "Completion time", "Email", "Name")
    learns = "Hoe leer je het liefst?"
    book = Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    numbers: dict[Row, int] = {}
    add_rows(sheet, [[*own, ask.consent["nl"], ask.company_name["nl"], *_ITEMS, learns]])
    for row in several:
        # Somebody pasted two downloads below each other: a row that is there twice is all the same.
        number = numbers.setdefault(row, len(numbers) + 1)
        end = row.started + timedelta(seconds=row.seconds)
        several_words = "" if row.kind == "unfinished" else _LEARNS[number % len(_LEARNS)]
        answers = [row.name, *_words(row), several_words]
        cells = [number, row.started, end, "anonymous", "", "Ja", *answers]
        add_rows(sheet, [[cell if cell != "" else None for cell in cells]])
    dress(sheet, 1)
    return workbook_bytes(book)


def _spss_items() -> list[tuple[str, str]]:
    """Return name and label of each item: one was named anew between the waves."""
    items = [(f"leer{n}", text.rstrip(".")) for n, text in enumerate(_ITEMS, 1)]
    items[RENAMED] = RENAMED_AS
    return items


def _spss(several: Sequence[Row]) -> bytes:
    items = _spss_items()
    names = [name for name, _ in items]
    answers = pd.DataFrame(
        [
            [answer or (UNSURE_CODE if row.unsure else None) for answer in row.given]
            for row in several
        ],
        columns=names,
        dtype=float,
    )
    numbers: dict[Row, int] = {}
    text = {
        "bedrijfscode": [row.code for row in several],
        "bedrijf": [row.name for row in several],
    }
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "respnr": [numbers.setdefault(row, len(numbers) + 1) for row in several],
                    "datum": [row.started.date() for row in several],
                }
            ),
            pd.DataFrame(text, dtype=object),
            answers,
            pd.DataFrame({"eigen_code": [row.pairing for row in several]}, dtype=object),
        ],
        axis=1,
    )
    ask = questionnaire()
    labels = {float(n): word for n, word in enumerate(WORDS, 1)} | {float(UNSURE_CODE): UNSURE}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "na.sav")
        pyreadstat.write_sav(
            frame,
            os.fspath(path),
            file_label="Leren op het werk, tweede meting",
            column_labels={
                "respnr": "Volgnummer",
                "datum": "Datum van invullen",
                "bedrijfscode": "Code van het bedrijf",
                "bedrijf": ask.company_name["nl"],
                **dict(items),
                "eigen_code": "Eigen code",
            },
            variable_value_labels=dict.fromkeys(names, labels),
            missing_ranges={name: [UNSURE_CODE] for name in names},
            variable_measure=dict.fromkeys(names, "ordinal"),
            variable_format={"respnr": "F8.0", **dict.fromkeys(names, "F1.0")},
        )
        return _without_clock(path.read_bytes())


def _without_clock(sav: bytes) -> bytes:
    """Return an SPSS file that says it was made on a fixed day.

    After the kind, product, layout, sizes and bias of its header, 92 bytes, stand ``dd mmm yy`` and
    ``hh:mm:ss``.
    """
    return sav[:92] + b"06 Oct 25" + b"09:00:00" + sav[109:]


def _in_array(text: str) -> str:
    """Return how LimeSurvey names a sentence of a table of sentences."""
    return f"{questionnaire().sentences['nl']} [{text}]"


def _limesurvey(several: Sequence[Row]) -> bytes:
    ask = questionnaire()
    own = (
        *("Response ID", "Date submitted", "Last page", "Start language", "Seed"),
        *("Date started", "Date last action", "IP address"),
    )
    written = StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    asked = [ask.company_code["nl"], ask.company_name["nl"], *map(_in_array, _ITEMS)]
    writer.writerow([*own, *asked, ask.pairing_code["nl"], ask.remark["nl"]])
    for place, row in enumerate(several):
        end = (row.started + timedelta(seconds=row.seconds)).strftime(_MOMENT)
        done = row.kind == "answer"
        writer.writerow(
            [
                place + 1,
                end if done else "",
                3 if done else 1,
                "nl",
                10_000_000 + 7919 * place,
                row.started.strftime(_MOMENT),
                end,
                _of_documentation(place),
                row.code,
                row.name,
                *_words(row),
                row.pairing,
                row.remark,
            ]
        )
    return written.getvalue().encode("utf-8-sig")


def _companies() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "Deelnemers"
    add_rows(
        sheet,
        [
            ["Bedrijven die meedoen aan het leerexperiment"],
            ["Stand: 3 februari 2025"],
            [],
            [
                *("Code", "Bedrijfsnaam", "KvK-nummer", "SBI-code 2025", "Grootte", "Gemeente"),
                "Contactpersoon",
            ],
        ],
    )
    for place, each in enumerate(invented()["company"], 1):
        size = SIZE_AS_DAY if each.get("size_as_day") else each["size"]
        register = f"0000{1000 + 37 * place}"
        contact = _CONTACTS[place % len(_CONTACTS)]
        cells = [each["code"], each["name"], register, each["sbi"], size, each["place"], contact]
        add_rows(sheet, [cells])
        if size is SIZE_AS_DAY:
            sheet.cell(sheet.max_row, 5).number_format = "d-mmm"
    dress(sheet, 4)
    return workbook_bytes(book)


_CONTACTS = ("Jelle", "Anouk", "Sietske", "Wiebe", "Fenna", "Roelof", "Tjitske")


def _log() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "Logboek"
    add_rows(
        sheet,
        [
            [
                *("Bedrijf", "Wat is er gedaan?", "Begin", "Einde", "Hoe staat het ervoor?"),
                *("Aantal deelnemers", "Uren per deelnemer", "Opmerking"),
            ]
        ],
    )
    for each in invented()["log"]:
        cells = [_cell(each.get(key)) for key in ("typed", "tried", "from", "to", "said")]
        cells += [each.get(key) for key in ("participants", "hours", "note")]
        add_rows(sheet, [cells])
        for at in (3, 4):
            if isinstance(sheet.cell(sheet.max_row, at).value, date):
                sheet.cell(sheet.max_row, at).number_format = "dd-mm-yyyy"
    dress(sheet, 1)
    return workbook_bytes(book)


def _cell(value: Any) -> Any:
    return value or None


_WRITERS: Mapping[str, Callable[[Sequence[Row]], bytes]] = {
    "qualtrics": _qualtrics,
    "forms": _forms,
    "spss": _spss,
    "limesurvey": _limesurvey,
}
