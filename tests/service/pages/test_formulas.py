"""No file that Leermatch writes for people holds a cell that a spreadsheet would run."""

import csv
import io
import re

import pytest

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.profile.schema import read_profile
from matcher.ranking.table import write_rankings
from matcher.tables.cells import FORMULA
from matcher.trials.joining import join_trials
from matcher.trials.rejected import write_faulty
from service.live.current import current_live
from tests.matcher.table_makers import TRIAL, csv_text
from tests.service.conftest import PROFILE

CARD = read_menu(MENU)
CALL = 'cmd|"/C calc"!A0'
NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
STOPPED = dict(TRIAL) | {"state": "stopped", "culture_after": "", "end_date": ""}


def ranked(app, folder, text):
    engine = current_live.of(app).served.engine
    write_rankings(engine, [(text, read_profile(PROFILE))], folder / "out.csv")
    return (folder / "out.csv").read_text()


def joined(app, folder, text):
    path = folder / "in.csv"
    path.write_text(csv_text([STOPPED | {"stopped_reason": text, "advisor_organisation": text}]))
    join_trials([path], CARD, folder / "out.csv")
    return (folder / "out.csv").read_text()


def faulty(app, folder, text):
    path = folder / "in.csv"
    path.write_text(csv_text([STOPPED | {"stopped_reason": text, "cost_eur": text}]))
    return write_faulty(path, CARD).read_text("utf-8-sig")


def _recorded(app, text):
    client = app.test_client()
    place = client.post("/api/v1/conversations", json={"profile": PROFILE}).headers["Location"]
    told = {"state": "stopped", "stopped_reason": text}
    assert client.put(f"{place}/outcomes/leermeester", json=told).status_code == 200
    return client


def exported(app, folder, text):
    return _recorded(app, text).get("/api/v1/trials").text


def exported_by_command(app, folder, text):
    _recorded(app, text)
    return app.test_cli_runner().invoke(args=["trials", "export"]).stdout


EXPORTS = {
    "rank": ranked,
    "join": joined,
    "the faulty rows": faulty,
    "trials over the API": exported,
    "trials export": exported_by_command,
}


@pytest.mark.parametrize("start", [each for each in FORMULA if each.isprintable()])
@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS.keys())
def test_no_cell_of_an_export_starts_as_a_formula(app, tmp_path, export, start):
    text = export(app, tmp_path, f"{start}{CALL}")
    separator = ";" if export is faulty else ","
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    assert any(CALL in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell)]
