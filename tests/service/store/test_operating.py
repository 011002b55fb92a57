"""Export and erase for a company, the file for retraining, and tables of another release."""

import csv
import io
import json

import pytest
from sqlalchemy import inspect, update

from matcher.model.registry import versions
from service.store import migrations, tables
from service.store.database import HEAD
from tests.matcher.commands import run
from tests.service.conftest import PROFILE, RECOMMENDATIONS
from tests.service.store.filled import CONVERSATIONS, database_of, rows_of


def belongs_to(client, organisation, *ids):
    """Let conversations be of another organisation."""
    with database_of(client).writing() as connection:
        connection.execute(
            update(tables.conversations)
            .where(tables.conversations.c.id.in_(ids))
            .values(organisation=organisation)
        )


def company_of(client, id_):
    return client.get(f"{CONVERSATIONS}/{id_}").json["company"]


@pytest.mark.parametrize("by", ["conversation", "company"])
def test_an_export_tells_all_that_is_kept(client, operate, ids, by):
    key = ids[1] if by == "conversation" else company_of(client, ids[1])
    result = operate("export", key)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    counts = {name: len(rows) for name, rows in told.items()}
    expected = {"conversations": 1, "outcomes": 1, "outcome_history": 1, "requests": 1, "audit": 4}
    assert counts == expected
    assert told["conversations"][0]["profile"]["employees"] == PROFILE["employees"]
    assert told["requests"][0]["body"]["id"] == ids[1]
    assert {row["conversation"] for row in told["outcomes"]} == {ids[1]}
    assert rows_of(database_of(client), "audit")["audit"][-1][3:5] == (
        "conversation.export",
        ids[1],
    )


def test_an_export_leaves_no_table_with_a_conversation_out():
    pointing = {
        table.name
        for table in tables.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table is tables.conversations
    }
    assert pointing == {"outcomes", "outcome_history", "requests"}


@pytest.mark.parametrize("by", ["conversation", "company"])
def test_what_is_erased_is_gone_but_for_the_trail(client, operate, ids, by):
    company = company_of(client, ids[1])
    result = operate("erase", ids[1] if by == "conversation" else company, "--yes")
    assert result.exit_code == 0, result.output
    left = rows_of(database_of(client))
    assert ids[1] not in str(left) and company not in str(left)
    assert len(left["conversations"]) == 2
    trail = rows_of(database_of(client), "audit")["audit"]
    assert trail[-1][3:5] == ("conversation.erase", ids[1])
    assert company not in str(trail) and "zeer_krap" not in str(trail)
    assert operate("audit", "verify").exit_code == 0


def test_erasing_asks_first(client, operate, ids):
    assert operate("erase", ids[0], input="n\n").exit_code == 1
    assert len(rows_of(database_of(client))["conversations"]) == 3
    assert operate("erase", ids[0], input="y\n").exit_code == 0
    assert len(rows_of(database_of(client))["conversations"]) == 2


def test_a_pseudonym_of_two_organisations_is_erased_of_the_one_that_is_named(client, operate, ids):
    with database_of(client).writing() as connection:
        connection.execute(update(tables.conversations).values(company="bakker"))
    belongs_to(client, "Ynbusiness", ids[0])
    refused = operate("erase", "bakker", "--yes")
    assert refused.exit_code == 1
    assert "Ynbusiness, local" in refused.stderr and "--organisation" in refused.stderr
    assert operate("erase", "bakker", "--organisation", "Ynbusiness", "--yes").exit_code == 0
    assert len(rows_of(database_of(client))["conversations"]) == 2


@pytest.mark.parametrize("command", [["export"], ["erase", "--yes"]], ids=["export", "erase"])
def test_an_id_that_nobody_knows_is_refused(client, operate, ids, command):
    result = operate(*command, "nergens")
    assert result.exit_code == 1
    assert "'nergens'" in result.stderr and "pseudonym" in result.stderr


def test_the_trail_is_verified_with_its_end_to_compare(client, operate, ids):
    result = operate("audit", "verify")
    assert result.exit_code == 0
    last = rows_of(database_of(client), "audit")["audit"][-1]
    assert f"row {last[0]} " in result.stdout and last[-1] in result.stdout


def test_a_broken_trail_ends_with_code_1_and_the_row(client, operate, ids):
    with database_of(client).writing() as connection:
        connection.execute(tables.audit.delete().where(tables.audit.c.sequence == 5))
    result = operate("audit", "verify")
    assert result.exit_code == 1 and "row 5:" in result.stderr


# The file for retraining


def record_trial(client, number, company):
    made = client.post(CONVERSATIONS, json={"profile": PROFILE, "company": company})
    card = ("leermeester", "mentor-buddy", "intervisie")[number % 3]
    told = client.put(
        f"{made.headers['Location']}/outcomes/{card}",
        json={
            "state": "finished",
            "start_date": "2026-01-05",
            "end_date": "2026-03-02",
            "scale": "1-6",
            "culture_before": 3.0 + number % 5 / 10,
            "respondents_before": 8,
            "culture_after": 3.2 + number % 7 / 10,
            "respondents_after": 7,
        },
    )
    assert told.status_code == 200, told.json
    return made.json["id"]


