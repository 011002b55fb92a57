"""The example study: its files open with the readers of their tools, and hold what they should."""

import csv
import hashlib
import re
from datetime import date, datetime

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.study.example import (
    FILES,
    FLAWS,
    MIN_ITEMS,
    READMES,
    company_score,
    example_truth,
    person_score,
    write_example,
)
from matcher.study.example_files import RENAMED_AS, WORDS
from matcher.study.example_people import Person, invented
from matcher.study.questionnaire import questionnaire
from matcher.trials.columns import TRIAL_COLUMNS
from matcher.trials.reader import read_trials
from tests.strength import strength

SEED = 1
TRUTH = example_truth(SEED)
SPELLED = {company["company"]: company["name"] for company in TRUTH.companies}


def read(folder):
    """Return the rows of every file by its kind, as its tool would show them."""
    with (folder / FILES["qualtrics"]).open(encoding="utf-8-sig", newline="") as file:
        names, questions, ids, *rows = csv.reader(file)
    with (folder / FILES["limesurvey"]).open(encoding="utf-8-sig", newline="") as file:
        heading, *answers = csv.reader(file)
    spss, _ = pyreadstat.read_sav(str(folder / FILES["spss"]), user_missing=True)
    sheets = {
        kind: [*openpyxl.load_workbook(folder / FILES[kind]).active.values]
        for kind in ("forms", "companies", "log")
    }
    return {
        "qualtrics": pd.DataFrame(rows, columns=names),
        "qualtrics_top": (questions, ids),
        "forms": pd.DataFrame(sheets["forms"][1:], columns=sheets["forms"][0]),
        "spss": spss,
        "limesurvey": pd.DataFrame(answers, columns=heading),
        "companies": sheets["companies"],
        "log": pd.DataFrame(sheets["log"][1:], columns=sheets["log"][0]),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("study") / "example"
    write_example(place, SEED)
    return place


@pytest.fixture(scope="module")
def files(folder):
    return read(folder)


def points(column):
    """Return answers as points of 1-7; NaN for what is no point."""
    known = {word: n for n, word in enumerate(WORDS, 1)} | {float(n): n for n in range(1, 8)}
    return column.map(lambda cell: known.get(cell, np.nan)).astype(float)


def answers(files, kind):
    """Return code, name, own code and the eight answers of a file, in the words of the truth."""
    meant = TRUTH.columns[FILES[kind]]
    table = files[kind].rename(columns=meant)
    for name in ("company_code", "company_name", "pairing"):
        table[name] = table[name].fillna("").astype(str) if name in table else ""
    items = [f"item_{n}" for n in range(1, 9)]
    return table.assign(**{item: points(table[item]) for item in items}), items


def measured(files, kinds, truth):
    """Work the scores of a wave out of its files again: who counts, reversed, mean of means."""
    scores = {}
    for kind in kinds:
        table, items = answers(files, kind)
        if kind == "qualtrics":
            table = table[(table["Status"] == "IP Address") & (table["Finished"] == "True")]
        if kind == "limesurvey":
            table = table[table["Date submitted"] != ""]
        table = table.drop_duplicates(
            [name for name in table if name not in ("ResponseId", "RecipientEmail", "IPAddress")]
        )
        table = table[table[items].notna().sum(axis=1) >= MIN_ITEMS]
        turned = table[items].copy()
        for item in truth.reversed_items:
            turned[item] = 8 - turned[item]
        person = 1 + 5 * (turned.mean(axis=1) - 1) / 6
        typed = zip(table["company_code"], table["company_name"], strict=True)
        company = pd.Series([truth.spellings[pair] for pair in typed], index=table.index)
        for code, several in person.groupby(company):
            scores.setdefault(code, []).extend(several)
    return scores


@pytest.mark.parametrize("seed", range(strength(2, 20)))
def test_the_files_hold_the_outcome_that_is_called_right(seed, tmp_path):
    truth = example_truth(seed)
    write_example(tmp_path, seed)
    files = read(tmp_path)
    for wave, kinds in (("before", ("qualtrics", "forms")), ("after", ("spss", "limesurvey"))):
        scores = measured(files, kinds, truth)
        right = {code: each for (code, when), each in truth.measured.items() if when == wave}
        assert scores.keys() == right.keys()
        for code, each in right.items():
            assert np.mean(scores[code]) == pytest.approx(each.mean, abs=1e-12)
            assert np.std(scores[code], ddof=1) == pytest.approx(each.sd, abs=1e-12)
            assert len(scores[code]) == each.n


def test_a_score_by_hand():
    """On 1-7 two people score 4 and 6, the second over four of the eight: 3.5 and 31/6 on 1-6."""
    gap = (None,) * 4
    people = [Person("NO-01", (4,) * 8, "MA07M"), Person("NO-01", (5, 6, 6, 7, *gap), "JO01K")]
    found = company_score(people, frozenset({"MA07M"}))
    assert found.mean == pytest.approx((21 / 6 + 31 / 6) / 2)
    assert found.sd == pytest.approx(10 / 6 / 2**0.5)
    assert (found.n, found.n_twice) == (2, 1)
    assert person_score((7, 7, 7, *gap, None)) is None


def test_the_same_seed_gives_the_same_bytes_at_another_hour(folder, tmp_path, monkeypatch):
    later = 1_900_000_000.0
    monkeypatch.setattr("time.time", lambda: later)
    for path in write_example(tmp_path, SEED):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    _, told = pyreadstat.read_sav(str(tmp_path / FILES["spss"]), metadataonly=True)
    assert told.creation_time == datetime(2025, 10, 6, 9)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES.values(), *READMES.values()}


