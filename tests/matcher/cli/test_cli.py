"""The commands as a researcher types them: what they print, write, and how they end."""

import csv
import os

import pandas as pd
import pytest

from matcher.model import registry
from matcher.model.artefact import is_version, load
from matcher.paths import ROOT, TRIALS
from tests.matcher.commands import SIGNED, refused, run, table
from tests.matcher.conftest import (
    beyond_all_expectation,
    one_card_helps,
    trial,
    write_trials,
)

EXPERIMENT = ROOT / "tests" / "matcher" / "files" / "experiment-excel.csv"


def test_retrain_writes_a_candidate_and_ends_with_its_name(models):
    result = run("retrain", TRIALS, "--quick", "--models", models)
    assert result.exit_code == 4
    name = result.stdout.splitlines()[-1]
    assert is_version(name)
    assert registry.versions(models) == [name]
    assert registry.ledger(models) == []
    assert load(models / name)[1].verdict == "cannot tell"
    assert "nagebootst" in result.stderr
    assert result.stdout.startswith("# Wat dit model waard is")
    assert "niet beoordeeld" in result.stdout


def test_retrain_speaks_english_when_asked(models, few):
    result = run("--lang", "en", "retrain", few, "--quick", "--models", models)
    assert result.stdout.startswith("# What this model is worth")
    assert "simulated" in result.stderr
    assert is_version(result.stdout.splitlines()[-1])


VERDICTS = {
    "promote": (lambda: one_card_helps()[:40], 0, ["--no-report"]),
    "keep": (lambda: beyond_all_expectation()[:28], 3, ["--no-report"]),
    "cannot tell": (lambda: one_card_helps()[:12], 4, ["--no-report"]),
    "one company, nothing to judge by": (lambda: one_card_helps()[:2], 4, []),
}


@pytest.mark.usefixtures("few_folds")
@pytest.mark.parametrize(("rows", "code", "options"), VERDICTS.values(), ids=VERDICTS.keys())
def test_the_verdict_is_the_exit_code(tmp_path, models, rows, code, options):
    path = write_trials(tmp_path / "t.csv", rows())
    result = run("retrain", path, "--models", models, *options)
    assert result.exit_code == code
    version = result.stdout.splitlines()[-1]
    verdict = {0: "promote", 3: "keep", 4: "cannot tell"}[code]
    assert load(models / version)[1].verdict == verdict
    assert registry.ledger(models) == []


def test_an_export_from_excel_is_trained_on_as_it_is(models, tmp_path):
    result = run("retrain", EXPERIMENT, "--quick", "--models", models)
    assert result.exit_code == 4
    assert "nagebootst" not in result.stderr
    assert not load(models / result.stdout.splitlines()[-1])[0].facts.simulated


def test_simulated_rows_are_left_out_as_soon_as_one_is_real(models, tmp_path):
    rows = one_card_helps()[:40]
    rows[7]["source"] = rows[9]["source"] = "experiment"
    path = write_trials(tmp_path / "mixed.csv", rows)
    result = run("retrain", path, "--quick", "--models", models)
    assert result.exit_code == 4
    assert "38" in result.stderr
    facts = load(models / result.stdout.splitlines()[-1])[0].facts
    assert (facts.trials, facts.simulated) == (2, False)


def test_bad_trials_are_told_in_full_and_nothing_is_written(models, faulty):
    told = refused("retrain", faulty, "--models", models)
    assert "employees" in told
    assert "source" in told
    assert "sbi_version" in told
    assert told.count("rij 4") == 2
    assert "rij 7" in told
    assert told.splitlines()[-1].startswith("Aantal fouten: 3.")
    assert not models.exists()
    assert os.listdir(faulty.parent) == [faulty.name]


def test_bad_trials_are_told_in_english(models, faulty):
    told = refused("--lang", "en", "retrain", faulty, "--models", models)
    assert told.count("faulty.csv, row 4") == 2
    assert told.splitlines()[-1].startswith("Faults: 3.")


def test_of_very_many_faults_the_first_thousand_are_told(tmp_path, models):
    rows = [trial(f"c{i}", f"geen-kaart-{i}", 3, 4) for i in range(1200)]
    told = refused("retrain", write_trials(tmp_path / "t.csv", rows), "--models", models)
    assert len(told.splitlines()) == 1001
    assert "1200" in told.splitlines()[-1]


