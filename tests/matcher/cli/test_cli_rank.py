"""The command that ranks the menu for a file of profiles: its table, its faults, its ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.model.artefact import load, save
from matcher.model.fitted import expert_model
from matcher.paths import MENU, ROOT
from matcher.profile.files import read_profiles
from matcher.ranking.engine import Engine
from matcher.simulation.simulate import simulate
from tests.matcher.commands import refused, run, table


@pytest.fixture(scope="module")
def ranked(profiles, trained_folder):
    result = run("rank", profiles, "--models", trained_folder.parent)
    assert result.exit_code == 0
    assert "nagebootst" in result.stderr
    return table(result.stdout)


def test_every_profile_has_every_card_once(ranked, menu):
    assert len(ranked) == 25
    for rows in ranked.values():
        assert sorted(row["intervention"] for row in rows) == sorted(menu.ids)


def test_ranked_cards_come_first_in_order_and_the_others_last(ranked):
    for rows in ranked.values():
        first = [row for row in rows if row["rank"]]
        assert rows[: len(first)] == first
        assert [int(row["rank"]) for row in first] == list(range(1, len(first) + 1))
        gains = [float(row["expected_gain"]) for row in first]
        assert gains == sorted(gains, reverse=True)


def test_a_card_without_a_rank_has_a_condition_and_its_numbers(ranked, menu):
    reasons = Counter()
    for rows in ranked.values():
        for row in rows:
            assert bool(row["rank"]) != bool(row["condition"])
            if not row["rank"]:
                reasons[row["condition"]] += 1
                known = {c.id for c in menu.by_id[row["intervention"]].conditions}
                assert row["condition"] in known | {"enabler"}
                assert (row["p_top3"], row["tied_with"]) == ("", "")
    assert reasons["enabler"] == 25
    assert len(reasons) > 1


def test_the_enabler_is_always_the_one_with_that_condition(ranked, menu):
    [enabler] = [card.id for card in menu if card.enabler]
    for rows in ranked.values():
        assert rows[-1]["intervention"] == enabler
        assert rows[-1]["condition"] == "enabler"


def test_the_numbers_of_a_row_make_sense(ranked):
    for rows in ranked.values():
        assert {row["known_case"] for row in rows} <= {"seen", "near", "outside"}
        assert len({row["known_case"] for row in rows}) == 1
        for row in rows:
            low, gain, high = (float(row[name]) for name in ("low", "expected_gain", "high"))
            assert low < gain < high
            assert 0 < float(row["p_started"]) < 1
            assert 0 < float(row["p_completed"]) < 1


def test_the_chances_of_the_top_three_add_up_to_three(ranked):
    for rows in ranked.values():
        assert sum(float(row["p_top3"]) for row in rows if row["rank"]) == pytest.approx(
            3, abs=1e-4
        )


def test_ties_are_mutual_and_among_ranked_cards(ranked):
    for rows in ranked.values():
        ties = {r["intervention"]: set(r["tied_with"].split("|")) - {""} for r in rows if r["rank"]}
        for card, others in ties.items():
            assert others <= set(ties) - {card}
            assert all(card in ties[other] for other in others)


def test_the_table_is_what_the_engine_says(ranked, profiles, trained):
    engine = Engine(trained, "v")
    for name, profile in read_profiles(profiles):
        lines = engine.rank(profile).recommendations
        rows = [row for row in ranked[name] if row["rank"]]
        assert [row["intervention"] for row in rows] == [line.intervention for line in lines]
        for row, line in zip(rows, lines, strict=True):
            assert float(row["expected_gain"]) == pytest.approx(line.expected_gain.mean, abs=1e-6)
            assert float(row["p_top3"]) == pytest.approx(line.p_top3, abs=1e-6)
            assert row["tied_with"] == "|".join(line.tied_with)


def test_without_a_version_the_expert_prior_ranks_and_says_so(models, profiles, menu, expert):
    result = run("rank", profiles, "--models", models)
    assert result.exit_code == 0
    assert "geen ervaringen" in result.stderr
    assert "no experiences" in run("--lang", "en", "rank", profiles, "--models", models).stderr
    ranking = table(result.stdout)
    engine = Engine(expert_model(menu, expert), "expert")
    for name, profile in read_profiles(profiles)[:5]:
        order = [line.intervention for line in engine.rank(profile).recommendations]
        assert [row["intervention"] for row in ranking[name] if row["rank"]] == order
    assert not models.exists()


@pytest.fixture
def another(models, version, menu, expert):
    """Return the name of an older version that ranks otherwise: without what was learned."""
    _, provenance = load(version)
    fields = {f: getattr(provenance, f) for f in provenance.__slots__}
    older = type(provenance)(**fields | {"created": "2026-05-03T10:15:00+00:00"})
    return save(expert_model(menu, expert), older, models)


def test_the_newest_ranks_unless_one_is_live_or_asked_for(models, version, another, profiles):
    def answer(*words):
        result = run("rank", profiles, "--models", models, *words)
        assert result.exit_code == 0
        return result.stdout

    newest, old = answer("--version", version.name), answer("--version", another)
    assert newest != old
    assert answer() == newest
    registry.promote(models, another, "An", "test")
    assert answer() == old
    assert answer("--version", version.name) == newest


def test_a_version_that_is_not_there_or_broken_does_not_rank(models, version, profiles):
    words = ("rank", profiles, "--models", models)
    for name in ("20260101T000000Z-0123456789ab", "../x", "", "current"):
        assert refused(*words, "--version", name)
    (version / "gain-mean.npy").unlink()
    assert "gain-mean.npy" in refused(*words)


PROFILE = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "krap",
}


def test_profiles_without_an_id_are_numbered(tmp_path, models):
    path = tmp_path / "profiles.jsonl"
    lines = [PROFILE, PROFILE | {"id": "b"}, PROFILE | {"employees": 120}]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    ranking = table(run("rank", path, "--models", models).stdout)
    assert list(ranking) == ["1", "b", "3"]


def test_faults_in_profiles_are_all_told_and_nothing_is_written(tmp_path, models):
    path, out = tmp_path / "profiles.jsonl", tmp_path / "out.csv"
    out.write_text("as it was")
    lines = [PROFILE, PROFILE | {"employees": 0}, PROFILE | {"sector": "Z", "colour": "red"}]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    result = run("rank", path, "--models", models, "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "rij 2, employees" in result.stderr
    assert "rij 3" in result.stderr
    assert "colour" in result.stderr
    assert out.read_text() == "as it was"
    assert sorted(os.listdir(tmp_path)) == ["out.csv", "profiles.jsonl"]


def test_the_table_in_a_file_is_the_one_on_stdout(tmp_path, models, version, profiles):
    out = tmp_path / "new" / "ranking.csv"
    printed = run("rank", profiles, "--models", models).stdout
    result = run("rank", profiles, "--models", models, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == printed
    assert os.listdir(out.parent) == ["ranking.csv"]
    assert oct(out.stat().st_mode)[-3:] == "644"


def start(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "matcher", *map(str, words)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        **options,
    )


def test_a_ranking_killed_half_way_leaves_the_file_as_it_was(tmp_path, models, version):
    path, out = tmp_path / "profiles.csv", tmp_path / "out" / "ranking.csv"
    simulate("main", 1, 5, read_menu(MENU), 3000).profiles.to_csv(path, index=False)
    out.parent.mkdir()
    out.write_text("as it was")
    process = start("rank", path, "--models", models, "--out", out)

    def half_way():
        return any(p != out and p.stat().st_size > 10_000 for p in out.parent.iterdir())

    while process.poll() is None and not half_way():
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert out.read_text() == "as it was"


def test_a_reader_that_stops_reading_gets_no_traceback(models, profiles):
    words = [sys.executable, "-m", "matcher", "rank", str(profiles), "--models", str(models)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert "Traceback" not in told
    assert "Error" not in told
