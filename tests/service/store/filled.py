"""A database with something in every table, filled over the API."""

from uuid import uuid4

from sqlalchemy import select

from service.store import tables
from tests.service.conftest import PROFILE

CONVERSATIONS = "/api/v1/conversations"


def fill(client, n=3):
    """Record n conversations, each with a choice, a corrected outcome and a key; return the ids."""
    ids = []
    for _ in range(n):
        number = uuid4().hex
        made = client.post(
            CONVERSATIONS,
            json={"profile": PROFILE, "company": f"bedrijf-{number}", "table": "tafel-1"},
            headers={"Idempotency-Key": f"sleutel-{number}"},
        )
        place = made.headers["Location"]
        choice = {"kind": "chosen", "intervention": "leermeester"}
        tag = client.put(f"{place}/choice", json=choice).headers["ETag"]
        for outcome in ({"state": "started"}, {"state": "not_started", "correction": True}):
            told = client.put(
                f"{place}/outcomes/leermeester", json=outcome, headers={"If-Match": tag}
            )
            assert told.status_code == 200, told.json
            tag = told.headers["ETag"]
        ids.append(made.json["id"])
    return ids


def rows_of(database, *names):
    """Return all rows of the tables, by table; of all but the audit trail when none is named."""
    names = names or [name for name in tables.metadata.tables if name != "audit"]
    with database.reading() as connection:
        return {
            name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for name in names
            for table in [tables.metadata.tables[name]]
        }


def database_of(client):
    return client.application.extensions["leermatch.database"]
