"""Amounts, ranges and chances in plain words, by table."""

from types import SimpleNamespace

import pytest

from matcher.menu.card import Range, read_menu
from matcher.paths import MENU
from matcher.profile.schema import read_profile
from matcher.ranking.result import ExpectedGain, Finish
from matcher.ranking.wording import listed
from service.pages.advice.effect import AXIS, SMALL, WIDTH, chances, effect
from service.pages.advice.reasons import why
from service.pages.shared import words
from tests.service.conftest import PROFILE


@pytest.fixture(scope="module")
def app(make_app):
    return make_app()


@pytest.fixture(params=["nl", "en"])
def language(app, request):
    with app.test_request_context(f"/?taal={request.param}"):
        yield request.param


@pytest.fixture
def dutch(app):
    with app.test_request_context("/"):
        yield


COSTS = {
    (0, 0): ("niets", "nothing"),
    (0, 1): ("niets tot € 1.000", "nothing to €1,000"),
    (0, 2): ("niets tot € 5.000", "nothing to €5,000"),
    (1, 1): ("minder dan € 1.000", "less than €1,000"),
    (1, 3): ("minder dan € 15.000", "less than €15,000"),
    (2, 2): ("€ 1.000 tot € 5.000", "€1,000 to €5,000"),
    (2, 3): ("€ 1.000 tot € 15.000", "€1,000 to €15,000"),
    (3, 4): ("meer dan € 5.000", "more than €5,000"),
    (4, 4): ("meer dan € 15.000", "more than €15,000"),
    (2, None): ("meer dan € 1.000", "more than €1,000"),
}


@pytest.mark.parametrize(("bands", "told"), COSTS.items(), ids=str)
def test_a_cost_band_is_told_in_euros(language, bands, told):
    said = words.cost(Range(min=bands[0], max=bands[1])).replace("\N{NO-BREAK SPACE}", " ")
    assert said == told[language == "en"]


HOURS = {
    None: ("nog niet bekend", "not known yet"),
    (0, 0): ("geen", "none"),
    (16, 32): ("16 tot 32 uur per persoon", "16 to 32 hours per person"),
    (8, 8): ("8 uur per persoon", "8 hours per person"),
    (1, 1): ("1 uur per persoon", "1 hour per person"),
    (200, None): ("200 uur of meer per persoon", "200 hours or more per person"),
    (2.5, 4): ("2,5 tot 4 uur per persoon", "2.5 to 4 hours per person"),
}


@pytest.mark.parametrize(("amount", "told"), HOURS.items(), ids=str)
def test_hours_are_told_per_person(language, amount, told):
    said = words.hours_each(Range(min=amount[0], max=amount[1]) if amount else None)
    assert said == told[language == "en"]


class _Card:
    def __init__(self, months, unknown=()):
        self.duration_months = Range(min=months[0], max=months[1]) if months else None
        self.unknown = frozenset(unknown)


# Working days count 21.7 and weeks 4.3 to a month.
DURATIONS = {
    (3, 6): "3 tot 6 maanden",
    (12, 12): "12 maanden",
    (1, 1): "1 maand",
    (0.05, 0.23): "1 tot 5 dagen",
    (0.05, 1.4): "1 dag tot 6 weken",
    (0.9, 2.3): "4 tot 10 weken",
    (2.3, 3): "10 weken tot 3 maanden",
    (12, None): "12 maanden of meer",
    None: "verschilt per keer",
}


@pytest.mark.parametrize(("months", "told"), DURATIONS.items(), ids=str)
def test_a_duration_is_told_in_units_people_use(dutch, months, told):
    assert words.duration(_Card(months)) == told


def test_an_unknown_duration_is_not_one_that_varies(dutch):
    assert words.duration(_Card(None, {"duration_months"})) == "nog niet bekend"


# Bounds of domain 4.3: nobody notices less than .15 point, from .35 it is clear.
EFFECTS = {
    (0.02, 0.08, 0.12): "Waarschijnlijk geen duidelijk verschil.",
    (0.02, 0.12, 0.22): "Waarschijnlijk geen duidelijk verschil; een klein verschil kan ook.",
    (0.02, 0.18, 0.34): "Waarschijnlijk een klein verschil; het kan ook niets uitmaken.",
    (0.16, 0.20, 0.30): "Waarschijnlijk een klein verschil.",
    (0.05, 0.30, 0.50): (
        "Waarschijnlijk een klein verschil; een duidelijk verschil kan ook, "
        "en het kan ook niets uitmaken."
    ),
    (0.20, 0.40, 0.60): (
        "Waarschijnlijk een duidelijk verschil; het kan ook bij een klein verschil blijven."
    ),
    (-0.20, 0.05, 0.10): ("Waarschijnlijk geen duidelijk verschil; het kan ook achteruit gaan."),
    (-0.40, -0.20, 0.05): "Waarschijnlijk gaat het iets achteruit; het kan ook niets uitmaken.",
    (0.15, 0.35, 0.40): (
        "Waarschijnlijk een duidelijk verschil; het kan ook bij een klein verschil blijven."
    ),
}


