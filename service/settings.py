"""How this process is set up. The only place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import Fault, Refused
from matcher.profile import faults_of

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "LEERMATCH_"
_METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library of metrics looks for the folder that several processes share."""


class BadSettings(Refused):
    """A setting that breaks a rule; the service does not start."""


class Settings(BaseSettings):
    """The settings, each under its name in capitals after ``LEERMATCH_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True
    )

    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)
    models: Path = Path("models")
    menu: Path = ROOT / "training_data" / "menu.toml"
    instance: Path = Path("instance")
    auth: Literal["none", "local", "oidc"] = "none"
    # Requests of one address in a minute, per process; 0 is no limit, unset is a usual one where
    # others can reach the service.
    rate: int | None = Field(None, ge=0, le=1_000_000)
    # Under the name that every host of databases gives it.
    database_url: str = Field("", validation_alias="DATABASE_URL")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def share_metrics(folder: Path) -> None:
    """Let all processes forked from here count into one folder; before anything is counted."""
    os.environ[_METRICS] = str(folder)


def shared_metrics() -> str | None:
    """Return the folder that the processes count into together; None where there is one process."""
    return os.environ.get(_METRICS)


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return PREFIX + name.upper() if alias is None else str(alias)


def _unknown_names(environ: Mapping[str, str]) -> list[Fault]:
    known = [variable_of(name) for name in Settings.model_fields]
    return [
        Fault(
            name,
            "unknown_setting",
            {"nearest": get_close_matches(name.upper(), known, 1, 0)[0]},
        )
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def read_settings() -> Settings:
    """Return the settings in the environment, or raise BadSettings with all faults."""
    faults = _unknown_names(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [_named(fault) for fault in faults_of(error)]
    if faults:
        raise BadSettings(faults)
    return settings


def _named(fault: Fault) -> Fault:
    name = fault.where.strip("/")
    code = "port_number" if name == "port" else fault.code
    known = {variable_of(each): each for each in Settings.model_fields}
    return Fault(name if name in known else variable_of(name), code, fault.params)


def refuse_unsafe(settings: Settings) -> None:
    """Raise BadSettings where the service would be open to others without a way to sign in."""
    if settings.auth != "none":
        fault = Fault(PREFIX + "AUTH", "auth_not_built", {"value": settings.auth})
    elif not settings.on_loopback:
        fault = Fault(PREFIX + "HOST", "open_to_others", {"value": settings.host})
    else:
        return
    raise BadSettings([fault])
