"""The keys of programs as the database holds them: everything but the secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import Connection, insert, or_, select, update

from service.errors import ServiceError
from service.store import audit
from service.store.clock import now
from service.store.tables import keys, lock

MOST_ACTIVE = 2
"""Keys of one organisation that work at the same time: the one in use and the one after it."""


class TooMany(ServiceError):
    """The organisation has as many active keys as it may have."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        super().__init__(*prefixes)
        self.prefixes = tuple(prefixes)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. Moments are text in UTC, as ``now()`` writes them."""

    prefix: str
    digest: str
    organisation: str
    scopes: frozenset[str]
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    used_on: str | None = None
    origins: tuple[str, ...] = ()
    """Sites that may show the widget for the organisation, as long as the key is active."""

    def active(self, at: str) -> bool:
        """Return whether it opens anything at a moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def add(connection: Connection, key: Key) -> None:
    """Keep a new key, or raise TooMany."""
    lock(connection, keys)  # or two that count at once would both find room
    active = [
        each.prefix
        for each in listed(connection)
        if each.organisation == key.organisation and each.active(key.created_at)
    ]
    if len(active) >= MOST_ACTIVE:
        raise TooMany(active)
    scopes, origins = " ".join(sorted(key.scopes)), " ".join(key.origins) or None
    connection.execute(insert(keys).values(**asdict(key) | {"scopes": scopes, "origins": origins}))
    audit.add(connection, key.organisation, "key-created", key.prefix)


def listed(connection: Connection) -> list[Key]:
    """Return every key there ever was, the oldest first."""
    return [_key(row) for row in connection.execute(select(keys).order_by(keys.c.created_at))]


def find(connection: Connection, prefix: str) -> Key | None:
    """Return the key with this prefix."""
    row = connection.execute(select(keys).where(keys.c.prefix == prefix)).first()
    return None if row is None else _key(row)


def widget_id(organisation: str) -> str:
    """Return what stands in the address of an organisation's widget: public, one for all keys."""
    return sha256(f"widget {organisation}".encode()).hexdigest()[:16]


def widget_origins(connection: Connection, id_: str) -> tuple[str, ...]:
    """Return the sites that may show the widget with an id now; none when nobody has that id."""
    at = now()
    active = [key for key in listed(connection) if key.active(at)]
    found = [key.origins for key in active if widget_id(key.organisation) == id_]
    return tuple(sorted({origin for origins in found for origin in origins}))


def any_key(connection: Connection) -> bool:
    """Return whether a key was ever made. One that is revoked counts: it must close, not open."""
    return connection.execute(select(keys.c.prefix).limit(1)).first() is not None


def revoke(connection: Connection, prefix: str) -> bool:
    """Let a key open nothing from now on; return whether it did until now."""
    key = find(connection, prefix)
    if key is None or key.revoked_at is not None:
        return False
    connection.execute(update(keys).where(keys.c.prefix == prefix).values(revoked_at=now()))
    audit.add(connection, key.organisation, "key-revoked", prefix)
    return True


def mark_used(connection: Connection, prefix: str, day: str) -> None:
    """Keep on which day a key was used last."""
    older = or_(keys.c.used_on.is_(None), keys.c.used_on < day)
    connection.execute(update(keys).where((keys.c.prefix == prefix) & older).values(used_on=day))


def _key(row: object) -> Key:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    scopes, origins = values["scopes"].split(), (values["origins"] or "").split()
    return Key(**values | {"scopes": frozenset(scopes), "origins": tuple(origins)})