def test_what_two_organisations_told_trains_a_version(client, operate, tmp_path):
    """Both call a company bakker: the export keeps them apart, and retraining reads it."""
    ids = [record_trial(client, n, f"bakker-{n // 2}") for n in range(24)]
    belongs_to(client, "Ynbusiness", *ids[::2])
    path, models = tmp_path / "trials.csv", tmp_path / "new"
    assert operate("trials", "export", "--out", path).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert len({row["company"] for row in rows}) == 24
    assert {row["advisor_organisation"] for row in rows} == {"Ynbusiness", "local"}
    assert operate("trials", "export").stdout == path.read_text()
    done = run("retrain", path, "--quick", "--models", models)
    assert done.exit_code == 4, done.stderr
    version = done.stdout.strip().splitlines()[-1]
    assert versions(models) == [version]


def test_an_export_of_one_organisation_holds_its_own_words(client, operate):
    ids = [record_trial(client, n, "bakker") for n in range(2)]
    belongs_to(client, "Ynbusiness", ids[0])
    result = operate("trials", "export", "--organisation", "Ynbusiness")
    [row] = csv.DictReader(io.StringIO(result.stdout))
    assert (row["company"], row["advisor_organisation"]) == ("bakker", "Ynbusiness")


# Tables of another release


@pytest.fixture
def newer(client, ids):
    """Let the tables be of a release that this one does not know."""
    database = database_of(client)
    with database.unprepared(writes=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.forget()


def test_a_service_older_than_its_tables_recommends_and_keeps_nothing(
    client, newer, make_client, capsys
):
    service = make_client()
    ready = service.get("/health/ready")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert ready.json["database"]["status"] == "newer"
    assert "9999" in ready.json["database"]["reason"]
    assert service.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 200
    for refused in (
        service.post(CONVERSATIONS, json={"profile": PROFILE}),
        service.get(CONVERSATIONS),
    ):
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert ("9999", HEAD) in {(e.get("found"), e.get("known")) for e in events}


def test_commands_refuse_tables_of_a_newer_release_with_the_way_out(
    client, operate, newer, tmp_path
):
    for command in (
        ["audit", "verify"],
        ["retention", "run"],
        ["trials", "export"],
        ["export", "x"],
        ["erase", "x", "--yes"],
        ["backup", tmp_path / "b"],
        ["database", "upgrade"],
        ["database", "downgrade", "base"],
    ):
        result = operate(*command)
        assert result.exit_code == 1, command
        assert "9999" in result.stderr and "Install that release" in result.stderr
    status = operate("database", "status")
    assert status.exit_code == 1 and "9999" in status.stdout


def test_the_readiness_page_says_that_the_database_answers(client, ids):
    assert client.get("/health/ready").json["database"] == {"status": "ready"}


def without_codes(rows):
    """Leave out what the oldest form had no column for: going back drops it."""
    place = [column.name for column in tables.conversations.columns].index("code")
    trimmed = [row[:place] + row[place + 1 :] for row in rows["conversations"]]
    return rows | {"conversations": trimmed}


def test_the_tables_go_back_step_by_step_and_forth_with_what_is_in_them(client, operate, ids):
    """The oldest form holds conversations already; each later form must give them back."""
    database, kept = database_of(client), ("conversations", "outcomes", "outcome_history")
    before = without_codes(rows_of(database, *kept))
    for revision in migrations.known()[::-1]:
        assert operate("database", "downgrade", revision).exit_code == 0
        assert f"revision {revision}" in operate("database", "status").stdout
        assert operate("database", "upgrade").exit_code == 0
        assert without_codes(rows_of(database, *kept)) == before
    shown = client.get(f"{CONVERSATIONS}/{ids[0]}").json
    assert shown["outcomes"][0]["history"][0]["state"] == "started"


def test_tables_taken_down_to_nothing_come_back_from_what_was_kept(client, operate, ids, tmp_path):
    before = rows_of(database_of(client))
    result = operate("database", "downgrade", "base")
    assert result.exit_code == 0, result.output
    assert inspect(database_of(client).engine).get_table_names() == ["alembic_version"]
    assert "none" in operate("database", "status").stdout
    [kept] = (tmp_path / "instance").glob("before-downgrade-*")
    assert str(kept) in result.stderr
    assert operate("restore", kept).exit_code == 0
    assert rows_of(database_of(client)) == before


def test_a_revision_that_is_none_is_refused_with_those_there_are(client, operate, ids):
    result = operate("database", "downgrade", "0000")
    assert result.exit_code == 1
    assert all(known in result.stderr for known in (*migrations.known(), "base"))
