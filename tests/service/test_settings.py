"""The settings: what the service starts with, and what it refuses to start with."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from matcher.errors import InvalidMenu
from service import create_app
from service.settings import BadSettings, Settings, read_settings, refuse_unsafe
from service.web.sessions import session_secret


def test_without_any_setting_only_this_machine_is_served():
    settings = read_settings()
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8000, "none")
    assert (settings.models, settings.instance) == (Path("models"), Path("instance"))
    assert settings.menu.is_file()
    refuse_unsafe(settings)


def test_every_setting_is_read_from_the_environment(monkeypatch):
    values = {"HOST": "::1", "PORT": "81", "MODELS": "m", "MENU": "x.toml", "INSTANCE": "i"}
    values |= {"SELF_SERVICE": "yes", "PROXY": "2", "OIDC_ISSUER": "https://login.example.org"}
    values |= {"OIDC_CLIENT": "leermatch", "OIDC_SECRET": "secret"}
    values |= {"OIDC_ROLE_CLAIM": "rol", "OIDC_ORGANISATION_CLAIM": "org"}
    values["WIDGET_ORIGINS"] = "https://een.nl, http://127.0.0.1:81"
    values["RATE"] = "30"
    for name, value in values.items():
        monkeypatch.setenv(f"LEERMATCH_{name}", value)
    for name in ("REQUESTS", "CONVERSATIONS", "AUDIT"):
        monkeypatch.setenv(f"LEERMATCH_KEEP_{name}_DAYS", "7")
    monkeypatch.setenv("DATABASE_URL", "postgresql://naam@machine/leermatch")
    read = read_settings().model_dump(mode="json")
    assert read == {
        "host": "::1",
        "port": 81,
        "models": "m",
        "menu": "x.toml",
        "instance": "i",
        "auth": "none",
        "keep_requests_days": 7,
        "keep_conversations_days": 7,
        "keep_audit_days": 7,
        "self_service": True,
        "proxy": 2,
        "oidc_issuer": "https://login.example.org",
        "oidc_client": "leermatch",
        "oidc_secret": "secret",
        "oidc_role_claim": "rol",
        "oidc_organisation_claim": "org",
        "widget_origins": "https://een.nl, http://127.0.0.1:81",
        "rate": 30,
        "database_url": "postgresql://naam@machine/leermatch",
    }


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        Settings().port = 1


REFUSED = {
    "a misspelt name": ("LEERMATCH_MODEL", "x", "LEERMATCH_MODELS"),
    "a misspelt name in small letters": ("leermatch_prot", "80", "LEERMATCH_PORT"),
    "a name that is like none": ("LEERMATCH_XYZZY", "x", "LEERMATCH_"),
    "a port in words": ("LEERMATCH_PORT", "eighty", "eighty"),
    "a port too high": ("LEERMATCH_PORT", "65536", "65535"),
    "a negative port": ("LEERMATCH_PORT", "-1", "-1"),
    "an unknown way to sign in": ("LEERMATCH_AUTH", "magic", "none, local"),
    "a site with a path": ("LEERMATCH_WIDGET_ORIGINS", "https://een.nl/pad", "een.nl/pad"),
    "any site": ("LEERMATCH_WIDGET_ORIGINS", "*", "'*'"),
    "a site that ends the header": ("LEERMATCH_WIDGET_ORIGINS", "https://een.nl; x", "; x"),
    "a rate that is none": ("LEERMATCH_RATE", "often", "often"),
    "a negative rate": ("LEERMATCH_RATE", "-1", "-1"),
    "an empty host": ("LEERMATCH_HOST", "", "LEERMATCH_HOST"),
}


@pytest.mark.parametrize(("name", "value", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_setting_is_named_with_the_way_out(monkeypatch, name, value, hint):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refusal:
        read_settings()
    [fault] = refusal.value.faults
    assert fault.where.upper() == name.upper()
    assert hint in fault.where + fault.text("en")
    assert fault.text("nl") != fault.text("en")


def test_all_wrong_settings_are_named_at_once(monkeypatch):
    for name in ("PORT", "AUTH", "WHAT"):
        monkeypatch.setenv(f"LEERMATCH_{name}", "?")
    with pytest.raises(BadSettings) as refusal:
        read_settings()
    assert len(refusal.value.faults) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_this_machine_needs_no_way_to_sign_in(host):
    refuse_unsafe(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "leermatch.nl", "localhost.nl"])
def test_no_other_address_is_served_without_a_way_to_sign_in(host, tmp_path):
    with pytest.raises(BadSettings) as refusal:
        create_app(Settings(host=host, instance=tmp_path))
    [fault] = refusal.value.faults
    assert (fault.where, fault.code) == ("LEERMATCH_HOST", "open_to_others")
    assert "127.0.0.1" in fault.text("en")
    assert "LEERMATCH_AUTH" in fault.text("en")
    assert not list(tmp_path.iterdir())


def test_a_broken_menu_is_refused_with_all_its_faults(tmp_path):
    menu = tmp_path / "menu.toml"
    menu.write_text('version = ""\n[[intervention]]\nid = "x"\nid2 = 1\n')
    with pytest.raises(InvalidMenu) as refusal:
        create_app(Settings(menu=menu, instance=tmp_path))
    assert len(refusal.value.faults) > 2


# The key of the sessions


def test_the_session_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    instance = tmp_path / "deep" / "instance"
    secret = session_secret(instance)
    assert len(secret) == 32
    assert session_secret(instance) == secret
    assert stat.S_IMODE((instance / "secret").stat().st_mode) == 0o600
    assert [path.name for path in instance.iterdir()] == ["secret"]


def test_two_installations_have_different_keys(tmp_path):
    assert session_secret(tmp_path / "a") != session_secret(tmp_path / "b")


def test_services_that_start_together_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(session_secret, [tmp_path / "instance"] * 8))
    assert len(secrets) == 1


def test_a_key_that_is_not_whole_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(BadSettings) as refusal:
        session_secret(tmp_path)
    assert refusal.value.faults[0].code == "secret_file"


def test_an_instance_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings) as refusal:
        session_secret(tmp_path / "file")
    assert refusal.value.faults[0].code == "instance_folder"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_session_cookie_stays_with_the_browser_and_the_site(client, scheme):
    answer = client.get("/?taal=en", base_url=f"{scheme}://localhost")
    attributes = answer.headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert ("Secure" in attributes) == (scheme == "https")


def test_the_api_sets_no_cookie_and_reads_none(ask, client):
    client.set_cookie("session", "made-up")
    assert "Set-Cookie" not in ask().headers
    assert "Cookie" not in ask().headers["Vary"]
