"""People who sign in with a password, as the database holds them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, insert, select, update

from service.caller import Role
from service.errors import ServiceError
from service.store import audit, sessions
from service.store.clock import now
from service.store.tables import users


class NameTaken(ServiceError):
    """Somebody has this name already."""


class NoSuchUser(ServiceError):
    """Nobody has this name."""


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``password`` is the argon2id hash of it."""

    name: str
    organisation: str
    role: Role
    password: str
    disabled: bool = False
    created_at: str = ""


def add(connection: Connection, user: User) -> None:
    """Keep a new person, or raise NameTaken."""
    if find(connection, user.name) is not None:
        raise NameTaken
    connection.execute(insert(users).values(**asdict(replace(user, created_at=now()))))
    audit.add(connection, user.organisation, "user-created", user.name)


def find(connection: Connection, name: str) -> User | None:
    """Return the person with this name."""
    row = connection.execute(select(users).where(users.c.name == name)).first()
    return None if row is None else User(**row._mapping)


def listed(connection: Connection) -> list[User]:
    """Return everybody, by organisation and name."""
    order = (users.c.organisation, users.c.name)
    return [User(**row._mapping) for row in connection.execute(select(users).order_by(*order))]


def disable(connection: Connection, name: str) -> None:
    """Let somebody sign in no more, and end where they are signed in; NoSuchUser."""
    _change(connection, name, "user-disabled", disabled=True)


def enable(connection: Connection, name: str) -> None:
    """Let somebody sign in again; NoSuchUser."""
    _change(connection, name, "user-enabled", disabled=False)


def set_password(connection: Connection, name: str, password: str) -> None:
    """Keep the hash of another password, and end where somebody is signed in; NoSuchUser."""
    _change(connection, name, "password-changed", password=password)


def renew_hash(connection: Connection, name: str, password: str) -> None:
    """Keep a hash of the same password that is made as hashes are made now."""
    connection.execute(update(users).where(users.c.name == name).values(password=password))


def _change(connection: Connection, name: str, action: str, **values: object) -> None:
    user = find(connection, name)
    if user is None:
        raise NoSuchUser
    connection.execute(update(users).where(users.c.name == name).values(**values))
    sessions.end_all(connection, name)
    audit.add(connection, user.organisation, action, name)
