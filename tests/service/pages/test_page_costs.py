"""A page works out once what it shows, and nothing that it does not show."""

import sys

import pytest

from matcher.ranking.compiled import Compiled
from service.pages.intake.answers import read_answers
from service.pages.intake.form import intake

ANSWERS = {
    "needs": ["inwerken", "digitaal"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "krap",
    "province": "drenthe",
}


def calls(function, work):
    """Return how often a function was called while something was done."""
    counted = 0

    def count(frame, event, _):
        nonlocal counted
        counted += event == "call" and frame.f_code is function.__code__

    sys.setprofile(count)
    try:
        answer = work()
    finally:
        sys.setprofile(None)
    assert answer.status_code in (200, 303)
    return counted


@pytest.fixture
def told(client):
    """Return a client that has told about its company."""
    assert client.post("/advies", data=ANSWERS).status_code == 303
    return client


@pytest.mark.parametrize("address", ["/advies", "/vergelijk", "/blad"])
def test_a_page_of_recommendations_draws_once(told, address):
    assert calls(Compiled.drawn, lambda: told.get(address)) == 1


@pytest.mark.parametrize("address", ["/advies", "/widget"])
def test_good_answers_are_read_once_and_no_form_is_built(client, address):
    assert calls(read_answers, lambda: client.post(address, data=ANSWERS)) == 1
    assert calls(intake, lambda: client.post(address, data=ANSWERS)) == 0
