"""Small studies that were built: what the page about them may not tell is known."""

from pathlib import Path

import numpy as np

from matcher.measure.scale import SIX
from matcher.measure.study import Instrument, Wave, measure_study
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.study.build import Built
from matcher.study.companies import Company, CompanyList
from matcher.study.gathered import Gathered
from matcher.study.lookup import Listed
from matcher.study.names import Match, Matching
from matcher.study.pseudonyms import Keys
from matcher.study.study_file import StudyFile
from matcher.study.who import Known
from matcher.trials.measurements import measurements_of

CARD_MENU = read_menu(MENU)
ITEMS = ("een", "twee", "drie")
FILE = "antwoorden.csv"


def built(sizes, empty=(0, 0), named=0, dropped=None, off_menu=(), headcounts=None):
    """Return a study with so many people with a score per wave and company.

    ``empty`` rows of each wave have no score, ``named`` rows were found by their name.
    """
    rng = np.random.default_rng(0)
    n_companies = len(sizes[0])
    listed = [
        Listed(f"NB-{at:02}", f"NB-{at:02}", (f"Bakkerij Zuiver {at:02}",), row=at + 2)
        for at in range(n_companies)
    ]
    names = [f"schuil-{'abcdefgh'[at]}" for at in range(n_companies)]
    waves = []
    for name, size, blank in zip(("before", "after"), sizes, empty, strict=False):
        company = np.r_[np.repeat(np.arange(n_companies), size), np.zeros(blank, dtype=int)]
        answers = rng.integers(1, 7, (len(company), len(ITEMS))).astype(float)
        answers[len(company) - blank :] = np.nan
        person = np.concatenate([1000 * at + np.arange(n) for at, n in enumerate(size)])
        person = np.r_[person, np.full(blank, -1)]
        heads = None if headcounts is None else np.array(headcounts, dtype=float)
        waves.append(Wave(name, answers, company, person, None, heads))
    instrument = Instrument("kort", ITEMS, SIX, 2)
    measure = measure_study(instrument, names, waves, rng, 20)
    rows = sum(len(wave.company) for wave in waves)
    found = {"code": rows - min(named, rows), "name": min(named, rows)}
    matches = tuple(
        Match(listed[0].code, "", listed[0].key, how, n_rows=n) for how, n in found.items()
    )
    settings = StudyFile.model_validate(
        {
            "instrument": {
                "name": "kort",
                "scale": "1-6",
                "min_items": 2,
                "item": [{"name": item} for item in ITEMS],
            },
            "file": [{"path": FILE, "sha256": "0", "role": "respondents", "wave": "before"}],
        }
    )
    known = Known(
        settings,
        CompanyList(tuple(map(Company, listed)), {}, None, (), ()),
        (),
        (Matching(matches, np.zeros(rows, dtype=int), (), ()),),
        None,
        (),
        (),
    )
    trials = tuple(
        {"company": name, "intervention": "leercoach" if at % 2 else "geen", "state": "finished"}
        for at, name in enumerate(names)
    )
    return Built(
        Path(),
        trials,
        measurements_of(measure),
        tuple({"company": names[0], "called": words} for words in off_menu),
        measure,
        Gathered(tuple(waves), {FILE: dict(dropped or {})}, ()),
        known,
        Keys({}, 0, 0),
        (),
        CARD_MENU,
        {"no_company": 0},
    )
