"""Who is who: hand cases of each kind, properties, and an invented list whose truth is known."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import Fault
from matcher.study.lookup import Listed
from matcher.study.names import LEAVE_OUT, check_list, match, unused_decisions
from matcher.study.spelling import (
    code_form,
    core_words,
    filled,
    loose_code,
    name_words,
    plain,
)
from tests.matcher.study.invented import answers, list_of_companies
from tests.strength import strength

LIST = (
    Listed("B01", "B01", ("Bakkerij Jansen B.V.",), ("01234567",), 2),
    Listed("B02", "B02", ("De Vries & Zn.",), ("12.34.56.79",), 3),
    Listed("B10", "B10", ("Café Thuis",), (), 4),
    Listed("H07", "H07", ("Hoveniersbedrijf van der Berg VOF",), (), 5),
    Listed("H08", "H08", ("Timmerfabriek Smit",), (), 6),
    Listed("H09", "H09", ("Timmerfabriek Smit",), (), 7),
    Listed("V11", "V11", ("Vos B.V. h.o.d.n. Drukkerij De Pers",), (), 8),
    Listed("V12", "V12", ("Vos Installaties",), (), 9),
)

SURE = {
    "a code as it stands": ("B01", "", "B01", "code"),
    "in small letters, with a hyphen and spaces": (" b-01 ", "", "B01", "code"),
    "with a dot": ("B.01", "", "B01", "code"),
    "O for 0": ("BO1", "", "B01", "code"),
    "l for 1": ("B0l", "", "B01", "code"),
    "a zero in front dropped": ("B1", "", "B01", "code"),
    "a name as it stands": ("", "Bakkerij Jansen B.V.", "B01", "name"),
    "without its legal form": ("", "bakkerij  jansen", "B01", "name"),
    "with another legal form": ("", "Bakkerij Jansen Holding B V", "B01", "name"),
    "words apart": ("", "bakkerij jan sen", "B01", "name"),
    "without article and family": ("", "Vries", "B02", "name"),
    "with the family written out": ("", "de Vries en Zonen", "B02", "name"),
    "without an accent": ("", "CAFE THUIS", "B10", "name"),
    "with an accent that is a character of its own": ("", "Cafe\u0301 Thuis", "B10", "name"),
    "with a word between shortened": ("", "Hoveniersbedrijf v.d. Berg", "H07", "name"),
    "a name under which it trades": ("", "drukkerij de pers", "V11", "name"),
    "a name where the code is asked": ("Café Thuis", "", "B10", "name"),
    "a code where the name is asked": ("", "h-07", "H07", "code"),
    "a code that tells two of one name apart": ("H09", "Timmerfabriek Smit", "H09", "code"),
    "a wrong code beside a name of one company": ("X99", "Café Thuis", "B10", "name"),
    "a code beside a name that nobody knows": ("B10", "ons eetcafé", "B10", "code"),
    "a register number": ("12345679", "", "B02", "code"),
    "a register number with its zero lost": ("kvk 1234567", "", "B01", "code"),
}


@pytest.mark.parametrize(("code", "name", "company", "how"), SURE.values(), ids=SURE.keys())
def test_what_can_be_one_company_only_is_that(code, name, company, how):
    found = match("before.csv", [code], [name], LIST)
    assert (found.companies(), found.matches[0].how) == ([company], how)
    assert not found.faults


ASKED = {
    "two companies under one name": ("", "Timmerfabriek Smit", "who_several", ["H08", "H09"]),
    "the words of a longer name": ("", "Vos", "who_several", ["V11", "V12"]),
    "code and name of two companies": ("B01", "Café Thuis", "who_differ", ["B01", "B10"]),
    "a code beside a name near another": ("B01", "Caffé Thuis", "who_differ", ["B10", "B01"]),
    "a slip of the keyboard": ("", "Bakkreij Jansen", "who_near", ["B01"]),
    "a word of a name": ("", "Jansen", "who_near", ["B01"]),
    "the words in another order": ("", "Jansen, bakkerij", "who_near", ["B01"]),
}


@pytest.mark.parametrize(("code", "name", "doubt", "first"), ASKED.values(), ids=ASKED.keys())
def test_what_may_be_another_is_asked_with_the_likeliest_first(code, name, doubt, first):
    found = match("before.csv", [code], [name], LIST)
    (only,) = found.matches
    assert (only.company, only.how, only.doubt) == (None, "near", doubt)
    assert [each.id for each in only.candidates][: len(first)] == first
    (fault,) = found.faults
    assert fault.where == "before.csv, row 2"
    assert all(key in fault.text("nl") and key in fault.text("en") for key in first)


def test_a_code_with_one_slip_is_asked_where_few_are_that_near():
    companies = [Listed(code, code, row=2) for code in ("NL-4821", "NL-9036", "NL-77")]
    found = match("a.csv", ["NL-4281", "NL-903", "NL-5555"], [""] * 3, companies)
    first = {m.code: [c.id for c in m.candidates] for m in found.matches}
    assert first == {"NL-4281": ["NL-4821"], "NL-903": ["NL-9036"], "NL-5555": []}


def test_what_is_like_nothing_is_told_as_such():
    found = match("before.csv", [""], ["Gemeente Westerkwartier"], LIST)
    assert (found.matches[0].how, found.matches[0].candidates) == ("none", ())
    assert [fault.code for fault in found.faults] == ["who_none"]


def test_codes_that_differ_in_a_zero_only_are_not_guessed():
    two = (Listed("B1", "B1", row=2), Listed("BO1", "BO1", row=3), Listed("C1", "C1", row=4))
    assert match("a", ["B1", "bo1", "C01"], [""] * 3, two).companies() == ["B1", "BO1", "C1"]
    assert match("a", ["BO01"], [""], two).companies() == [None]
    _, (warning,) = check_list("list.xlsx", two)
    assert (warning.code, warning.rows) == ("list_codes_alike", (2, 3))


def test_a_decision_is_used_and_what_it_settles_is_not_asked_again():
    told = {"jansen": "B01", "X / mijn werk": LEAVE_OUT}
    names = ["Jansen", "mijn  werk", "Jansen!", "Smit"]
    found = match("a.csv", ["", "X", "", ""], names, LIST, told)
    assert found.companies() == ["B01", None, "B01", None]
    assert found.counts == {"code": 0, "name": 0, "confirmed": 3, "near": 1, "none": 0}
    assert [fault.where for fault in found.faults] == ["a.csv, row 5"]


def test_a_decision_that_no_longer_fits_is_told():
    told = {"Jansen": "B99", "B01": "B02", "van vroeger": "B01"}
    found = match("a.csv", ["", "B01"], ["Jansen", ""], LIST, told)
    assert {fault.code for fault in found.faults} == {"who_decision_gone", "who_near"}
    assert [warning.code for warning in found.warnings] == ["who_decision_differs"]
    assert found.companies() == [None, "B02"]
    (unused,) = unused_decisions(told, [found])
    assert unused.params["value"] == "van vroeger"


def test_spellings_that_nobody_would_tell_apart_are_asked_once():
    names = ["Jansen", "JANSEN", " jansen.", "Jansen"]
    found = match("a.csv", [""] * 4, names, LIST)
    (only,) = found.matches
    assert (only.name, only.n_rows, len(found.faults)) == ("Jansen", 4, 1)
    clash = match("a.csv", [""], ["Jansen"], LIST, {"Jansen": "B01", "JANSEN": "B02"})
    assert "who_decisions_clash" in {fault.code for fault in clash.faults}


def test_a_register_number_is_looked_up_and_never_told():
    codes, names = ["12345679", "87654321", "", ""], ["", "", "12345679", "KVK 87654321"]
    found = match("a.csv", codes, names, LIST)
    assert found.companies() == ["B02", None, "B02", None]
    assert [fault.code for fault in found.faults] == ["who_register"] * 2
    told = repr(found) + repr(LIST)
    told += "".join(f.line(language) for f in found.faults for language in ("nl", "en"))
    assert not any(number in told for number in ("12345679", "12.34.56.79", "87654321", "01234567"))


def test_of_a_wrong_list_one_fault_tells():
    codes = [f"B{n:02}" for n in range(1, 11)]
    companies = [Listed(code, code, row=n) for n, code in enumerate(codes[:7], start=2)]
    found = match("after.csv", codes + [f"Z{n}" for n in range(60, 65)], [""] * 15, companies)
    (fault,) = found.faults
    assert (fault.where, fault.code) == ("after.csv", "who_codes_of_another_list")
    assert (fault.params["percent"], fault.params["n"], fault.params["total"]) == (53, 8, 15)
    assert not any(code in fault.text("nl") for code in ("Z60", "B08"))
    few = match("after.csv", [*codes[:7], "Q8", "Q9"], [""] * 9, companies)
    assert [fault.code for fault in few.faults] == ["who_none", "who_none"]


def test_too_many_to_compare_are_told_as_one(monkeypatch):
    monkeypatch.setattr("matcher.study.lookup.MOST_COMPARED", 3)
    names = ["wolken", "regen", "zon en wind", "mist", "Café Thuis"]
    found = match("after.csv", [""] * 5, names, LIST)
    assert found.companies() == [None] * 4 + ["B10"]
    (fault,) = found.faults
    assert (fault.code, fault.params["n"]) == ("who_too_many", 4)


def test_wrong_codes_beside_names_that_are_right_are_odd_and_no_fault():
    companies = [Listed(f"B{n}", f"B{n}", (f"Bedrijf {n} Noord",), row=n) for n in range(2, 12)]
    names = [company.names[0] for company in companies]
    found = match("a.csv", [f"Z{n}" for n in range(10)], names, companies)
    assert (found.companies(), found.faults) == ([c.key for c in companies], ())
    assert [warning.code for warning in found.warnings] == ["who_codes_beside_names"]
    in_one_column = match("a.csv", names, [""] * 10, companies)
    assert (in_one_column.faults, in_one_column.warnings) == ((), ())


def test_a_file_without_companies_is_one_fault_and_some_rows_a_warning():
    (fault,) = match("after.csv", ["", "-"], ["", "weet niet"], LIST).faults
    assert (fault.code, fault.params["n"]) == ("who_no_company", 2)
    some = match("after.csv", ["", "B01", "n.v.t."], [""] * 3, LIST)
    assert (some.n_without, some.warnings[0].rows, some.warnings[0].count) == (2, (2, 4), 2)


def test_a_company_that_is_in_the_list_twice_is_a_fault_and_alike_names_are_odd():
    twice = (*LIST, Listed("b01", "b01", ("Anders",), (), 12))
    faults, warnings = check_list("list.xlsx", twice)
    assert faults == [
        Fault("list.xlsx, row 12", "list_company_twice", {"value": "b01", "first_row": 2})
    ]
    assert {(w.code, w.rows) for w in warnings} == {
        ("list_codes_alike", (2, 12)),
        ("list_names_alike", (6, 7)),
    }


CELLS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="BbVv.o0OlI1 -&/'éöDeHtZn", max_size=16),
    st.sampled_from([name for company in LIST for name in company.names]),
)


@settings(deadline=None, max_examples=strength(100, 3000))
@given(cell=CELLS)
def test_bringing_to_one_form_twice_is_the_same_as_once(cell):
    for form in (filled, plain, code_form, loose_code, name_words, core_words):
        assert form(form(cell)) == form(cell), form.__name__


@settings(deadline=None, max_examples=strength(40, 1000))
@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), data=st.data())
def test_the_order_of_rows_and_of_the_list_changes_nothing(cells, data):
    order = data.draw(st.permutations(range(len(cells))))
    companies = data.draw(st.permutations(LIST))
    one = match("a", [c for c, _ in cells], [n for _, n in cells], LIST)
    mixed = [cells[at] for at in order]
    other = match("a", [c for c, _ in mixed], [n for _, n in mixed], companies)
    assert [one.companies()[at] for at in order] == other.companies()
    bare = [
        [(m.spelling, m.company, m.how, m.candidates, m.n_rows) for m in found.matches]
        for found in (one, other)
    ]
    assert bare[0] == bare[1]


@settings(deadline=None, max_examples=strength(40, 1000))
@given(names=st.lists(st.text(alphabet="abv. &enDzlO01", min_size=1, max_size=9), max_size=8))
def test_no_company_of_the_list_is_taken_for_another(names):
    companies = [Listed(f"#{n}", name, (name,), (), n) for n, name in enumerate(names)]
    for codes, typed in ((names, [""] * len(names)), ([""] * len(names), names)):
        found = match("a", codes, typed, companies).companies()
        for company, key in zip(companies, found, strict=True):
            assert key in (None, company.key)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(strength(2, 40)))
def test_of_400_companies_none_is_wrong_and_95_in_100_answers_are_automatic(seed):
    rng = np.random.default_rng(seed)
    companies = list_of_companies(rng)
    typed = answers(rng, companies)
    found = match("before.csv", typed.codes, typed.names, companies)
    told = found.companies()
    assert [t for t, is_ in zip(told, typed.truth, strict=True) if t not in (None, is_)] == []
    assert sum(t is not None for t in told) >= 0.95 * sum(is_ is not None for is_ in typed.truth)


def test_a_list_of_thousands_takes_seconds():
    rng = np.random.default_rng(1)
    n = strength(500, 5000)
    companies = [
        Listed(f"K{k}", f"K{k}", (f"{a} {b} B.V.",), (), k)
        for k, (a, b) in enumerate(rng.choice([f"woord{w}" for w in range(3 * n)], (n, 2)))
    ]
    typed = [f"{c.names[0][:-7]}x" if k % 9 == 0 else c.names[0] for k, c in enumerate(companies)]
    names = [typed[at] for at in rng.integers(n, size=40 * n)]
    start = time.process_time()
    match("before.csv", [""] * len(names), names, companies)
    assert time.process_time() - start < 3