def test_another_seed_gives_other_answers_of_the_same_companies(folder, tmp_path):
    write_example(tmp_path, SEED + 1)
    same = {
        name
        for name in FILES.values()
        if hashlib.sha256((tmp_path / name).read_bytes()).digest()
        == hashlib.sha256((folder / name).read_bytes()).digest()
    }
    assert same == {FILES["companies"], FILES["log"]}


def test_an_outcome_is_a_row_of_a_file_of_trials_with_a_card_of_the_menu():
    cards = {*read_menu(MENU).ids, "geen"}
    for row in TRUTH.trials:
        assert row.keys() <= set(TRIAL_COLUMNS)
        assert row["intervention"] in cards
    assert {card for card in TRUTH.cards.values() if card} <= cards
    assert len(TRUTH.trials) + len(TRUTH.off_menu) == len(invented()["log"])


def test_the_right_outcome_is_taken_as_a_file_of_trials(tmp_path):
    path = tmp_path / "trials.csv"
    known = {"employees": 60, "needs": "inwerken", "staffing_pressure": "krap"}
    pd.DataFrame([row | known for row in TRUTH.trials]).to_csv(path, index=False)
    trials = read_trials(path, read_menu(MENU))
    assert len(trials.frame) == len(TRUTH.trials)
    assert trials.warnings == ()


def test_rows_and_what_is_left_out_are_counted(files):
    for kind in ("qualtrics", "forms", "spss", "limesurvey"):
        table, items = answers(files, kind)
        told = TRUTH.left_out[FILES[kind]]
        assert len(table) == TRUTH.n_rows[FILES[kind]]
        assert (table[items].notna().sum(axis=1) == 2).sum() == told["unfinished"]
    people = sum(TRUTH.n_rows.values()) - sum(
        sum(told.values()) for told in TRUTH.left_out.values()
    )
    assert people == sum(each.n for each in TRUTH.measured.values())


def test_companies_come_out_of_a_list_of_which_only_the_letters_are_told(files):
    listed = files["companies"][4:]
    assert [(row[0], row[1]) for row in listed] == [*SPELLED.items()]
    assert all(row[2].startswith("0000") and len(row[2]) == 8 for row in listed)
    assert {company["sector"] for company in TRUTH.companies} >= {"A", "C", "F", "T"}


def typed(files, kind):
    table, _ = answers(files, kind)
    pairs = zip(table["company_code"], table["company_name"], strict=True)
    return {(code, name, TRUTH.spellings[code, name]) for code, name in pairs}


def companies_of(files, kind):
    table, _ = answers(files, kind)
    pairs = zip(table["company_code"], table["company_name"], strict=True)
    return [TRUTH.spellings[pair] for pair in pairs]


def names_that(change):
    """Return whether somebody wrote a name that differs from the list by this change alone."""

    def found(files, kind):
        return any(
            name and name != SPELLED[company] and change(name) == change(SPELLED[company])
            for _, name, company in typed(files, kind)
        )

    return found


def with_points(files, kind, rule):
    table, items = answers(files, kind)
    return rule(table[items])


def log_has(files, column, word):
    return (files["log"][column] == word).sum()


