"""What cannot be done is told in the language asked for; Dutch is the usual one."""

import os

import pytest

from matcher.model import registry
from matcher.paths import TRIALS
from matcher.vocabulary import LANGUAGES
from tests.matcher.commands import SIGNED, refused, run

MISSING = "20260101T000000Z-0123456789ab"
IN_WORDS = {
    "no such version to promote": (
        ("promote", MISSING, *SIGNED),
        f"Versie '{MISSING}' bestaat niet. Kies uit: {{version}}.",
        f"There is no version '{MISSING}'. Choose from: {{version}}.",
    ),
    "no such version to rank with": (
        ("rank", "{profiles}", "--version", "zzz"),
        "Versie 'zzz' bestaat niet. Kies uit: {version}.",
        "There is no version 'zzz'. Choose from: {version}.",
    ),
    "nothing to go back to": (
        ("rollback", *SIGNED),
        "Er is geen eerdere versie om naar terug te gaan.",
        "There is no earlier version to go back to.",
    ),
    "nobody decides": (
        ("promote", "{version}", "--by", "", "--reason", "x"),
        "--by: Dit mag niet leeg zijn.",
        "--by: This may not be empty.",
    ),
    "a reason on a bell": (
        ("rollback", "--by", "An", "--reason", "x\a"),
        r"--reason: Hier staat een teken dat niet te zien is: 'x\x07'.",
        r"--reason: Here is a character that cannot be seen: 'x\x07'.",
    ),
    "a menu that is cut short": (
        ("retrain", TRIALS, "--menu", "{cut}"),
        "cut.toml, regel 1: ",
        "cut.toml, line 1: ",
    ),
}


@pytest.mark.parametrize(("words", "dutch", "english"), IN_WORDS.values(), ids=IN_WORDS.keys())
def test_a_refusal_is_told_in_the_language_asked_for(
    tmp_path, models, add_version, profiles, words, dutch, english
):
    cut = tmp_path / "cut.toml"
    cut.write_text("version = [")
    known = {"version": add_version(3), "profiles": profiles, "cut": cut}
    typed = [*(str(word).format(**known) for word in words), "--models", models]
    for language, told in (("nl", dutch), ("en", english)):
        assert refused("--lang", language, *typed).startswith(told.format(**known))


def test_who_is_writing_is_told_in_the_language_asked_for(models):
    words = ("retrain", TRIALS, "--quick", "--models", models)
    with registry.writing(models):
        told = {language: refused("--lang", language, *words, code=5) for language in LANGUAGES}
    assert f"Een ander proces schrijft nu in {models}." in told["nl"]
    assert f"Another process is writing in {models}." in told["en"]


DAMAGED = {
    "a file cut short": (
        lambda folder: os.truncate(folder / "gain-mean.npy", 11),
        ("gain-mean.npy heeft 11 bytes en hoort er", "gain-mean.npy has 11 bytes and should have"),
    ),
    "a file gone": (
        lambda folder: (folder / "menu.toml").unlink(),
        ("ontbreken of zijn erbij gezet: menu.toml", "are missing or were added: menu.toml"),
    ),
    "a manifest of another": (
        lambda folder: (folder / "manifest.json").write_text("{}"),
        ("manifest.json is niet het bestand", "manifest.json is not the one"),
    ),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_wrong_with_a_version_is_told_in_the_language_asked_for(
    models, add_version, damage, told
):
    name = add_version(3)
    damage(models / name)
    for language, sentence in zip(("nl", "en"), told, strict=True):
        said = refused("--lang", language, "promote", name, *SIGNED, "--models", models)
        assert said.startswith(f"{name}: ")
        assert sentence in said
        assert sentence in run("--lang", language, "versions", "--models", models).stdout


def test_what_the_system_refuses_is_told_in_the_language_asked_for(tmp_path, models):
    (tmp_path / "file").touch()
    words = ("simulate", "--companies", 2, "--profiles", 1, "--out", tmp_path / "file" / "world")
    assert "Het systeem zegt: " in refused(*words)
    assert "The system says: " in refused("--lang", "en", *words)
