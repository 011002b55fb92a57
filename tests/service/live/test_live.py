"""The model that answers: watched, swapped, kept when the next one is broken."""

import gc
import shutil
import threading
import time
from pathlib import Path

import pytest

from matcher.errors import BrokenVersion, UnknownVersion
from matcher.menu.card import read_menu
from matcher.model.artefact import MANIFEST
from matcher.model.registry import promote, rollback
from matcher.paths import MENU
from service.live import watch as live_module
from service.live.watch import KEPT, Live
from tests.service.conftest import PROFILE, RECOMMENDATIONS

PERSON = {"by": "An", "reason": "test"}


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def live(models):
    return Live(models, read_menu(MENU))


def version_of(live):
    return live.served.engine.info.version


def alter(models, version):
    """Change one byte in the middle of a version's largest file."""
    path = max((models / version).glob("*.npy"), key=lambda p: p.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_without_a_version_the_expert_prior_answers(live):
    assert live.served.engine.info.expert_only
    assert live.failure is None


def test_the_first_version_replaces_the_expert_prior(live, models, write_version):
    version = write_version(models, 3)
    live.look()
    assert version_of(live) == version


def test_a_promotion_and_a_rollback_are_followed(live, models, write_version):
    old, new = write_version(models, 3), write_version(models, 4)
    promote(models, old, **PERSON)
    live.look()
    assert version_of(live) == old
    promote(models, new, **PERSON)
    live.look()
    assert version_of(live) == new
    rollback(models, **PERSON)
    live.look()
    assert version_of(live) == old


def test_a_candidate_that_was_not_promoted_changes_nothing(live, models, write_version):
    promote(models, write_version(models, 3), **PERSON)
    live.look()
    served = live.served
    write_version(models, 4)
    live.look()
    assert live.served is served


def test_nothing_is_loaded_again_while_nothing_changes(live, models, write_version, monkeypatch):
    write_version(models, 3)
    live.look()
    monkeypatch.setattr(live_module, "load_engine", None)
    live.look()


def test_a_broken_version_leaves_the_last_good_one(live, models, write_version, capsys):
    good, bad = write_version(models, 3), write_version(models, 4)
    promote(models, good, **PERSON)
    live.look()
    promote(models, bad, **PERSON)
    alter(models, bad)
    live.look()
    assert version_of(live) == good
    assert bad in live.failure.reason
    live.look()
    assert capsys.readouterr().err.count("model_refused") == 1


def test_a_broken_version_that_is_mended_answers_again(live, models, write_version, monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_AFTER", 0.0)
    bad = write_version(models, 3)
    alter(models, bad)
    live.look()
    since = live.failure.since
    live.look()
    assert live.failure.since == since
    shutil.rmtree(models / bad)
    assert write_version(models, 3) == bad
    live.look()
    assert (live.failure, version_of(live)) == (None, bad)


def test_a_start_with_a_broken_version_serves_what_was_live_before(models, write_version):
    good, bad = write_version(models, 3), write_version(models, 4)
    promote(models, good, **PERSON)
    promote(models, bad, **PERSON)
    alter(models, bad)
    live = Live(models, read_menu(MENU))
    assert version_of(live) == good
    assert bad in live.failure.reason


def test_a_version_deleted_while_it_answers_goes_on(live, models, write_version):
    version = write_version(models, 3)
    promote(models, version, **PERSON)
    live.look()
    shutil.rmtree(models / version)
    live.look()
    assert version_of(live) == version


def test_a_damaged_ledger_leaves_the_last_good_one(live, models, write_version):
    version = write_version(models, 3)
    live.look()
    (models / "ledger.jsonl").write_text("no JSON\n")
    live.look()
    assert version_of(live) == version
    assert live.failure


def test_no_question_goes_wrong_while_versions_are_swapped(models, make_app, write_version):
    old, new = write_version(models, 3), write_version(models, 4)
    promote(models, old, **PERSON)
    app = make_app(models)
    live, answers, done = app.extensions["leermatch.live"], [], threading.Event()

    def ask():
        client = app.test_client()
        while not done.is_set():
            answer = client.post(RECOMMENDATIONS, json={"profile": PROFILE})
            answers.append((answer.status_code, answer.json["model"]["version"], answer.data))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in (new, old) * 5:
        promote(models, version, **PERSON)
        live.look()
    done.set()
    for thread in threads:
        thread.join()
    assert {status for status, _, _ in answers} == {200}
    assert {version for _, version, _ in answers} == {old, new}
    # A version always answers the same, also in the middle of a swap.
    assert len({told for _, _, told in answers}) == 2


# By name


def test_a_version_by_name_is_loaded_once(live, models, write_version):
    old, new = write_version(models, 3), write_version(models, 4)
    live.look()
    assert live.version(new) is live.served
    assert live.version(old) is live.version(old)
    assert live.version(old).engine.info.version == old


def test_only_a_few_versions_by_name_are_kept(live, models, write_version):
    names = [write_version(models, day) for day in range(1, KEPT + 3)]
    first = live.version(names[0])
    for name in names[1:-1]:
        live.version(name)
    assert len(live._named) == KEPT
    assert live.version(names[0]) is not first


NO_VERSIONS = ["", ".", "..", "/etc", "../models", "20260503T101500Z-ddee5d2feb5a/..", "a\0b", "é"]


@pytest.mark.parametrize("name", [*NO_VERSIONS, "20200101T000000Z-000000000000", "expert"])
def test_a_name_that_is_no_version_is_unknown(live, models, write_version, name):
    write_version(models, 3)
    with pytest.raises(UnknownVersion):
        live.version(name)


def test_a_broken_version_by_name_is_refused_and_not_kept(live, models, write_version):
    version = write_version(models, 3)
    alter(models, version)
    for _ in range(2):
        with pytest.raises(BrokenVersion):
            live.version(version)


def test_threads_that_ask_for_the_same_version_get_the_same_one(live, models, write_version):
    version = write_version(models, 3)
    got = []
    threads = [threading.Thread(target=lambda: got.append(live.version(version))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


# Told


@pytest.fixture
def broken_client(models, make_app, write_version):
    version = write_version(models, 3)
    (models / version / MANIFEST).write_text("{}")
    return make_app(models).test_client()


def test_a_service_with_nothing_to_answer_from_says_so(broken_client):
    ready = broken_client.get("/health/ready")
    assert (ready.status_code, ready.json["status"]) == (503, "not_ready")
    assert "20260503T101500Z" in ready.json["refused"]["reason"]
    assert broken_client.get("/health/live").status_code == 200
    refusal = broken_client.get("/api/v1/model")
    assert (refusal.status_code, refusal.mimetype) == (503, "application/problem+json")
    assert refusal.headers["Retry-After"]


def test_a_service_that_keeps_the_last_good_version_says_why(models, make_app, write_version):
    client = make_app(models).test_client()
    version = write_version(models, 3)
    alter(models, version)
    client.application.extensions["leermatch.live"].look()
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert version in ready.json["refused"]["reason"]
    assert ready.json["refused"]["since"].endswith("+00:00")
    assert ready.json["model"]["expert_only"] is True


def test_a_broken_version_asked_for_is_told_at_its_member(models, make_app, write_version):
    client = make_app(models).test_client()
    version = write_version(models, 3)
    alter(models, version)
    answer = client.post(RECOMMENDATIONS, json={"profile": PROFILE, "model": version})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["pointer"] == "/model"
    assert answer.json["errors"][0]["code"] == "broken_version"


def test_the_watch_sees_a_new_version_and_ends_with_what_it_watches(
    models, write_version, monkeypatch
):
    live = Live(models, read_menu(MENU))
    monkeypatch.setattr(live_module, "LOOK_EVERY", 0.01)
    before = {t for t in threading.enumerate() if t.name == "models"}
    live.watch()
    [thread] = {t for t in threading.enumerate() if t.name == "models"} - before
    version = write_version(models, 3)
    deadline = time.monotonic() + 60
    while version_of(live) != version and time.monotonic() < deadline:
        time.sleep(0.01)
    assert version_of(live) == version
    del live
    gc.collect()
    thread.join(60)
    assert not thread.is_alive()


# The menu card


@pytest.fixture
def menu_file(tmp_path):
    return Path(shutil.copy(MENU, tmp_path / "menu.toml"))


@pytest.fixture
def with_menu(models, menu_file):
    return Live(models, read_menu(menu_file), menu_file)


def write_over(path, *, old, new):
    """Write a file as an editor does: another one takes its name."""
    text = path.read_text("utf-8")
    assert old in text
    path.with_suffix(".new").write_text(text.replace(old, new, 1), "utf-8")
    path.with_suffix(".new").replace(path)


def test_a_renewed_fact_is_told_by_the_same_model(with_menu, models, menu_file, write_version):
    version = write_version(models, 3)
    with_menu.look()
    named, digest = with_menu.version(version), with_menu.served.menu_digest
    write_over(menu_file, old="minstens 5.000 euro zijn", new="minstens 6.000 euro zijn")
    with_menu.look()
    menu = with_menu.served.engine.menu
    assert "6.000" in menu.fact("slim-drempel-5000").text.nl
    assert version_of(with_menu) == version
    assert with_menu.served.menu_digest != digest
    assert with_menu.version(version) is not named


def test_a_menu_that_was_only_touched_changes_nothing(with_menu, menu_file):
    served = with_menu.served
    menu_file.touch()
    with_menu.look()
    assert with_menu.served is served


def test_a_menu_with_a_fault_leaves_the_last_good_one_until_it_is_mended(
    with_menu, models, menu_file, write_version, capsys
):
    write_over(menu_file, old="checked = 2026-11-29", new="checked = 2026-11")
    with_menu.look()
    version = write_version(models, 3)
    with_menu.look()
    assert version_of(with_menu) == version
    assert "menu.toml, line" in with_menu.menu_failure.reason
    assert capsys.readouterr().err.count("menu_refused") == 1
    menu_file.unlink()
    with_menu.look()
    assert with_menu.served.engine.menu.source_text == MENU.read_text("utf-8")
    shutil.copy(MENU, menu_file)
    with_menu.look()
    assert with_menu.menu_failure is None
