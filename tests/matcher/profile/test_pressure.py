"""Three plain questions give one class of staffing pressure."""

import pytest

from matcher.profile.pressure import pressure_class

CASES = {
    "nothing answered": ((None, None, None, 38), None),
    "only a day a week, easily": (("makkelijk", None, None, 38), "ruim"),
    "only a day a week, with effort": (("moeite", None, None, 38), "gemiddeld"),
    "only a day a week, with a replacement": (("vervanging", None, None, 38), "krap"),
    "only a day a week, not": (("nee", None, None, 38), "zeer_krap"),
    "one other answer shifts nothing": (("moeite", 9, None, 38), "gemiddeld"),
    "both others tighter": (("moeite", 4, "dagen", 38), "krap"),
    "both others looser": (("vervanging", 0, "maanden", 38), "gemiddeld"),
    "the others disagree": (("moeite", 0, "dagen", 38), "gemiddeld"),
    "no tighter than the tightest": (("nee", 20, "dagen", 38), "zeer_krap"),
    "no looser than the loosest": (("makkelijk", 0, "maanden", 38), "ruim"),
    # 1 of 38 is 2.6 %, 3 of 38 7.9 %, 4 of 38 10.5 %.
    "only vacancies, none": ((None, 0, None, 38), "ruim"),
    "only vacancies, a few": ((None, 1, None, 38), "gemiddeld"),
    "only vacancies, some": ((None, 3, None, 38), "krap"),
    "only vacancies, many": ((None, 4, None, 38), "zeer_krap"),
    "only the planning, by the week": ((None, None, "weken", 38), "gemiddeld"),
    "the tighter of the two others": ((None, 1, "dagen", 38), "zeer_krap"),
    "one open post at a company of six": ((None, 1, None, 6), "zeer_krap"),
}


@pytest.mark.parametrize(("answers", "expected"), CASES.values(), ids=CASES.keys())
def test_three_answers_give_a_class(answers, expected):
    assert pressure_class(*answers) == expected
