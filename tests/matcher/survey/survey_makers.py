"""Files as survey tools write them, after what they publish of their export."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

QUALTRICS = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
WHO = ("192.0.2.7", "Jansen", "Truus", "truus@voorbeeld.nl", "P-0041", "52.0907", "5.1214")
"""What the columns about the respondent hold."""
TALK = ("QID9_TEXT", "Wat wilt u kwijt?", "Vraag Truus Jansen maar")


def of_qualtrics(at: int, status: str = "IP Address", finished: str = "True") -> list[str]:
    """Return the cells that Qualtrics itself adds to a response."""
    ip, last, first, mail, reference, latitude, longitude = WHO
    return [
        *(f"2024-03-0{at % 9 + 1} 10:15:00", f"2024-03-0{at % 9 + 1} 10:21:44", status, ip),
        *("100" if finished == "True" else "40", "404", finished),
        *(f"2024-03-0{at % 9 + 1} 10:21:45", f"R_{at:015d}", last, first, mail, reference),
        *(latitude, longitude, "anonymous", "NL"),
    ]


def qualtrics(
    path: Path,
    questions: Mapping[str, tuple[str, str]],
    answers: Sequence[Sequence[str]],
    meta: Sequence[tuple[str, str]] | None = None,
    headings: int = 3,
    mark: str = ",",
    encoding: str = "utf-8",
) -> Path:
    """Write an export; ``meta`` has status and finished of each response."""
    own = [*QUALTRICS.items(), *questions.items()]
    rows = [
        [name for name, _ in own],
        [text for _, (text, _) in own],
        [_import_id(each) for _, (_, each) in own],
    ][:headings]
    for at, cells in enumerate(answers):
        rows.append([*of_qualtrics(at, *(meta[at] if meta else ())), *cells])
    return table(path, rows, mark, encoding)


def _import_id(name: str) -> str:
    zone = {"timeZone": "Europe/Amsterdam"} if name.endswith("Date") else {}
    return json.dumps({"ImportId": name, **zone}, separators=(",", ":"))


def table(
    path: Path, rows: Sequence[Sequence[object]], mark: str = ",", encoding: str = "utf-8"
) -> Path:
    """Write rows of cells as text."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    return path


LIMESURVEY = {
    "id": "Response ID",
    "submitdate": "Date submitted",
    "lastpage": "Last page",
    "startlanguage": "Start language",
    "seed": "Seed",
    "token": "Access code",
    "startdate": "Date started",
    "datestamp": "Date last action",
    "ipaddr": "IP address",
    "refurl": "Referrer URL",
}


def of_limesurvey(at: int, finished: bool = True) -> list[str]:
    """Return the cells that LimeSurvey itself adds to a response."""
    day = f"2024-03-0{at % 9 + 1}"
    sent = f"{day} 10:21:44" if finished else ""
    own = [str(at + 1), sent, "4" if finished else "1", "nl", "1823714", "kX9vTokenTruus"]
    return [*own, f"{day} 10:15:00", f"{day} 10:21:44", WHO[0], "https://intranet.voorbeeld.nl"]


MICROSOFT = {
    "nl": ["ID", "Begintijd", "Tijd van voltooien", "E-mail", "Naam"],
    "en": ["ID", "Start time", "Completion time", "Email", "Name"],
}
"""What Microsoft Forms puts before the questions."""