@pytest.mark.parametrize(("numbers", "told"), EFFECTS.items(), ids=str)
def test_a_range_is_told_in_plain_words(dutch, numbers, told):
    low, mean, high = numbers
    said = effect(ExpectedGain(mean, low, high, 0.8)).words
    assert said == told
    assert not any(ch.isdigit() for ch in said)


def test_the_bar_stands_where_the_range_is(dutch):
    """On an axis from -.30 a gain of .15 lies 450 thousandths to the right."""
    bar = effect(ExpectedGain(SMALL, -0.05, 0.25, 0.8)).bar
    assert (bar.start, bar.length, bar.middle) == (250, 300, 450)


@pytest.mark.parametrize("numbers", [(-9, -8, -7), (-9, 0, 9), (7, 8, 9)], ids=str)
def test_a_range_off_the_axis_stays_on_the_bar(dutch, numbers):
    low, mean, high = numbers
    bar = effect(ExpectedGain(mean, low, high, 0.8)).bar
    assert 0 <= bar.start <= WIDTH
    assert 0 <= bar.middle <= WIDTH
    assert bar.length > 0
    assert round((AXIS[1] - AXIS[0]) * 1000) == WIDTH


CHANCES = [
    (0.74, Finish(0.53, 0.41, 0.66), (7, 5, 4, 7)),
    (1.0, Finish(1.0, 1.0, 1.0), (10, 10, 10, 10)),
    (0.04, Finish(0.04, 0.0, 0.11), (0, 0, 0, 2)),
    (0.75, Finish(0.45, 0.39, 0.51), (8, 4, 3, 6)),
]


@pytest.mark.parametrize(("p_started", "finish", "told"), CHANCES)
def test_chances_are_counted_out_of_ten_companies(dutch, p_started, finish, told):
    said = chances(p_started, finish)
    assert (said.begin, said.finish, said.least, said.most) == told
    assert f"Ongeveer {said.finish} van de 10 bedrijven zoals dit" in said.words


def test_a_list_is_read_aloud(dutch):
    assert listed(["a"], "nl") == "a"
    assert listed(["a", "b", "c"], "nl") == "a, b en c"
    assert listed(["a", "b", "c"], "en") == "a, b and c"
    assert listed(["a, b", "c"], "nl") == "a, b; en c"


# Of a card about inwerken, kennis-bewaren and vakkennis.
POINTS = {
    "its only point": (["inwerken"], "Dit gaat over uw punt: nieuwe mensen snel inwerken."),
    "no point": (["taal"], "Dit raakt geen van uw punten direct."),
    "one that weighs most": (
        ["inwerken", "taal"],
        "Dit gaat over wat voor u het zwaarst weegt: nieuwe mensen snel inwerken.",
    ),
    "one that weighs most and another": (
        ["inwerken", "taal", "kennis-bewaren"],
        "Dit gaat over wat voor u het zwaarst weegt: nieuwe mensen snel inwerken. "
        "Het gaat ook over: kennis van ervaren mensen bewaren.",
    ),
    "one that weighs less": (
        ["taal", "inwerken"],
        "Dit gaat over een van uw punten: nieuwe mensen snel inwerken.",
    ),
    "two that weigh less": (
        ["taal", "inwerken", "kennis-bewaren"],
        "Dit gaat over punten die u noemde: nieuwe mensen snel inwerken en "
        "kennis van ervaren mensen bewaren.",
    ),
}


@pytest.mark.parametrize(("needs", "said"), POINTS.values(), ids=POINTS)
def test_only_one_point_is_said_to_weigh_most(dutch, needs, said):
    card = next(c for c in read_menu(MENU) if c.id == "leermeester")
    profile = read_profile(PROFILE | {"needs": needs})
    assert why(SimpleNamespace(reasons=()), card, profile, None, "nl").text == said