def test_a_wrong_word_in_every_row_is_told_once(tmp_path, models):
    rows = [trial(f"c{i}", "geen-kaart", 3, 4) for i in range(1200)]
    told = refused("retrain", write_trials(tmp_path / "t.csv", rows), "--models", models)
    assert len(told.splitlines()) == 2
    assert "Dit staat er 1200 keer, ook op rij 3, 4, 5 en verder." in told
    assert told.splitlines()[-1].startswith("Aantal fouten: 1200. Er is niets gedaan")


def test_good_rows_are_used_and_the_others_written_when_asked(models, faulty, trained):
    result = run("retrain", faulty, "--skip-faulty", "--quick", "--models", models)
    assert result.exit_code == 4
    beside = faulty.with_name("faulty.faulty.csv")
    assert str(beside) in result.stderr
    assert "2" in result.stderr.split(str(beside))[0]
    with beside.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["row"] for row in rows] == ["4", "7"]
    assert "te weinig" in rows[0]["faults"]
    # 126 rows, two of them faulty; controls are no trials.
    skipped = load(models / result.stdout.splitlines()[-1])[0].facts.trials
    assert trained.facts.trials - skipped == 2


def test_faults_are_not_skipped_when_no_good_row_is_left(tmp_path, models):
    path = write_trials(tmp_path / "t.csv", [trial("c1", "geen-kaart", 3, 4)])
    assert "intervention" in refused("retrain", path, "--skip-faulty", "--models", models)
    assert not models.exists()


def nothing(tmp_path):
    return tmp_path / "nothing.csv"


def no_rows(tmp_path):
    return write_trials(tmp_path / "heading.csv", [])


def empty(tmp_path):
    path = tmp_path / "empty.csv"
    path.touch()
    return path


def another_kind(tmp_path):
    path = tmp_path / "trials.pdf"
    path.write_bytes(b"%PDF-1.7")
    return path


def empty_folder(tmp_path):
    path = tmp_path / "parts"
    path.mkdir()
    return path


UNREADABLE = {f.__name__: f for f in (nothing, no_rows, empty, another_kind, empty_folder)}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("command", ["retrain", "evaluate", "rank", "check"])
def test_a_file_that_cannot_be_read_is_bad_input(tmp_path, models, command, make):
    path = make(tmp_path)
    words = {"check": ("check", "--trials", path), "evaluate": ("evaluate", path)}
    told = run(*words.get(command, (command, path, "--models", models)))
    assert told.exit_code == 2
    assert path.name in told.stderr
    assert not models.exists()


def test_a_retraining_that_finds_another_at_work_says_so(models):
    with registry.writing(models):
        told = refused("retrain", TRIALS, "--quick", "--models", models, code=5)
    assert str(models) in told


@pytest.mark.parametrize("command", ["retrain", "check", "simulate", "evaluate"])
def test_a_broken_menu_is_bad_input_whatever_it_is_for(tmp_path, models, broken_menu, command):
    words = {
        "retrain": ("retrain", TRIALS, "--models", models),
        "evaluate": ("evaluate", TRIALS),
        "simulate": ("simulate", "--out", tmp_path / "world"),
    }
    result = run(*words.get(command, (command,)), "--menu", broken_menu)
    assert result.exit_code == 2
    assert "broken.toml" in result.stderr
    assert "version" in result.stderr
    assert not models.exists()
    assert not (tmp_path / "world").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"a = [", b"x = 1"])
def test_a_broken_expert_prior_is_bad_input(tmp_path, models, content):
    path = tmp_path / "expert.toml"
    path.write_bytes(content)
    for words in (("retrain", TRIALS, "--models", models), ("evaluate", TRIALS), ("check",)):
        result = run(*words, "--expert", path)
        assert result.exit_code == 2
        assert "expert.toml" in result.stderr
    assert not models.exists()


UNWRITABLE = {
    "retrain": ("retrain", TRIALS, "--quick", "--models", "{file}/models"),
    "rank": ("rank", "{profiles}", "--models", "none", "--out", "{file}/out.csv"),
    "simulate": ("simulate", "--companies", 2, "--profiles", 1, "--out", "{file}/world"),
    "promote": ("promote", "20260503T101500Z-0123456789ab", *SIGNED, "--models", "{file}/models"),
    "versions": ("versions", "--models", "{file}/models"),
    "ledger": ("ledger", "--models", "{file}/models"),
}