ITEM_5 = questionnaire().items[4]
FOUND = {
    "case": lambda files, kind: names_that(str.casefold)(files, kind)
    and any(code.islower() for code, _, _ in typed(files, kind)),
    "legal_form": names_that(lambda name: re.sub(r" (B\.V\.|bv|BV)$", "", name)),
    "hyphens": names_that(lambda name: re.sub(r"[- ]", "", name.casefold())),
    "letter_for_zero": lambda files, kind: any(
        code.startswith("N0") for code, _, _ in typed(files, kind)
    ),
    "accents": lambda files, kind: "Cafe Creme de la Wad" in {n for _, n, _ in typed(files, kind)},
    "typing_errors": lambda files, kind: {
        name for code, name, _ in typed(files, kind) if (code, name) in TRUTH.doubtful
    }
    == {"Kunstof Noordpol", "Hotel De Slapene Oter"},
    "wrong_code": lambda files, kind: any(
        code == "NO-06" and company == "NO-16" for code, _, company in typed(files, kind)
    ),
    "two_names": lambda files, kind: {"Het Broodatelier", "Bakkerij Kruimelhof"}
    <= {name for _, name, company in typed(files, kind) if company == "NO-08"},
    "reversed_item": lambda files, kind: ITEM_5.is_reversed
    and with_points(files, kind, lambda a: a.corr()["item_5"].drop("item_5").mean()) < -0.1,
    "renamed_item": lambda files, kind: RENAMED_AS[0] in files[kind]
    and "leer6" not in files[kind],
    "word_outside_scale": lambda files, kind: (files[kind] == "Weet niet").any(axis=None),
    "user_missing": lambda files, kind: (files[kind].filter(like="leer") == 9).any(axis=None),
    "previews": lambda files, kind: (files[kind]["Status"] == "Survey Preview").sum() == 2,
    "unfinished": lambda files, kind: (files[kind]["Date submitted"] == "").sum() == 3,
    "half_filled": lambda files, kind: with_points(
        files, kind, lambda a: a.isna().sum(axis=1).between(1, 2).sum()
    )
    == TRUTH.n_incomplete[FILES[kind]],
    "duplicates": lambda files, kind: files[kind]
    .duplicated([f"Q3_{n}" for n in range(1, 9)] + ["Q4", "StartDate"])
    .sum()
    == 2,
    "straight_liners": lambda files, kind: with_points(
        files, kind, lambda a: ((a.nunique(axis=1) == 1) & a.notna().all(axis=1)).sum()
    )
    >= TRUTH.straight_lines[FILES[kind]]
    > 0,
    "personal_columns": lambda files, kind: files[kind]["RecipientEmail"].str.contains("@").all()
    and (files[kind]["IPAddress"] != "").any(),
    "name_in_remark": lambda files, kind: files[kind].iloc[:, -1].str.contains("Wiebe").any(),
    "under_five": lambda files, kind: min(
        each.n for (_, wave), each in TRUTH.measured.items() if wave == "after"
    )
    == sum(company == "NO-22" for company in companies_of(files, kind)),
    "no_second_wave": lambda files, kind: ("NO-21", "before") in TRUTH.measured
    and ("NO-21", "after") not in TRUTH.measured,
    "title_rows": lambda files, kind: [row[1] for row in files[kind][:4]]
    == [None, None, None, "Bedrijfsnaam"],
    "lost_zero": lambda files, kind: 1132 in {row[3] for row in files[kind]},
    "size_as_day": lambda files, kind: datetime(2025, 9, 5) in {row[4] for row in files[kind]},
    "month_only": lambda files, kind: log_has(files, "Begin", "maart 2025") == 1
    and date(2025, 3, 1) in {row["start_date"] for row in TRUTH.trials},
    "off_menu": lambda files, kind: log_has(
        files, "Wat is er gedaan?", TRUTH.off_menu[0]["intervention"]
    )
    == 1,
    "never_started": lambda files, kind: log_has(files, "Hoe staat het ervoor?", "nooit begonnen")
    == sum(row["state"] == "not_started" for row in TRUTH.trials)
    == 1,
    "only_measured": lambda files, kind: files[kind]["Wat is er gedaan?"]
    .str.startswith("alleen gemeten")
    .sum()
    == sum(row["intervention"] == "geen" for row in TRUTH.trials)
    == 2,
}  # fmt: skip
"""Flaw -> whether a kind of file has it."""


@pytest.mark.parametrize("flaw", FLAWS, ids=[flaw.id for flaw in FLAWS])
def test_a_flaw_is_there_and_is_told(flaw, files, folder):
    assert FOUND[flaw.id](files, flaw.file)
    for language, name in READMES.items():
        assert f"{FILES[flaw.file]}: {flaw.said[language]}" in (folder / name).read_text("utf-8")


def test_qualtrics_and_spss_say_what_was_asked(files, folder):
    questions, ids = files["qualtrics_top"]
    assert questions[-3].endswith(f"- {questionnaire().items[7].text['nl']}")
    assert ids[0] == '{"ImportId":"startDate","timeZone":"Europe/Amsterdam"}'
    _, told = pyreadstat.read_sav(str(folder / FILES["spss"]), user_missing=True)
    assert told.variable_value_labels["leer1"][9.0] == "Weet niet"
    assert told.missing_ranges["leer1"] == [{"lo": 9.0, "hi": 9.0}]
    assert told.column_names_to_labels["leer5"] == ITEM_5.text["nl"].rstrip(".")
