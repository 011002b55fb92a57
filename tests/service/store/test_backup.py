"""A backup while others write, and back: all of it or nothing, on both databases."""

import gzip
import json
import resource
import threading
from contextlib import closing

import click
import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from service.cli.telling import explained
from service.store import audit, restore, tables
from service.store.backup import write
from service.store.database import HEAD, Busy, Database
from service.store.restore import check, put_back
from tests.service.conftest import PROFILE
from tests.service.store.filled import CONVERSATIONS, database_of, fill, rows_of
from tests.strength import strength

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where no statement is asked of the database that could differ: it is about the file."""


def lines_of(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def rewrite(path, lines):
    path.write_bytes(gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines)))


@pytest.fixture
def backed_up(ids, operate, tmp_path):
    """Return the file of a backup of three conversations."""
    path = tmp_path / "kopie.jsonl.gz"
    result = operate("backup", path)
    assert result.exit_code == 0, result.output
    return path


def test_what_is_restored_is_what_was_backed_up(client, operate, backed_up, tmp_path):
    before = rows_of(database_of(client))
    trail = rows_of(database_of(client), "audit")["audit"]
    assert all(
        before[name] for name in ("conversations", "outcomes", "outcome_history", "requests")
    )
    fill(client, 2)
    client.delete(f"{CONVERSATIONS}/{before['conversations'][0][1]}")
    result = operate("restore", backed_up)
    assert result.exit_code == 0, result.output
    assert rows_of(database_of(client)) == before
    after = rows_of(database_of(client), "audit")["audit"]
    assert after[:-1] == trail
    assert after[-1][3] == "database.restore"
    assert operate("audit", "verify").exit_code == 0


def test_what_was_there_before_a_restore_is_kept_and_goes_back(
    client, operate, backed_up, tmp_path
):
    fill(client, 1)
    later = rows_of(database_of(client))
    operate("restore", backed_up)
    assert rows_of(database_of(client)) != later
    [kept] = (tmp_path / "instance").glob("before-restore-*")
    assert operate("restore", kept).exit_code == 0
    assert rows_of(database_of(client)) == later


def test_numbers_go_on_after_a_restore(client, operate, backed_up):
    operate("restore", backed_up)
    new = fill(client, 1)
    listed = client.get(CONVERSATIONS).json["conversations"]
    assert [each["id"] for each in listed][:1] == new
    assert len(listed) == 4


def test_a_backup_goes_from_one_kind_of_database_to_the_other(
    client, backed_up, database_url, tmp_path, request
):
    """From SQLite to PostgreSQL, and from PostgreSQL to SQLite."""
    if database_url.startswith("sqlite"):
        server = request.getfixturevalue("postgresql")
        server.psql("CREATE DATABASE moved")
        other = server.get_uri("moved")
    else:
        other = f"sqlite:///{tmp_path / 'moved.sqlite'}"
    with closing(Database(other)) as moved:
        assert put_back(moved, backed_up, check(backed_up), tmp_path) is None
        assert rows_of(moved) == rows_of(database_of(client))


def test_a_backup_is_of_one_moment_while_others_write(client, make_client, tmp_path):
    """What is recorded after the first row was written is not in it, in no table."""
    fill(client)
    database, path = database_of(client), tmp_path / "kopie.jsonl.gz"
    other = make_client()
    with database.unprepared(writes=False) as connection:
        connection.execute(tables.audit.select().limit(1)).all()
        fill(other, 2)
        made = write(connection, path)
    assert made.rows["conversations"] == 3
    assert made.rows["audit"] == 3 * 4


@pytest.mark.proof
@pytest.mark.parametrize("time_", range(strength(1, 25)))
def test_a_running_service_sees_a_restore_as_a_whole_and_loses_nothing_after(
    client, make_client, operate, backed_up, time_
):
    """On both databases, 50 times in all in ``make harden``."""
    ended, seen, kept = threading.Event(), [], []
    clients = [make_client() for _ in range(2)]

    def read():
        while not ended.is_set():
            answer = clients[0].get(f"{CONVERSATIONS}?limit=100")
            seen.append((answer.status_code, len((answer.json or {}).get("conversations", []))))

    def record():
        while not ended.is_set():
            # Of all writes the one that takes the most tables, and one of them after the trail.
            again = {"Idempotency-Key": f"key-{len(kept)}"}
            answer = clients[1].post(CONVERSATIONS, json={"profile": PROFILE}, headers=again)
            assert answer.status_code in (201, 503)
            if answer.status_code == 201:
                kept.append(answer.json["id"])

    threads = [threading.Thread(target=work) for work in (read, record)]
    for thread in threads:
        thread.start()
    result = operate("restore", backed_up)
    after = client.get(f"{CONVERSATIONS}?limit=100").json["conversations"]
    ended.set()
    for thread in threads:
        thread.join()
    assert result.exit_code == 0, result.output
    assert {status for status, _ in seen} <= {200, 503}
    assert all(n >= 3 for status, n in seen if status == 200), "never half of it"
    now = {each["id"] for each in client.get(f"{CONVERSATIONS}?limit=100").json["conversations"]}
    there = {each["id"] for each in after}
    first_after = next((i for i, id_ in enumerate(kept) if id_ in there), len(kept))
    assert set(kept[first_after:]) <= now, "recorded after the restore, and gone"


@pytest.fixture
def hurried(monkeypatch, client):
    """Wait milliseconds for others, on both databases."""
    monkeypatch.setattr(restore, "PAUSES", (0.01, 0.01))
    engine = database_of(client).engine
    words = {"postgresql": "SET lock_timeout = 50", "sqlite": "PRAGMA busy_timeout = 50"}

    def hurry(connection, _record):
        connection.cursor().execute(words[engine.dialect.name])
        connection.commit()

    event.listen(engine, "connect", hurry)
    engine.dispose()


def test_a_restore_among_writes_that_do_not_end_says_so_and_changes_nothing(
    client, make_client, backed_up, hurried, tmp_path
):
    database, instance = database_of(client), tmp_path / "instance"
    before = rows_of(database)
    with database_of(make_client()).writing(), pytest.raises(Busy):
        put_back(database, backed_up, check(backed_up), instance)
    assert rows_of(database) == before
    assert not list(instance.glob("before-*"))


def test_a_restore_that_others_undid_is_tried_again(
    client, backed_up, hurried, tmp_path, monkeypatch
):
    """As PostgreSQL undoes one of two that wait for each other: here at the last step, once."""
    database, instance = database_of(client), tmp_path / "instance"
    fill(client)
    tried = []

    def add(*row):
        tried.append(row)
        if len(tried) == 1:
            raise Busy
        return added(*row)

    added = audit.add
    monkeypatch.setattr(audit, "add", add)
    kept = put_back(database, backed_up, check(backed_up), instance)
    assert len(tried) == 2
    assert len(rows_of(database)["conversations"]) == 3
    assert list(instance.glob("before-*")) == [kept]


def test_a_busy_database_is_told_in_words_that_are_so():
    with pytest.raises(click.ClickException) as told, explained():
        raise Busy from OperationalError("", None, Exception("deadlock detected"))
    assert "Others were writing all the while (deadlock detected)" in told.value.message


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def alter(path):
    lines = lines_of(path)
    row = next(line for line in lines if isinstance(line, list) and line[0] == "outcomes")
    row[3] = "finished"
    rewrite(path, lines)


def leave_out(path):
    lines = lines_of(path)
    lines.remove(next(line for line in lines if isinstance(line, list)))
    rewrite(path, lines)


def append(path):
    rewrite(path, [*lines_of(path), ["audit"]])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_form(path):
    head, *rest = lines_of(path)
    rewrite(path, [head | {"leermatch_backup": 2}, *rest])


DAMAGES = {
    "cut off": (cut, "damaged"),
    "a value altered": (alter, "damaged"),
    "a row left out": (leave_out, "damaged"),
    "something behind the end": (append, "damaged"),
    "a bit turned": (flip, "damaged"),
    "of another form": (other_form, "another form"),
    "no gzip": (lambda path: path.write_text("id,naam\n"), "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "JSON of something else": (lambda path: rewrite(path, [[1, 2]]), "another form"),
}


@on_sqlite
@pytest.mark.parametrize(("damage", "rule"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_backup_is_refused_and_nothing_is_touched(
    client, operate, backed_up, damage, rule, tmp_path
):
    damage(backed_up)
    before = rows_of(database_of(client))
    result = operate("restore", backed_up)
    assert result.exit_code == 1
    assert rule in result.stderr and str(backed_up) in result.stderr
    assert rows_of(database_of(client)) == before
    assert not list((tmp_path / "instance").glob("before-*"))


def test_a_backup_of_a_newer_release_is_refused(client, operate, tmp_path):
    fill(client)
    database, path = database_of(client), tmp_path / "kopie.jsonl.gz"
    with database.unprepared(writes=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        write(connection, path)
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{HEAD}'")
    result = operate("restore", path)
    assert result.exit_code == 1 and "9999" in result.stderr


def test_a_backup_whose_audit_trail_was_tampered_with_is_restored_only_when_asked(
    client, operate, backed_up
):
    with database_of(client).writing() as connection:
        connection.execute(
            update(tables.audit).where(tables.audit.c.sequence == 2).values(subject="x")
        )
    result = operate("backup", backed_up, "--force")
    assert result.exit_code == 0 and "row 2" in result.stderr
    refused = operate("restore", backed_up)
    assert refused.exit_code == 1 and "row 2" in refused.stderr
    assert operate("restore", backed_up, "--broken-audit").exit_code == 0
    with database_of(client).reading() as connection:
        assert audit.first_broken(connection) == 2


@on_sqlite
def test_a_backup_replaces_nothing_unless_told_to(operate, backed_up):
    content = backed_up.read_bytes()
    refused = operate("backup", backed_up)
    assert refused.exit_code == 1 and "--force" in refused.stderr
    assert backed_up.read_bytes() == content
    assert operate("backup", backed_up, "--force").exit_code == 0
    assert backed_up.stat().st_mode & 0o777 == 0o600


def test_a_backup_of_nothing_is_refused(empty, operate, tmp_path):
    result = operate("backup", tmp_path / "kopie")
    assert result.exit_code == 1 and "LEERMATCH_INSTANCE" in result.stderr
    assert not (tmp_path / "kopie").exists()


@on_sqlite
def test_a_backup_into_a_folder_that_is_not_there_is_refused(client, operate, tmp_path):
    fill(client, 1)
    result = operate("backup", tmp_path / "weg" / "kopie")
    assert result.exit_code == 1 and "No such file" in result.stderr


@pytest.fixture
def full_disk():
    """Let no file grow beyond a thousand bytes: the least backup here is larger."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, unlimited[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)


@on_sqlite
def test_a_full_disk_leaves_nothing_half_written(client, operate, tmp_path, request):
    """Neither a new file nor a part of one over an older backup."""
    fill(client)
    folder = tmp_path / "kopieen"
    folder.mkdir()
    new, older = folder / "nieuw", folder / "ouder"
    older.write_bytes(b"ouder")
    request.getfixturevalue("full_disk")
    for path in (new, older):
        told = operate("backup", path, "--force")
        assert told.exit_code == 1 and "Make room" in told.stderr
    assert [path.read_bytes() for path in folder.iterdir()] == [b"ouder"]