@pytest.mark.parametrize("words", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_a_folder_that_cannot_be_is_told_without_a_traceback(tmp_path, profiles, words):
    (tmp_path / "file").touch()
    places = {"file": tmp_path / "file", "profiles": profiles}
    result = run(*(str(word).format(**places) for word in words))
    assert result.exit_code == 2 or (result.exit_code == 0 and words[0] == "versions")


WRONG = {
    "no such command": ("predict",),
    "no such option": ("retrain", TRIALS, "--fast"),
    "no such language": ("--lang", "de", "versions"),
    "no argument": ("retrain",),
    "a seed below zero": ("retrain", TRIALS, "--seed", "-1"),
    "a seed that is a word": ("retrain", TRIALS, "--seed", "one"),
    "nobody decides": ("promote", "x", "--reason", "test"),
    "no reason": ("rollback", "--by", "An"),
    "no companies": ("simulate", "--companies", "0", "--out", "x"),
    "nowhere to write": ("simulate",),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_a_command_that_is_not_one_is_bad_input(words):
    assert refused(*words)


# evaluate


@pytest.mark.usefixtures("few_folds")
def test_evaluate_prints_the_page_and_writes_nothing(tmp_path):
    path = write_trials(tmp_path / "t.csv", one_card_helps()[:8])
    for language, head in (("nl", "# Wat dit model waard is"), ("en", "# What this model is")):
        result = run("--lang", language, "evaluate", path)
        assert result.exit_code == 0
        assert result.stdout.startswith(head)
    assert os.listdir(tmp_path) == ["t.csv"]


# promote, rollback, versions, ledger


def test_promoting_and_going_back_are_told_and_listed(models, add_version):
    first, second = add_version(3), add_version(4)
    assert first in run("promote", first, *SIGNED, "--models", models).stdout
    told = run("--lang", "en", "promote", second, *SIGNED, "--models", models)
    assert (told.exit_code, told.stdout) == (0, f"{second} is live now (was: {first}).\n")
    rows = [line.split("\t") for line in run("versions", "--models", models).stdout.splitlines()]
    assert [row[:2] for row in rows] == [[first, "previous"], [second, "current"]]
    assert all(row[2:4] == ["cannot tell", "simulated"] for row in rows)
    back = run("rollback", *SIGNED, "--models", models)
    assert back.exit_code == 0
    lines = run("ledger", "--models", models).stdout.splitlines()
    assert [line.split("\t")[1:4] for line in lines[1:]] == [
        ["promote", second, first],
        ["rollback", first, second],
    ]
    assert all(line.split("\t")[4:] == ["An", "test"] for line in lines)


def test_a_broken_version_is_listed_as_broken(models, add_version):
    first, second = add_version(3), add_version(4)
    (models / first / "menu.toml").unlink()
    lines = run("versions", "--models", models).stdout.splitlines()
    assert lines[0].split("\t")[2] == "broken"
    assert "menu.toml" in lines[0]
    assert lines[1].split("\t")[2] == "cannot tell"
    assert second in lines[1]


def test_without_versions_the_lists_are_empty(models):
    for command in ("versions", "ledger"):
        result = run(command, "--models", models)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_what_cannot_be_decided_is_refused(models, add_version):
    name = add_version(3)
    assert name in refused("promote", "20260101T000000Z-0123456789ab", *SIGNED, "--models", models)
    assert "--by" in refused("promote", name, "--by", " ", "--reason", "x", "--models", models)
    assert "--reason" in refused("rollback", "--by", "x", "--reason", "", "--models", models)
    assert refused("rollback", *SIGNED, "--models", models)
    (models / name / "model.pkl").touch()
    assert "model.pkl" in refused("promote", name, *SIGNED, "--models", models)
    assert not (models / registry.LEDGER).exists()


def test_a_damaged_ledger_is_told_by_every_command_that_reads_it(models, add_version, profiles):
    name = add_version(3)
    (models / registry.LEDGER).write_text("what?\n")
    commands = (
        ("versions",),
        ("ledger",),
        ("promote", name, *SIGNED),
        ("rollback", *SIGNED),
        ("rank", profiles),
    )
    for words in commands:
        assert "ledger.jsonl, regel 1" in refused(*words, "--models", models)


# check


def test_simulate_writes_the_trials_the_profiles_and_the_truth(tmp_path, models, menu):
    out = tmp_path / "world"
    words = ("simulate", "--world", "main", "--companies", 12, "--profiles", 7, "--seed", 3)
    result = run("--lang", "en", *words, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert str(out) in result.stdout
    assert sorted(os.listdir(out)) == ["changes.csv", "profiles.csv", "trials.csv", "truth.csv"]
    with (out / "truth.csv").open() as file:
        truth = list(csv.DictReader(file))
    names = ["profile", "intervention", "expected_gain", "p_started", "p_completed"]
    assert list(truth[0]) == names
    assert len(truth) == 7 * (len(menu) - 1)
    before = {name: (out / name).read_bytes() for name in os.listdir(out)}
    assert run(*words, "--out", out).exit_code == 0
    assert {name: (out / name).read_bytes() for name in os.listdir(out)} == before
    assert run("retrain", out / "trials.csv", "--quick", "--models", models).exit_code == 4
    ranking = table(run("rank", out / "profiles.csv", "--models", models).stdout)
    assert set(ranking) == {row["profile"] for row in truth}


def test_simulate_changes_one_thing_of_a_world_and_names_its_measurements(tmp_path):
    out = tmp_path / "world"
    changed = ("--effects", 4, "--experts", "wrong", "--drift", -0.3, "--controls", 2)
    words = ("simulate", "--world", "shared_scores", "--companies", 12, "--profiles", 3, *changed)
    result = run("--lang", "en", *words, "--respondents", 3, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "measurements.csv" in result.stdout and (out / "measurements.csv").is_file()
    made = pd.read_csv(out / "trials.csv")
    assert (made["intervention"] == "geen").sum() == 2
    assert made["respondents_before"].max() <= 3
    refused = run(*words[: -len(changed)], "--controls", -1, "--out", tmp_path / "none")
    assert refused.exit_code == 2 and not (tmp_path / "none").exists()


def test_an_unknown_world_is_told_with_the_known_ones(tmp_path):
    told = refused("simulate", "--world", "flat", "--out", tmp_path / "world")
    assert "flat" in told
    assert "interactions" in told
    assert os.listdir(tmp_path) == []


# Warnings: odd, and perhaps right


@pytest.fixture
def odd(tmp_path):
    """Return a file in which more people took part than work there, and two days are to come."""
    rows = [row | {"participants": 45 if n < 2 else 4} for n, row in enumerate(one_card_helps())]
    return write_trials(tmp_path / "odd.csv", [trial("12345678", "evc", 3, 4), *rows[:12]])


@pytest.mark.parametrize(
    "words", [("retrain", "--quick"), ("evaluate",), ("check", "--trials")], ids=lambda w: w[0]
)
def test_what_is_odd_is_told_and_nothing_is_done_until_somebody_accepts(
    models, odd, words, monkeypatch
):
    monkeypatch.chdir(models.parent)
    result = run(*words, odd)
    assert result.exit_code == 6
    assert "odd.csv, rij 2, company: '12345678' lijkt op een nummer" in result.stderr
    assert "odd.csv, rij 3, 4, participants: '45' is meer dan de 40 mensen" in result.stderr
    assert "Aantal waarschuwingen: 2. Er is niets gedaan." in result.stderr
    assert "--accept-warnings" in result.stderr
    assert ("odd.csv: 13 proeven, geen fouten." in result.stdout) == (words[0] == "check")
    assert registry.versions(models) == []
    english = run("--lang", "en", *words, odd)
    assert "row 3, 4, participants: '45' is more than the 40 people" in english.stderr


@pytest.mark.usefixtures("few_folds")
def test_a_version_remembers_what_was_accepted_by_code_and_rows(models, odd):
    result = run("retrain", odd, "--models", models, "--accept-warnings", "--no-report")
    assert result.exit_code == 4
    assert "Ze zijn aangenomen" in result.stderr
    (name,) = registry.versions(models)
    accepted = load(models / name)[1].accepted_warnings
    assert accepted == {"more_than_employees": 2, "number_of_a_register": 1}
    assert "12345678" not in (models / name / "model.json").read_text("utf-8")


def test_without_warnings_a_version_says_nothing_of_them(models, few):
    run("retrain", few, "--quick", "--models", models, "--accept-warnings")
    (name,) = registry.versions(models)
    assert "accepted_warnings" not in (models / name / "model.json").read_text("utf-8")
    assert load(models / name)[1].accepted_warnings == {}


def test_faults_and_warnings_are_told_at_once(tmp_path, models):
    rows = [trial("12345678", "evc", 3, 4), trial("b", "evc", 3, 4, employees=0)]
    told = refused("retrain", write_trials(tmp_path / "t.csv", rows), "--models", models)
    assert "rij 3, employees" in told
    assert "Waarschuwingen:\nt.csv, rij 2, company" in told


def test_evaluate_and_check_go_on_with_what_is_accepted(odd):
    assert run("check", "--trials", odd, "--accept-warnings").exit_code == 0
