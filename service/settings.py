"""How this process is set up: the only place that reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import Fault, Refused
from matcher.tables.cells import YES_NO, as_typed, whole
from matcher.validation import broken, faults_of

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "LEERMATCH_"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
"""A scheme, a machine and maybe a port: no path, no wildcard, nothing that ends a header."""


def is_origin(text: str) -> bool:
    """Return whether a text is a site as a browser names it, and so is safe in a header."""
    return _ORIGIN.fullmatch(text) is not None


def _split(listed: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in listed.split(",") if each.strip())


_METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library of metrics looks for the folder that several processes share."""


def _yes_no(value: object) -> object:
    return YES_NO.get(value.casefold(), value) if isinstance(value, str) else value


# As people type them: pydantic alone does not know ja.
Whole = Annotated[int, Field(strict=True), BeforeValidator(whole)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]


class BadSettings(Refused):
    """A setting that breaks a rule; the service does not start."""


class Settings(BaseSettings):
    """The settings, each under its name in capitals after ``LEERMATCH_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True
    )

    host: str = Field("127.0.0.1", min_length=1)
    port: Whole = Field(8000, ge=0, le=65535)
    models: Path = Path("models")
    menu: Path = ROOT / "training_data" / "menu.toml"
    instance: Path = Path("instance")
    auth: Literal["none", "local", "oidc"] = "none"
    # Days; a judgement, argued in docs/operate.md.
    keep_requests_days: Whole = Field(30, ge=1, le=36_525)
    keep_conversations_days: Whole = Field(1826, ge=1, le=36_525)
    keep_audit_days: Whole = Field(3652, ge=1, le=36_525)
    self_service: YesNo = False
    proxy: Whole = Field(0, ge=0, le=9)
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: str = Field("", repr=False)
    oidc_role_claim: str = Field("leermatch_role", min_length=1)
    oidc_organisation_claim: str = Field("organisation", min_length=1)
    widget_origins: str = ""
    # Requests of one address in a minute, per process; 0 is no limit, unset is a usual one where
    # others can reach the service.
    rate: Whole | None = Field(None, ge=0, le=1_000_000)
    # Under the name that every host of databases gives it.
    database_url: str = Field("", validation_alias="DATABASE_URL")

    @field_validator("widget_origins")
    @classmethod
    def _are_origins(cls, listed: str) -> str:
        if all(is_origin(each) for each in _split(listed)):
            return listed
        raise broken("not_an_origin")

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites whose pages may show the widget."""
        return _split(self.widget_origins)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine itself, as only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
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
        Fault(name, "unknown_setting", {"nearest": get_close_matches(name.upper(), known, 1, 0)[0]})
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def read_settings() -> Settings:
    """Return the settings in the environment, or raise BadSettings with all faults."""
    faults = _unknown_names(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        given = {str(each["loc"][0]): each["input"] for each in error.errors()}
        faults += [_named(fault) for fault in as_typed(faults_of(error), given)]
    if faults:
        raise BadSettings(faults)
    return settings


def _named(fault: Fault) -> Fault:
    name = fault.where.strip("/")
    code = "port_number" if name == "port" else fault.code
    known = {variable_of(each): each for each in Settings.model_fields}
    return Fault(name if name in known else variable_of(name), code, fault.params)


def refuse_unsafe(settings: Settings) -> None:
    """Raise BadSettings where others could look in, or where signing in could not work."""
    faults = []
    if settings.auth == "none" and not settings.on_loopback:
        faults.append(Fault(PREFIX + "HOST", "open_to_others", {"value": settings.host}))
    if settings.auth == "oidc":
        faults += _oidc_faults(settings)
    if faults:
        raise BadSettings(faults)


def _oidc_faults(settings: Settings) -> Iterator[Fault]:
    for name in ("oidc_client", "oidc_secret"):
        if not getattr(settings, name):
            yield Fault(variable_of(name), "oidc_missing")
    issuer = urlsplit(settings.oidc_issuer)
    # A provider on this machine may do without TLS: nobody is between.
    safe = issuer.scheme == "https" or (issuer.scheme == "http" and is_loopback(issuer.hostname))
    if not (safe and issuer.hostname) or issuer.query or issuer.fragment:
        yield Fault(variable_of("oidc_issuer"), "oidc_issuer", {"value": settings.oidc_issuer})
