"""Faults in words: the place and the sentence, in both languages."""

import pickle
import re

import pytest

from matcher.errors import BrokenVersion, Fault
from matcher.messages import catalogue

PLACES = {
    "a cell": ("row 3, employees", "rij 3, employees"),
    "a row of a file": ("seats.csv, row 3", "seats.csv, rij 3"),
    "a line of a file": (
        "models/ledger.jsonl, line 2, action",
        "models/ledger.jsonl, regel 2, action",
    ),
    "a file with the name of a row": ("row 3.csv, row 2", "row 3.csv, rij 2"),
    "a column with the name of a row": ("row 3, row", "rij 3, row"),
    "a field": ("/profile/employees", "/profile/employees"),
    "an option": ("--by", "--by"),
    "nowhere": ("", ""),
}


@pytest.mark.parametrize(("where", "dutch"), PLACES.values(), ids=PLACES.keys())
def test_a_place_is_told_in_the_language_asked_for(where, dutch):
    fault = Fault(where, "missing")
    assert (fault.place("nl"), fault.place("en")) == (dutch, where)


def test_a_line_has_the_place_only_when_there_is_one():
    assert Fault("row 2", "missing").line("en").startswith("row 2: This ")
    assert Fault("", "missing").line("en").startswith("This ")


def test_a_refusal_of_the_registry_arrives_whole_from_another_process():
    error = BrokenVersion(Fault("v", "version_altered", {"file": "menu.toml"}))
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.fault) == (str(error), error.fault)
    assert str(error) == "v: menu.toml was altered after this version was saved."


def test_every_sentence_has_a_twin_with_the_same_values():
    """Beyond those of reasons and reports, which have tests of their own."""
    dutch, english = catalogue("nl"), catalogue("en")
    assert dutch.keys() == english.keys()
    for key in dutch:
        holes = [set(re.findall(r"(?<!{){(\w+)}", text)) for text in (dutch[key], english[key])]
        assert holes[0] == holes[1], key
