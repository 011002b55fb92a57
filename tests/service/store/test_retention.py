"""What was kept long enough goes, a little at a time; the trail says so and stays whole."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from service.store import audit, retention, tables
from service.store.clock import text_of
from tests.service.conftest import PROFILE
from tests.service.store.filled import CONVERSATIONS, database_of, fill, rows_of

AGES = {
    "conversations": ("created_at", "chosen_at"),
    "outcomes": ("updated_at",),
    "outcome_history": ("told_at", "replaced_at"),
    "requests": ("answered_at",),
}


def age(client, days, *ids):
    """Let conversations be as if recorded and changed so many days ago."""
    moment = text_of(datetime.now(UTC) - timedelta(days=days))
    with database_of(client).writing() as connection:
        for name, columns in AGES.items():
            table = tables.metadata.tables[name]
            key = table.c.id if name == "conversations" else table.c.conversation
            values = dict.fromkeys(columns, moment)
            connection.execute(update(table).where(key.in_(ids)).values(**values))


def ids_of(client):
    return {each["id"] for each in client.get(f"{CONVERSATIONS}?limit=100").json["conversations"]}


def count(client, table):
    with database_of(client).reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


def test_every_table_has_a_rule():
    ruled = {*retention.RULES, *retention.WITHOUT_RULE}
    assert ruled == set(tables.metadata.tables)


def test_a_conversation_goes_when_nothing_was_recorded_of_it_for_five_years(client, operate):
    old, changed, young = fill(client, 3)
    age(client, 1830, old, changed)
    with database_of(client).writing() as connection:
        recent = text_of(datetime.now(UTC) - timedelta(days=1820))
        connection.execute(
            update(tables.outcomes)
            .where(tables.outcomes.c.conversation == changed)
            .values(updated_at=recent)
        )
    result = operate("retention", "run")
    assert result.exit_code == 0, result.output
    assert "conversations: 1 erased" in result.stdout
    assert ids_of(client) == {changed, young}
    assert {row[0] for row in rows_of(database_of(client))["outcomes"]} == {changed, young}
    trail = rows_of(database_of(client), "audit")["audit"]
    assert ("conversation.expire", old) in {(row[3], row[4]) for row in trail}
    assert operate("audit", "verify").exit_code == 0


def test_an_answer_to_a_key_goes_after_thirty_days(client, operate):
    old, young = fill(client, 2)
    with database_of(client).writing() as connection:
        moment = text_of(datetime.now(UTC) - timedelta(days=31))
        connection.execute(
            update(tables.requests)
            .where(tables.requests.c.conversation == old)
            .values(answered_at=moment)
        )
    assert "requests: 1 erased" in operate("retention", "run").stdout
    assert [row[3] for row in rows_of(database_of(client))["requests"]] == [young]
    assert ids_of(client) == {old, young}


def test_a_dry_run_counts_and_erases_nothing(client, operate):
    ids = fill(client, 2)
    age(client, 4000, *ids)
    before = rows_of(database_of(client), *tables.metadata.tables)
    result = operate("retention", "run", "--dry-run")
    assert "conversations: 2 older" in result.stdout and "requests: 2 older" in result.stdout
    assert rows_of(database_of(client), *tables.metadata.tables) == before


def make_trail_old(client, days, up_to):
    """Rewrite the trail as if its first rows were written so many days ago."""
    moment = text_of(datetime.now(UTC) - timedelta(days=days))
    with database_of(client).writing() as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.sequence))
        previous = audit.FIRST
        for row in rows.mappings().all():
            values = {str(name): value for name, value in row.items()} | {"previous": previous}
            values.pop("hash")
            if row["sequence"] <= up_to:
                values["at"] = moment
            previous = audit._hash(values)
            here = tables.audit.c.sequence == row["sequence"]
            connection.execute(update(tables.audit).where(here).values(**values, hash=previous))


@pytest.fixture
def expired(client, operate, monkeypatch):
    """Let the first 7 of 12 rows of the trail expire, in steps of 3."""
    monkeypatch.setattr(retention, "STEP", 3)
    fill(client, 3)
    make_trail_old(client, 4000, up_to=7)
    result = operate("retention", "run", "--clock-is-right")
    assert "audit: 7 erased" in result.stdout, result.output
    return client


def test_a_trail_whose_old_rows_expired_is_still_whole(expired, operate):
    rows = rows_of(database_of(expired), "audit")["audit"]
    assert [row[0] for row in rows] == list(range(8, 16))
    assert operate("audit", "verify").exit_code == 0
    fill(expired, 1)
    assert operate("audit", "verify").exit_code == 0


TAMPERING = {
    "the first rows taken out": (lambda c: c.sequence <= 9, None, 10),
    "a row in the middle taken out": (lambda c: c.sequence == 10, None, 10),
    "what expired told otherwise": (lambda c: c.sequence == 15, {"subject": "7 0"}, 15),
    "a row altered": (lambda c: c.sequence == 11, {"organisation": "x"}, 11),
}


@pytest.mark.parametrize(("where", "values", "row"), TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_with_a_trail_that_expired_is_found(expired, operate, where, values, row):
    change = tables.audit.delete() if values is None else update(tables.audit).values(**values)
    with database_of(expired).writing() as connection:
        connection.execute(change.where(where(tables.audit.c)))
    result = operate("audit", "verify")
    assert result.exit_code == 1
    assert f"row {row}:" in result.stderr


def test_a_clock_that_is_years_ahead_erases_nothing_until_somebody_says_it_is_right(
    client, operate
):
    """Seen from the clock: all was recorded six years ago, and one thing today."""
    ids = fill(client, 3)
    age(client, 2200, *ids)
    make_trail_old(client, 2200, up_to=3)
    fill(client, 1)
    result = operate("retention", "run")
    assert result.exit_code == 1
    assert "--clock-is-right" in result.stderr
    assert set(ids) < ids_of(client)
    assert operate("retention", "run", "--clock-is-right").exit_code == 0
    assert not set(ids) & ids_of(client)


def test_a_clock_that_was_set_back_keeps_what_seems_to_come_later(client, operate):
    ids = fill(client, 2)
    age(client, -400, *ids)
    assert operate("retention", "run").exit_code == 0
    assert ids_of(client) == set(ids)


def test_others_write_on_while_much_expires(client, make_client, monkeypatch):
    monkeypatch.setattr(retention, "STEP", 2)
    age(client, 4000, *fill(client, 12))
    other, answers, ended = make_client(), [], threading.Event()

    def record():
        while not ended.is_set():
            answers.append(other.post(CONVERSATIONS, json={"profile": PROFILE}).status_code)

    thread = threading.Thread(target=record)
    thread.start()
    while not answers:
        time.sleep(0.01)
    rule = retention.RULES["conversations"]
    gone = retention.expire(database_of(client), rule, retention.moment_before(1826))
    ended.set()
    thread.join()
    assert gone == 12
    assert set(answers) == {201}
    assert count(client, tables.conversations) == len(answers)


def test_the_periods_are_settings(client, monkeypatch):
    ids = fill(client, 1)
    age(client, 3, *ids)
    extensions = client.application.extensions
    shorter = extensions["leermatch.settings"].model_copy(update={"keep_conversations_days": 2})
    monkeypatch.setitem(extensions, "leermatch.settings", shorter)
    result = client.application.test_cli_runner().invoke(args=["retention", "run"])
    assert "conversations: 1 erased that were older than 2 days" in result.stdout
