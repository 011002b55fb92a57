"""Conversations from recording to retraining, over the API, on both databases."""

import csv
import io
import threading

import orjson
import pytest

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.trials.columns import STATES
from matcher.trials.outcome import NEXT
from matcher.trials.reader import read_trials
from tests.service.conftest import PROFILE, RECOMMENDATIONS

CONVERSATIONS = "/api/v1/conversations"
SCORES = {
    "scale": "1-6",
    "culture_before": 3.5,
    "respondents_before": 8,
    "culture_after": 3.9,
    "respondents_after": 7,
}


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database sees: a header, a form that is refused, a word that is read."""


def record(client, key=None, **members):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(CONVERSATIONS, json={"profile": PROFILE, **members}, headers=headers)


def recorded(client, **members):
    answer = record(client, **members)
    assert answer.status_code == 201, answer.json
    return answer.headers["Location"]


def tell(client, place, intervention, tag=None, **outcome):
    headers = {"If-Match": tag} if tag else {}
    return client.put(f"{place}/outcomes/{intervention}", json=outcome, headers=headers)


def codes(answer):
    return {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]}


@on_sqlite
def test_what_was_shown_is_what_a_recommendation_says(client):
    made = record(client, own_pick="mentor-buddy", company="bakker-1", table="tafel-3")
    shown = client.post(RECOMMENDATIONS, json={"profile": PROFILE})
    assert made.json["recommendation"] == shown.json
    assert (made.json["own_pick"], made.json["company"]) == ("mentor-buddy", "bakker-1")
    assert made.json["choice"] is None and made.json["outcomes"] == []
    read = client.get(made.headers["Location"])
    assert read.json == made.json
    assert read.headers["ETag"] == made.headers["ETag"]


def test_the_same_key_and_body_records_once(client):
    first, second = record(client, key="een"), record(client, key="een")
    assert (second.status_code, second.data) == (201, first.data)
    assert second.headers["Location"] == first.headers["Location"]
    assert len(client.get(CONVERSATIONS).json["conversations"]) == 1


def test_the_same_key_for_something_else_is_a_conflict(client):
    record(client, key="een")
    answer = record(client, key="een", own_pick="leermeester")
    assert answer.status_code == 409
    assert codes(answer) == {("/Idempotency-Key", "idempotency_conflict")}
    assert len(client.get(CONVERSATIONS).json["conversations"]) == 1


@on_sqlite
@pytest.mark.parametrize("key", ["", "é", "a" * 256], ids=["empty", "not ASCII", "too long"])
def test_a_key_that_cannot_be_is_refused(client, key):
    answer = client.post(
        CONVERSATIONS,
        json={"profile": PROFILE},
        headers={"Idempotency-Key": key.encode().decode("latin-1")},
    )
    assert answer.status_code == 400
    assert codes(answer) == {("/Idempotency-Key", "idempotency_key")}


def test_eight_at_once_with_one_key_record_once(make_client):
    clients = [make_client() for _ in range(8)]
    answers = [None] * 8

    def go(i):
        answers[i] = record(clients[i], key="samen")

    threads = [threading.Thread(target=go, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert len(clients[0].get(CONVERSATIONS).json["conversations"]) == 1


def test_a_choice_is_replaced_only_by_who_read_the_one_before(client):
    place = recorded(client)
    first = client.put(f"{place}/choice", json={"kind": "chosen", "intervention": "leermeester"})
    assert first.status_code == 200
    assert first.json["choice"]["intervention"] == "leermeester"
    other = {"kind": "nothing_now", "reason": "time"}
    assert client.put(f"{place}/choice", json=other).status_code == 428
    stale = client.put(f"{place}/choice", json=other, headers={"If-Match": '"r1"'})
    assert stale.status_code == 412
    [fault] = stale.json["errors"]
    assert (fault["in"], fault["pointer"], fault["code"]) == (
        *("header", "/If-Match"),
        "changed_since",
    )
    assert '"r1"' in fault["detail"] and first.headers["ETag"] in fault["detail"]
    assert client.get(place).json["choice"] == first.json["choice"]
    mine = {"If-Match": first.headers["ETag"]}
    assert (
        client.put(f"{place}/choice", json=other, headers=mine).json["choice"]["reason"] == "time"
    )


MATCHES = {
    "any revision": "*",
    "one of several": '"r1", {tag}',
    "as nginx gives it": "W/{tag}",
    "as Caddy gives it": '"{bare}-gzip"',
    "as Caddy gives it with another coding": '"{bare}-zstd"',
    "as Apache gives it": '"{bare};gzip"',
    "weak and compressed": 'W/"{bare}-br"',
}
MISMATCHES = {
    "an older one": '"r1"',
    "an older one, weak": 'W/"r1"',
    "an older one, compressed": '"r1-gzip"',
    "what no coding is called": '"{bare}-gzipped"',
    "a tag of another kind": '"x"',
    "nothing in it": "",
}


def replaced(client, form):
    """Replace a choice under an ``If-Match`` of some form; return the answer."""
    place = recorded(client)
    choice = {"kind": "chosen", "intervention": "leermeester"}
    tag = client.put(f"{place}/choice", json=choice).headers["ETag"]
    match = {"If-Match": form.format(tag=tag, bare=tag.strip('"'))}
    return client.put(f"{place}/choice", json={"kind": "referred"}, headers=match)


@on_sqlite
@pytest.mark.parametrize("form", MATCHES.values(), ids=MATCHES.keys())
def test_a_choice_is_replaced_where_if_match_holds(client, form):
    assert replaced(client, form).status_code == 200


@on_sqlite
@pytest.mark.parametrize("form", MISMATCHES.values(), ids=MISMATCHES.keys())
def test_a_choice_stays_where_if_match_does_not_hold(client, form):
    assert replaced(client, form).status_code == 412


@pytest.mark.parametrize("what", ["a conversation", "the list", "the trials"])
def test_what_was_read_before_is_sent_again_only_when_it_changed(client, what):
    place = recorded(client)
    recorded(client)
    address = {"a conversation": place, "the list": f"{CONVERSATIONS}?limit=1"}
    address = address.get(what, "/api/v1/trials")
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    compressed = first.headers["ETag"].replace('"', "", 1).replace('"', '-gzip"')
    for came_back in (f'"{compressed}', f'W/"{compressed}'):
        assert client.get(address, headers={"If-None-Match": came_back}).status_code == 304
    newest = client.get(CONVERSATIONS).json["conversations"][0]["id"]
    for each in (place, f"{CONVERSATIONS}/{newest}"):
        tell(client, each, "leermeester", state="started")
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


CHOICES = {
    "chosen, but what": ({"kind": "chosen"}, ("/intervention", "choice_of_what")),
    "nothing, and yet a card": (
        {"kind": "nothing_now", "intervention": "bbl"},
        ("/intervention", "choice_of_nothing"),
    ),
    "a card that is not there": (
        {"kind": "other", "intervention": "yoga"},
        ("/intervention", "unknown_intervention"),
    ),
    "no such kind": ({"kind": "maybe"}, ("/kind", "unknown_value")),
    "another field": ({"kind": "referred", "why": "x"}, ("/why", "unknown_field")),
}


@on_sqlite
@pytest.mark.parametrize(("choice", "fault"), CHOICES.values(), ids=CHOICES.keys())
def test_a_choice_that_cannot_be_is_refused(client, choice, fault):
    place = recorded(client)
    answer = client.put(f"{place}/choice", json=choice)
    assert (answer.status_code, codes(answer)) == (400, {fault})
    assert client.get(place).json["choice"] is None


@on_sqlite
@pytest.mark.parametrize("before", STATES)
def test_states_follow_one_another_by_the_table(client, before):
    """Every pair: one that is not in the table needs to be called a correction."""
    for after in STATES:
        place = recorded(client)
        tag = tell(client, place, "leermeester", state=before).headers["ETag"]
        answer = tell(client, place, "leermeester", tag, state=after)
        expected = 200 if after == before or after in NEXT[before] else 409
        assert answer.status_code == expected, after
        if expected == 409:
            assert codes(answer) == {("/state", "not_the_next_state")}
            again = tell(client, place, "leermeester", tag, state=after, correction=True)
            assert again.status_code == 200
            (told,) = again.json["outcomes"]
            assert told["state"] == after
            assert [(h["state"], h["correction"]) for h in told["history"]] == [(before, True)]


OUTCOMES = {
    "an end before the start": (
        {"state": "finished", "start_date": "2026-03-02", "end_date": "2026-03-01"},
        {("/end_date", "trial_end_before_start")},
    ),
    "never started, and yet costs and an end": (
        {"state": "not_started", "end_date": "2026-03-01", "cost_eur": 10},
        {("/end_date", "trial_not_started_end"), ("/cost_eur", "trial_not_started_amount")},
    ),
    "a reason without a stop": (
        {"state": "finished", "stopped_reason": "druk"},
        {("/stopped_reason", "trial_stopped_reason")},
    ),
    "a score on no scale": (
        {"state": "finished", "culture_after": 4.0},
        {("/scale", "trial_score_without_scale")},
    ),
    "a score above its scale, of nobody": (
        {"state": "finished", "scale": "1-5", "culture_after": 5.5, "respondents_after": 0},
        {
            ("/culture_after", "trial_score_above_scale"),
            ("/respondents_after", "trial_score_of_nobody"),
        },
    ),
    "several at once": (
        {"state": "klaar", "start_date": "31/03/2026", "cost_eur": -1, "participants": True},
        {
            ("/state", "unknown_value"),
            ("/start_date", "not_a_day"),
            ("/cost_eur", "too_small"),
            ("/participants", "not_a_number"),
        },
    ),
    "a reason over two lines": (
        {"state": "stopped", "stopped_reason": "a\nb"},
        {("/stopped_reason", "invalid")},
    ),
}


@on_sqlite
@pytest.mark.parametrize(("outcome", "faults"), OUTCOMES.values(), ids=OUTCOMES.keys())
def test_an_outcome_that_cannot_be_is_refused_with_all_faults(client, outcome, faults):
    place = recorded(client)
    answer = tell(client, place, "leermeester", **outcome)
    assert (answer.status_code, codes(answer)) == (400, faults)
    assert client.get(place).json["outcomes"] == []


def test_erasing_takes_everything_but_the_audit_trail(client):
    place = recorded(client, key=None)
    tag = tell(client, place, "leermeester", state="started").headers["ETag"]
    tell(client, place, "leermeester", tag, state="stopped", stopped_reason="geen tijd")
    key = record(client, key="later")
    for gone in (place, key.headers["Location"]):
        assert client.delete(gone).status_code == 204
        assert client.get(gone).status_code == 404
        assert client.delete(gone).status_code == 404
    with client.application.extensions["leermatch.database"].reading() as connection:
        from service.store import tables

        for table in (
            tables.conversations,
            tables.outcomes,
            tables.outcome_history,
            tables.requests,
        ):
            assert connection.execute(table.select()).all() == [], table.name
        rows = connection.execute(tables.audit.select()).mappings().all()
    assert [row["action"] for row in rows][-2:] == ["conversation.erase"] * 2
    assert "drenthe" not in str(rows) and "geen tijd" not in str(rows)


def test_the_list_is_paged_newest_first_and_nothing_twice(client):
    made = [recorded(client).rsplit("/", 1)[1] for _ in range(7)]
    seen, link = [], f"{CONVERSATIONS}?limit=3"
    while link:
        answer = client.get(link)
        seen += [each["id"] for each in answer.json["conversations"]]
        link = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
        if len(seen) == 3:
            recorded(client)  # what comes meanwhile does not shift the pages
    assert seen == made[::-1]


WORDS = {
    "not_started": "niet_gestart",
    "started": "gestart",
    "stopped": "gestopt",
    "finished": "afgerond",
    "unknown": "onbekend",
}


@on_sqlite
@pytest.mark.parametrize(("state", "word"), WORDS.items())
def test_a_state_may_be_told_in_the_dutch_of_a_file_and_answers_in_english(client, state, word):
    place = recorded(client)
    answer = tell(client, place, "leermeester", state=word)
    assert answer.status_code == 200, answer.json
    assert client.get(place).json["outcomes"][0]["state"] == state


@on_sqlite
@pytest.mark.parametrize(("word", "truth"), [("ja", True), ("nee", False), (True, True)])
def test_going_on_may_be_told_as_a_file_writes_it_and_answers_true_or_false(client, word, truth):
    place = recorded(client)
    answer = tell(client, place, "leermeester", state="finished", would_continue=word)
    assert answer.status_code == 200, answer.json
    assert client.get(place).json["outcomes"][0]["would_continue"] is truth
    (row,) = csv.DictReader(io.StringIO(client.get("/api/v1/trials").text))
    assert row["would_continue"] == ("ja" if truth else "nee")


@on_sqlite
def test_a_day_may_be_told_as_a_file_writes_it_and_answers_as_iso(client):
    place = recorded(client)
    days = {"start_date": "05-01-2026", "end_date": "2026-06-30"}
    answer = tell(client, place, "leermeester", state="finished", **days)
    assert answer.status_code == 200, answer.json
    (told,) = client.get(place).json["outcomes"]
    assert (told["start_date"], told["end_date"]) == ("2026-01-05", "2026-06-30")


NO_WORDS = {
    "another word for yes": ("would_continue", "yes", "not_a_boolean"),
    "yes as a number": ("would_continue", 1, "not_a_boolean"),
    "another word for finished": ("state", "klaar", "unknown_value"),
    "a day that is not there": ("start_date", "31-02-2026", "not_a_day"),
    "a day of two signs for the year": ("start_date", "05-01-26", "not_a_day"),
    "a day with slashes": ("start_date", "05/01/2026", "not_a_day"),
    "a day and a line end": ("start_date", "05-01-2026\n", "not_a_day"),
}


@on_sqlite
@pytest.mark.parametrize(("field", "value", "code"), NO_WORDS.values(), ids=NO_WORDS.keys())
def test_a_word_that_no_column_lists_is_refused(client, field, value, code):
    answer = tell(client, recorded(client), "leermeester", **{"state": "started", field: value})
    assert answer.status_code == 400
    assert codes(answer) == {(f"/{field}", code)}


def test_the_list_can_be_asked_by_state(client):
    open_one, running = recorded(client), recorded(client)
    client.put(f"{running}/choice", json={"kind": "chosen", "intervention": "leermeester"})
    tell(client, running, "leermeester", client.get(running).headers["ETag"], state="started")
    ids = {
        state: [c["id"] for c in client.get(f"{CONVERSATIONS}?state={state}").json["conversations"]]
        for state in ("open", "started", "finished")
    }
    assert ids == {
        "open": [open_one.rsplit("/", 1)[1]],
        "started": [running.rsplit("/", 1)[1]],
        "finished": [],
    }


QUERIES = {
    "none": "limit=0",
    "too many": "limit=101",
    "a cursor that is no cursor": "cursor=zz*",
    "a cursor past all numbers": "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk",
    "a negative cursor": "cursor=LTE",
    "no such state": "state=klaar",
    "no such question": "page=2",
}


@on_sqlite
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_a_list_cannot_be_asked_in_any_way(client, query):
    answer = client.get(f"{CONVERSATIONS}?{query}")
    assert answer.status_code == 400
    assert {fault["in"] for fault in answer.json["errors"]} == {"query"}


def test_what_is_exported_is_what_retraining_reads(client, tmp_path):
    place = recorded(client, company="bakker-1", table="tafel-3", own_pick="mentor-buddy")
    client.put(f"{place}/choice", json={"kind": "chosen", "intervention": "leermeester"})
    tag = client.get(place).headers["ETag"]
    tag = tell(
        client,
        place,
        "leermeester",
        tag,
        state="finished",
        start_date="2026-01-05",
        end_date="2026-03-02",
        cost_eur=1250.5,
        would_continue=True,
        **SCORES,
    ).headers["ETag"]
    tell(client, place, "mentor-buddy", tag, state="stopped", stopped_reason="=1+1")
    told = client.get("/api/v1/trials")
    assert told.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(told.get_data(as_text=True))))
    assert [(r["intervention"], r["assigned_by"]) for r in rows] == [
        ("leermeester", "leermatch"),
        ("mentor-buddy", "advisor"),
    ]
    assert rows[1]["stopped_reason"] == "'=1+1"
    path = tmp_path / "trials.csv"
    path.write_bytes(told.data)
    frame = read_trials(path, read_menu(MENU)).frame
    first = frame[frame["intervention"] == "leermeester"].iloc[0]
    assert (first["company"], first["table"], first["source"]) == ("bakker-1", "tafel-3", "service")
    assert (first["culture_after"], first["cost_eur"], first["state"]) == (3.9, 1250.5, "finished")
    assert first["employees"] == PROFILE["employees"]


def test_every_change_is_in_an_unbroken_audit_trail(client):
    from service.store import audit, tables

    place = recorded(client)
    client.put(f"{place}/choice", json={"kind": "referred"})
    database = client.application.extensions["leermatch.database"]
    with database.reading() as connection:
        assert audit.first_broken(connection) is None
    with database.writing() as connection:
        connection.execute(
            tables.audit.update().where(tables.audit.c.sequence == 1).values(subject="x")
        )
    with database.reading() as connection:
        assert audit.first_broken(connection) == 1


def test_a_conversation_outlives_the_process(make_client):
    place = recorded(make_client())
    assert (
        orjson.loads(make_client().get(place).data)["profile"]["employees"] == PROFILE["employees"]
    )
