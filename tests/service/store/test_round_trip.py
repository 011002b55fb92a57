"""What the API takes as an outcome, the export tells and retraining reads: nothing is refused."""

import csv
import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidOutcome
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.trials.columns import STATES
from matcher.trials.outcome import check_beside, read_outcome
from matcher.trials.reader import read_trials
from tests.service.conftest import PROFILE
from tests.service.store.test_conversations import CONVERSATIONS, SCORES, recorded, tell
from tests.strength import strength

MENU_CARD = read_menu(MENU)

AMOUNTS = st.one_of(
    st.integers(0, 10_000),
    st.floats(0, 10_000),
    st.integers(0, 10_000_000).map(lambda thousandths: thousandths / 1000),
)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=500)
OUTCOMES = st.fixed_dictionaries(
    {"state": st.sampled_from(STATES)},
    optional={
        "start_date": st.dates().map(str),
        "end_date": st.dates().map(str),
        "stopped_reason": LINES | st.sampled_from(["onbekend", "NA", '"', "=1+1", "-5", "a;b,c"]),
        "participants": AMOUNTS,
        "hours_per_participant": AMOUNTS,
        "cost_eur": AMOUNTS,
        "scale": st.sampled_from(["1-6", "1-5"]),
        "culture_before": st.floats(1, 6),
        "culture_before_sd": st.floats(0, 4),
        "respondents_before": st.integers(0, 100_000),
        "culture_after": st.floats(1, 6),
        "culture_after_sd": st.floats(0, 4),
        "respondents_after": st.integers(0, 100_000),
        "satisfaction_owner": st.floats(0, 10),
        "satisfaction_staff": st.floats(0, 10),
        "would_continue": st.booleans(),
    },
)


LARGE = PROFILE | {"employees": 100_000}


@st.composite
def accepted(draw):
    """An outcome that the API takes: what it would refuse is left out, field by field."""
    outcome = draw(OUTCOMES)
    while True:
        try:
            check_beside(read_outcome(outcome), LARGE, {})
        except InvalidOutcome as refusal:
            wrong = {fault.where.strip("/") for fault in refusal.faults}
            if "scale" in wrong:
                wrong |= {"culture_before", "culture_after"}
            outcome = {name: value for name, value in outcome.items() if name not in wrong}
        else:
            return outcome


def exported(client, tmp_path):
    """Return the export as a frame, after reading it as retraining does."""
    path = tmp_path / "trials.csv"
    path.write_bytes(client.get("/api/v1/trials").data)
    return read_trials(path, MENU_CARD).frame


@pytest.fixture(params=["sqlite"])
def database_url(tmp_path):
    """Return one database: the form of the file does not depend on where the rows were."""
    return f"sqlite:///{tmp_path / 'own.sqlite'}"


@pytest.mark.proof
@settings(max_examples=strength(15, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(outcome=accepted())
@example({"state": "finished", "cost_eur": 1e-7, "participants": 1.125})
@example({"state": "stopped", "stopped_reason": "=" * 500})
@example({"state": "stopped", "stopped_reason": "onbekend"})
def test_every_outcome_that_is_taken_is_read_by_retraining(client, tmp_path, outcome):
    place = recorded(client, profile=LARGE)
    told = tell(client, place, "leermeester", **outcome, accept_warnings=True)
    assert told.status_code == 200
    (row,) = exported(client, tmp_path).to_dict("records")
    assert row["state"] == outcome["state"]
    for name in ("participants", "hours_per_participant", "cost_eur", "culture_after"):
        if name in outcome:
            assert row[name] == pytest.approx(outcome[name], rel=1e-9, abs=1e-9)
    assert client.delete(place).status_code == 204


def test_of_one_trial_told_in_two_conversations_the_newest_telling_is_exported(client, tmp_path):
    first, second = (recorded(client, company="bakker-1") for _ in range(2))
    started = {"start_date": "2026-03-02"}
    tag = tell(client, first, "leermeester", state="started", **started).headers["ETag"]
    tell(client, second, "leermeester", state="started", **started)
    tell(client, first, "leermeester", tag, state="finished", **started, **SCORES)
    (row,) = exported(client, tmp_path).to_dict("records")
    assert (row["state"], row["culture_after"]) == ("finished", SCORES["culture_after"])


def test_another_start_is_another_trial(client, tmp_path):
    for day in ("2026-03-02", "2026-06-01", None):
        place = recorded(client, company="bakker-1")
        tell(client, place, "leermeester", state="started", start_date=day)
    assert len(exported(client, tmp_path)) == 3


UNKNOWN_NAMES = ["onbekend", "Unknown", "NA", "weet-niet", "weet_ik_niet"]


@pytest.mark.parametrize("name", [*UNKNOWN_NAMES, "-bakker", "_", "bakker 1", "a" * 41])
@pytest.mark.parametrize("field", ["company", "table"])
def test_a_pseudonym_that_a_file_would_lose_is_refused(client, field, name):
    answer = client.post(CONVERSATIONS, json={"profile": PROFILE, field: name})
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert (fault["pointer"], fault["code"]) == (f"/{field}", "not_a_pseudonym")


def test_no_cell_of_a_text_starts_as_a_formula(client):
    for start in "=+-@\uff1d\uff0b\uff0d\uff20":
        place = recorded(client)
        tell(client, place, "leermeester", state="stopped", stopped_reason=f"{start}1+cmd|x")
    rows = csv.DictReader(io.StringIO(client.get("/api/v1/trials").get_data(as_text=True)))
    assert {row["stopped_reason"][0] for row in rows} == {"'"}
