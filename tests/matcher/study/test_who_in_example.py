"""The invented study, which others made, read by who and what it names: the truth comes out."""

import io

import pytest
from openpyxl import load_workbook

from matcher.menu.card import read_menu
from matcher.paths import MENU, PLACES, SYNONYMS
from matcher.places.lookup import read_places
from matcher.study.cards import CardWords, read_synonyms
from matcher.study.companies import read_companies
from matcher.study.example import example_truth
from matcher.study.example_files import FILES, example_bytes
from matcher.study.example_people import rows
from matcher.study.log import read_log
from matcher.study.names import match
from matcher.tables.cells import written

SEED = 1


@pytest.fixture(scope="module")
def truth():
    return example_truth(SEED)


@pytest.fixture(scope="module")
def files():
    return example_bytes(SEED)


def columns_of(content, n_titles):
    """Return the columns of a workbook as text, below so many rows of titles."""
    sheet = load_workbook(io.BytesIO(content)).active
    heading, *below = list(sheet.iter_rows(values_only=True))[n_titles:]
    return {str(name): [written(row[at]) for row in below] for at, name in enumerate(heading)}


@pytest.fixture(scope="module")
def companies(files):
    columns = columns_of(files[FILES["companies"]], 3)
    return read_companies(FILES["companies"], columns, read_places(PLACES))


def test_the_list_is_read_as_it_was_meant(companies, truth):
    assert companies.faults == ()
    assert {warning.code for warning in companies.warnings} == {
        "sbi_scheme_guessed",
        "sbi_zero_lost",
    }
    read = [
        {
            "company": each.listed.key,
            "name": each.listed.names[0],
            "sector": each.section.letter,
            "sbi_version": each.section.sbi_version,
            "size_class": str(each.size),
            "province": each.province,
        }
        for each in companies.companies
    ]
    assert read == list(truth.companies)


def test_nobody_is_taken_for_another_and_what_is_asked_is_what_is_doubtful(companies, truth):
    told, asked, n_rows = 0, set(), 0
    for file, several in rows(SEED).items():
        codes, names = [row.code for row in several], [row.name for row in several]
        found = match(file, codes, names, companies.listed)
        for row, company in zip(several, found.companies(), strict=True):
            assert company in (None, truth.spellings[row.code, row.name])
            told += company is not None
        asked |= {(each.code, each.name) for each in found.matches if each.doubt}
        n_rows += len(several)
    assert told >= 0.95 * n_rows
    assert asked == truth.doubtful


def test_of_the_log_one_thing_is_asked_and_the_rest_is_right(companies, truth, files):
    menu = read_menu(MENU)
    words = CardWords(menu, read_synonyms(SYNONYMS, menu))
    columns = columns_of(files[FILES["log"]], 0)
    asked = read_log(FILES["log"], columns, companies.listed, words)
    assert [fault.code for fault in asked.faults] == ["log_words_near"]
    what = {"taalles op het werk": "taal-werkvloer"}
    log = read_log(FILES["log"], columns, companies.listed, words, what=what)
    assert log.faults == ()
    lines = [*truth.trials, *truth.off_menu]
    assert sorted((e.company, e.card or e.off_menu, e.state) for e in log.entries) == sorted(
        (line["company"], line["intervention"], line["state"]) for line in lines
    )
    starts = {(line["company"], line["intervention"]): line["start_date"] for line in lines}
    for entry in log.entries:
        day = starts[entry.company, entry.card or entry.off_menu]
        assert entry.start.earliest <= day <= entry.start.latest if day else True
