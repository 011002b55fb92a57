"""The data report of a study: what it tells, what it may not tell, and that it stands alone."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.disclosure import FEWEST, is_few
from matcher.messages import catalogue
from matcher.study.build import COLUMNS, MEASUREMENTS, TRIALS
from matcher.study_report import score_sections
from matcher.study_report.codebook import write_codebook
from matcher.study_report.page import study_pages, write_study_report
from matcher.study_report.seen import share, who_is_who
from matcher.trials.measurements import MEASUREMENT_COLUMNS
from tests.matcher.study_report.made import ITEMS, built

SIZES = ([20, 12, 9, 3], [14, 8, 6, 2])
BAND = "1-4"


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    monkeypatch.setattr(score_sections, "_draw_scores", lambda panels, words: "<svg></svg>")
    monkeypatch.setattr(score_sections, "draw_intervals", lambda panels, words: "<svg></svg>")


class Tables(HTMLParser):
    """The tables of a page, by caption."""

    def __init__(self, page):
        super().__init__()
        self.found, self._cell, self._rows = {}, None, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th", "caption"):
            self._cell = ""

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._rows[-1].append(self._cell)
            self._cell = None
        elif tag == "caption":
            self._caption, self._cell = self._cell, None
        elif tag == "table":
            self.found[self._caption] = self._rows


def tables_of(study):
    return Tables(write_study_report(study, "en")).found


def scores_of(tables):
    """Return what is told of companies: wave -> company -> people."""
    told = {"before": {}, "after": {}}
    for company, wave, n, *_ in tables.get("The score of each company with its interval", [])[1:]:
        told[wave][company] = int(n)
    return told


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=2, max_size=2).filter(
        lambda sizes: all(sum(size) for size in sizes)
    ),
    st.tuples(st.integers(0, 6), st.integers(0, 6)),
    st.integers(0, 12),
)
def test_who_adds_and_subtracts_learns_no_count_of_one_to_four(sizes, empty, named):
    study = built(sizes, empty, named, {"twice": 3, "unfinished": 7})
    page = write_study_report(study, "en")
    tables = Tables(page).found
    told = scores_of(tables)
    totals = {row[0]: row[1:] for row in tables["Answers and response per wave"][1:]}
    for wave, size, blank in zip(("before", "after"), sizes, empty, strict=True):
        whole, without, _ = totals[wave]
        assert whole == (BAND if is_few(sum(size)) else str(sum(size)))
        assert without == (BAND if is_few(blank) else str(blank))
        people = told[wave].values()
        assert all(n >= FEWEST for n in people)
        hidden = sum(size) - sum(people)
        small = sum(is_few(n) for n in size)
        if whole != BAND:
            # What is left over is of several companies, or of none; and it is not all ones.
            assert not is_few(hidden) and (hidden > small or not small)
            left = [n for n in size if n] and len([n for n in size if n]) - len(people)
            assert left != 1
    for row in tables["Rows that were flagged"][1:]:
        assert not any(is_few(int(cell)) for cell in row[1:] if cell.isdigit())
    shown = re.findall(r"(?<![\w.-])([1-4]) (?:people|answers|rows)\b", page)
    assert shown == []
    rows = sum(map(sum, sizes)) + sum(empty)
    for n in (min(named, rows), rows - min(named, rows)):
        assert not is_few(n) or who_is_who(study).by_code is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_is_of_no_few_and_leaves_no_few(n, rest):
    told = share(n, n + rest)
    few = is_few(n) or is_few(rest) or n + rest < FEWEST
    assert told == (None if few else n / (n + rest))


def test_degrees_of_freedom_are_told_only_where_no_company_is_hidden():
    table = "Difference between companies: ICC and F"
    whole = tables_of(built(([20, 12, 9, 8], [14, 8, 6, 7])))[table]
    assert "F(3, 45)" in whole[1][-1]
    hidden = tables_of(built(SIZES))[table]
    assert all("F(" not in row[-1] for row in hidden)


def test_a_company_of_few_is_named_nowhere_and_takes_another_with_it():
    page = write_study_report(built(SIZES), "en")
    assert "schuil-a" in page
    assert "schuil-d" not in page
    assert "schuil-c" not in page


def test_who_did_not_answer_again_is_told_as_a_share_and_not_of_a_few():
    many = write_study_report(built(([20, 20], [10, 10])), "en")
    assert "50% cannot be found after" in many
    few = write_study_report(built(([20, 20], [20, 18])), "en")
    assert "is not shown. It is about too few people." in few


def test_a_response_is_told_of_a_wave_unless_a_few_did_not_answer():
    table = "Answers and response per wave"
    known = tables_of(built(([20, 12], [20, 12]), headcounts=[40, 24]))[table]
    assert known[1] == ["before", "32", "0", "50%"]
    almost = tables_of(built(([20, 12], [20, 12]), headcounts=[21, 13]))[table]
    assert almost[1][-1] == "not shown"
    unknown = tables_of(built(([20, 12], [20, 12])))[table]
    assert unknown[1][-1] == catalogue("en")["report.unknown"]


def test_no_name_or_code_of_a_company_is_on_the_page_also_not_in_what_people_typed():
    called = ("paardencoaching", "training bij Bakkerij Zuiver 01", "bel NB-02", "a.b@c.nl")
    study = built(SIZES, off_menu=called)
    for page in study_pages(study, "nl").values():
        assert "Zuiver" not in page
        assert "NB-0" not in page
        assert "a.b@c.nl" not in page
    assert "paardencoaching" in write_study_report(study, "nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_stands_alone_and_is_the_same_each_time(language):
    study = built(SIZES)
    page = write_study_report(study, language)
    assert f'<html lang="{language}">' in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert page == write_study_report(study, language)


def test_only_an_invented_study_says_that_it_is_one():
    study = built(SIZES)
    assert catalogue("nl")["report.simulated"] not in write_study_report(study, "nl")
    settings_ = study.known.settings.model_copy(update={"source": "simulated"})
    invented = replace(study, known=replace(study.known, settings=settings_))
    assert catalogue("nl")["report.simulated"] in write_study_report(invented, "nl")


def test_a_study_of_one_wave_says_that_nothing_changed():
    page = write_study_report(built(([20, 12, 9],), (0,)), "nl")
    assert catalogue("nl")["report.study.change.one_wave"] in page


def test_of_many_companies_some_are_shown_from_low_to_high(monkeypatch):
    monkeypatch.setattr(score_sections, "MOST_LINES", 3)
    told = scores_of(tables_of(built(([9] * 8, [8] * 8))))
    assert [len(wave) for wave in told.values()] == [3, 3]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_codebook_has_every_column_of_both_files_with_its_meaning(language):
    rows = list(csv.DictReader(io.StringIO(write_codebook(built(SIZES), language))))
    columns = [(row["file"], row["column"]) for row in rows]
    assert columns == [(TRIALS, name) for name in COLUMNS] + [
        (MEASUREMENTS, name) for name in MEASUREMENT_COLUMNS
    ]
    assert all(row["meaning"] and row["values"] and row["origin"] for row in rows)
    mean = next(row for row in rows if row["column"] == "mean")
    assert ", ".join(ITEMS) in mean["origin"]
    assert not any(is_few(int(row["missing"])) for row in rows if row["missing"].isdigit())


def test_both_languages_have_the_same_sentences():
    nl, en = (
        {key for key in catalogue(language) if key.startswith("report.study.")}
        for language in ("nl", "en")
    )
    assert nl == en
