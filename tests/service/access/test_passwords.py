"""Which passwords are good enough, and how they are kept."""

import pytest

from service.access.passwords import LEAST, faults_of, hashed, is_right

GOOD = [
    "vier losse woorden hier",
    "een-zin-met-é-en-ü",
    "xK9#mQ2$vL7@pR4!",
    "paard batterij nietje juist",
    "🐎" * 7 + "paardenvijgen",
]


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_of_any_characters_is_good(password):
    assert faults_of(password, "anna", "Ynbusiness") == []
    kept = hashed(password)
    assert is_right(password, kept)
    assert not is_right(password + "x", kept)


def test_a_password_is_kept_with_the_work_that_owasp_asks():
    assert hashed("vier losse woorden hier").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


COMMON = [
    "123456789012345",
    "passwordpassword",
    "Wachtwoord12345",
    "WelkomWelkom2026!",
    "qwertyuiopasdfghjkl",
    "aaaaaaaaaaaaaaa",
    "abcabcabcabcabc",
    "1qaz2wsx3edc4rfv",
    "leermatchleermatch",
    "correcthorsebatterystaple",
    "Ynbusiness-2026-anna",
    "iloveyouiloveyou",
]


@pytest.mark.parametrize("password", COMMON)
def test_a_password_that_everybody_tries_first_is_refused(password):
    [fault] = faults_of(password, "anna", "Ynbusiness")
    assert fault.code == "password_common"
    assert fault.text("nl") != fault.text("en")


def test_the_least_and_the_most_of_a_password():
    words = "kf8wq-lm3vx-pt6zj-" * 8
    assert [f.code for f in faults_of(words[: LEAST - 1])] == ["password_short"]
    assert faults_of(words[:LEAST]) == []
    assert [f.code for f in faults_of(words[:129])] == ["password_long"]


def test_the_same_letters_of_another_keyboard_are_the_same_password():
    assert is_right("cafe\u0301 met appeltaart", hashed("caf\u00e9 met appeltaart"))


def test_without_a_hash_nothing_is_right():
    assert not is_right("no password at all", None)
