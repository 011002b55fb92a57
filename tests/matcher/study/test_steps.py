"""A whole invented study, from raw files to trials, by the three steps of a researcher."""

import csv
import re
import shutil
import stat
from collections import Counter

import pytest
from click.testing import CliRunner

from matcher.cli import main
from matcher.study.build import KEYS, MEASUREMENTS, OFF_MENU, TRIALS
from matcher.study.example import FILES, example_truth, write_example
from matcher.study.study_file import NAME, UNDECIDED, read_study_file
from matcher.tables.cells import read_day

SEED = 1
TRUTH = example_truth(SEED)
DECISIONS = {
    "Het Broodatelier": "NO-08",
    "Kunstof Noordpol": "NO-17",
    "Hotel De Slapene Oter": "NO-15",
    "NO-06 / Autobedrijf Krukas": "NO-16",
    "taalles op het werk": "taal-werkvloer",
    "item6": "idee",
}
"""What a researcher chooses who knows the study: words or item -> what it is."""


def study(*arguments):
    return CliRunner().invoke(main, ["study", *map(str, arguments)], catch_exceptions=False)


def look_at(raw, folder, *names):
    return study("look", *(raw / name for name in names or FILES.values()), "--out", folder)


def decide(folder, decisions=DECISIONS):
    text = (folder / NAME).read_text(encoding="utf-8")
    for words, told in decisions.items():
        text = re.sub(
            rf'^("?{re.escape(words)}"?) = "\?"', rf'\1 = "{told}"', text, flags=re.MULTILINE
        )
    (folder / NAME).write_text(text, encoding="utf-8")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def who_is(folder):
    with (folder / KEYS).open(encoding="utf-8-sig", newline="") as file:
        return {row[0]: row[1] for row in list(csv.reader(file))[2:]}


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    write_example(folder, SEED)
    return folder


@pytest.fixture(scope="module")
def looked(raw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("looked")
    return look_at(raw, folder / "study"), folder / "study"


@pytest.fixture(scope="module")
def matched(looked, tmp_path_factory):
    _, before = looked
    folder = tmp_path_factory.mktemp("matched") / "a" / "b"
    shutil.copytree(before, folder)
    _moved(before, folder)
    return study("match", folder), folder


@pytest.fixture(scope="module")
def built(matched, tmp_path_factory):
    _, before = matched
    folder = tmp_path_factory.mktemp("built") / "study"
    shutil.copytree(before, folder)
    _moved(before, folder)
    decide(folder)
    return study("build", folder, "--accept-warnings"), folder


def _moved(before, folder):
    """Point a study that was copied to where its files are from there."""
    text = (folder / NAME).read_text(encoding="utf-8")
    for path in re.findall(r'^path = "(.*)"', text, flags=re.MULTILINE):
        there = (before / path).resolve()
        text = text.replace(f'"{path}"', f'"{there.as_posix()}"')
    (folder / NAME).write_text(text, encoding="utf-8")


# The first step


def test_each_file_is_what_it_is_and_each_question_is_found_in_it(looked):
    told, folder = looked
    assert told.exit_code == 0, told.output
    settings = read_study_file(folder)
    roles = {file.path.rsplit("/", 1)[-1]: (file.role, file.wave) for file in settings.file}
    assert roles == {
        FILES["qualtrics"]: ("respondents", "before"),
        FILES["forms"]: ("respondents", "before"),
        FILES["spss"]: ("respondents", "after"),
        FILES["limesurvey"]: ("respondents", "after"),
        FILES["companies"]: ("companies", ""),
        FILES["log"]: ("log", ""),
    }
    assert settings.instrument.scale == "1-7"
    turned = [item.name for item in settings.instrument.item if item.reversed]
    assert turned == ["item5"], "the one that runs against the others"
    for file in settings.of_role("respondents"):
        name = file.path.rsplit("/", 1)[-1]
        told = {column: f"item_{item[4:]}" for item, column in file.items.items()}
        right = {c: m for c, m in TRUTH.columns[name].items() if m.startswith("item_")}
        wrong = {c: m for c, m in told.items() if c != UNDECIDED and right.get(c) != m}
        assert wrong == {}
        assert len(file.items) == 8


def test_few_things_are_left_to_decide(matched):
    _, folder = matched
    asked = list(read_study_file(folder).undecided())
    assert len(asked) == len(DECISIONS) <= 25


def test_looking_again_asks_nothing_twice_and_changes_no_byte(raw, looked, tmp_path):
    _, before = looked
    folder = tmp_path / "again"
    shutil.copytree(before, folder)
    decide(folder)
    text = (folder / NAME).read_bytes()
    assert look_at(raw, folder).exit_code == 0
    assert (folder / NAME).read_bytes() == text


def test_what_a_person_wrote_in_the_study_file_stays_when_a_wave_is_added(raw, tmp_path):
    first = [FILES[kind] for kind in ("qualtrics", "forms", "companies", "log")]
    assert look_at(raw, tmp_path, *first).exit_code == 0
    path = tmp_path / NAME
    mine = path.read_text(encoding="utf-8").replace("min_items = 4", "min_items = 5  # afspraak")
    path.write_text(mine, encoding="utf-8")
    assert look_at(raw, tmp_path).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert "min_items = 5  # afspraak" in text
    assert len(read_study_file(tmp_path).file) == len(FILES)


def test_a_later_wave_is_added_to_a_study_that_was_built(raw, built, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(built[1], folder)
    before = {name: (folder / name).read_bytes() for name in (TRIALS, KEYS)}
    text = (raw / FILES["limesurvey"]).read_text(encoding="utf-8")
    later = tmp_path / "na-half-jaar.csv"
    later.write_text(re.sub(r"2025-(09|10)-", "2026-03-", text), encoding="utf-8")
    assert study("look", later, "--out", folder).exit_code == 0
    assert read_study_file(folder).file[-1].wave == "after-2"
    assert study("match", folder).exit_code == 0, "what was decided is not asked again"
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 0, told.output
    waves = Counter(row["wave"] for row in rows_of(folder / MEASUREMENTS))
    assert list(waves) == ["before", "after", "after-2"]
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_file_that_cannot_be_read_stops_the_look_and_all_are_told(raw, tmp_path):
    bad, empty = tmp_path / "stuk.sav", tmp_path / "leeg.csv"
    bad.write_bytes(b"no file of SPSS")
    empty.write_text("", encoding="utf-8")
    told = study("look", raw / FILES["log"], bad, empty, "--out", tmp_path / "study")
    assert told.exit_code == 2
    assert "stuk.sav" in told.output
    assert "leeg.csv" in told.output
    assert not (tmp_path / "study").exists()


def test_one_file_under_two_names_is_told(raw, tmp_path):
    twin = tmp_path / "kopie.csv"
    twin.write_bytes((raw / FILES["qualtrics"]).read_bytes())
    told = study("look", raw / FILES["qualtrics"], twin, "--out", tmp_path / "study")
    assert told.exit_code == 2
    assert FILES["qualtrics"] in told.output


# The second step


def test_only_doubtful_spellings_are_asked_and_none_is_taken_for_another(matched):
    told, folder = matched
    assert told.exit_code == 2
    settings = read_study_file(folder)
    asked = set(settings.companies)
    doubtful = {" / ".join(filter(None, spelling)) for spelling in TRUTH.doubtful}
    assert asked == doubtful
    assert len(asked) <= 0.05 * len(TRUTH.spellings)


def test_nothing_is_asked_again_once_it_is_decided(matched, tmp_path):
    _, before = matched
    folder = tmp_path / "study"
    shutil.copytree(before, folder)
    decide(folder)
    text = (folder / NAME).read_bytes()
    told = study("match", folder)
    assert told.exit_code == 0, told.output
    assert (folder / NAME).read_bytes() == text


# The third step


def test_as_long_as_something_is_undecided_nothing_is_made_and_all_is_told(matched):
    _, folder = matched
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 2
    for words in DECISIONS:
        assert words in told.output
    assert sorted(path.name for path in folder.iterdir()) == [NAME]


def test_what_is_odd_waits_until_somebody_accepts_it(built, tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(built[1] / NAME, folder)
    told = study("build", folder)
    assert told.exit_code == 6
    assert "1132" in told.output
    assert sorted(path.name for path in folder.iterdir()) == [NAME]


def test_the_measurements_are_those_of_the_invented_people(built):
    told, folder = built
    assert told.exit_code == 0, told.output
    keys = who_is(folder)
    found = {(keys[row["company"]], row["wave"]): row for row in rows_of(folder / MEASUREMENTS)}
    assert found.keys() == TRUTH.measured.keys()
    for key, right in TRUTH.measured.items():
        row = found[key]
        assert float(row["mean"]) == pytest.approx(right.mean, abs=1e-9), key
        assert float(row["sd"]) == pytest.approx(right.sd, abs=1e-9), key
        assert int(row["n"]) == right.n, key
        if key[1] == "after" and row["n_twice"]:
            assert int(row["n_twice"]) == right.n_twice, key


def test_the_trials_are_those_that_happened(built):
    _, folder = built
    keys = who_is(folder)
    rows = rows_of(folder / TRIALS)
    assert len(rows) == len(TRUTH.trials)
    for row, right in zip(rows, TRUTH.trials, strict=True):
        told = {name: _read(name, row[name], keys) for name in right}
        scores = {n: value for n, value in right.items() if n in _SCORES and value is not None}
        rest = {
            name: "" if v is None else str(v) for name, v in right.items() if name not in scores
        }
        assert {name: told[name] for name in rest} == rest
        assert {name: float(told[name]) for name in scores} == pytest.approx(scores, abs=1e-9)
    off = rows_of(folder / OFF_MENU)
    assert [(keys[row["company"]], row["called"]) for row in off] == [
        (each["company"], each["intervention"]) for each in TRUTH.off_menu
    ]


_SCORES = ("culture_before", "culture_before_sd", "culture_after", "culture_after_sd")


def _read(name, text, keys):
    if name == "company":
        return keys[text]
    if text and name in ("start_date", "end_date"):
        return str(read_day(text, "first" if name == "start_date" else "last"))
    return text


def test_what_became_of_every_row_is_told(built):
    told, _ = built
    for name, n in TRUTH.n_rows.items():
        line = next(line for line in told.output.splitlines() if line.startswith(name))
        counts = [int(number) for number in re.findall(r": (\d+)", line)]
        assert sum(counts) <= n
    twice = sum(int(n) for n in re.findall(r"dubbel: (\d+)", told.output))
    assert twice == sum(why.get("duplicate", 0) for why in TRUTH.left_out.values())


def test_nothing_that_is_made_tells_who_somebody_is(raw, built):
    _, folder = built
    text = (raw / FILES["qualtrics"]).read_text(encoding="utf-8")
    people = set(re.findall(r"[\w.]+@[\w.]+|(?:\d{1,3}\.){3}\d{1,3}", text))
    assert people
    names = {name for company in TRUTH.companies for name in (company["name"],)}
    for path in folder.iterdir():
        made = path.read_text(encoding="utf-8-sig")
        assert not people & set(re.findall(r"[\w.]+@[\w.]+|(?:\d{1,3}\.){3}\d{1,3}", made))
        if path.name not in (KEYS, NAME):
            assert not [name for name in names if name in made], path.name
            assert not re.search(r"NO-\d\d", made), path.name
    assert stat.S_IMODE((folder / KEYS).stat().st_mode) == 0o600


def test_the_same_files_give_the_same_bytes(built):
    _, folder = built
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert study("build", folder, "--accept-warnings").exit_code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == made


def test_a_file_that_changed_since_it_was_looked_at_is_not_read(raw, built, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(built[1], folder)
    changed = tmp_path / FILES["qualtrics"]
    changed.write_bytes((raw / FILES["qualtrics"]).read_bytes() + b"\n")
    text = (folder / NAME).read_text(encoding="utf-8")
    there = next(path for path in re.findall(r'^path = "(.*)"', text, re.M) if "qualtrics" in path)
    (folder / NAME).write_text(text.replace(there, changed.as_posix()), encoding="utf-8")
    made = (folder / TRIALS).read_bytes()
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 2
    assert FILES["qualtrics"] in told.output
    assert (folder / TRIALS).read_bytes() == made


def test_a_wave_that_nobody_told_of_is_asked(raw, tmp_path):
    shutil.copy(raw / FILES["forms"], tmp_path / "antwoorden.xlsx")
    told = study("look", tmp_path / "antwoorden.xlsx", "--out", tmp_path / "study")
    assert told.exit_code == 0
    (file,) = read_study_file(tmp_path / "study").file
    assert (file.role, file.wave) == ("respondents", UNDECIDED)


def test_every_flaw_of_the_example_is_in_the_files_that_were_read(built):
    told, _ = built
    assert Counter(
        re.findall(r"(dubbel|niet afgemaakt|voorbeeld van de maker): ", told.output)
    ) == {
        "dubbel": 3,
        "niet afgemaakt": 2,
        "voorbeeld van de maker": 1,
    }


# What can be wrong


def _changed(built, tmp_path, change):
    """Return a copy of a study that is ready to be built, with its study file changed."""
    folder = tmp_path / "study"
    folder.mkdir()
    text = (built[1] / NAME).read_text(encoding="utf-8")
    (folder / NAME).write_text(change(text), encoding="utf-8")
    return folder


def test_a_wave_after_that_is_earlier_than_the_one_before_is_odd(built, tmp_path):
    def turn(text):
        text = text.replace('wave = "before"', 'wave = "x"').replace('wave = "after"', 'wave = "y"')
        return text.replace('wave = "x"', 'wave = "after"').replace('wave = "y"', 'wave = "before"')

    told = study("build", _changed(built, tmp_path, turn))
    assert told.exit_code == 6
    assert "verwisseld" in told.output


def test_half_of_the_questions_renamed_is_another_questionnaire(built, tmp_path):
    folder = _changed(built, tmp_path, lambda text: re.sub(r'item[1-4] = "leer\d"\n', "", text))
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 2
    assert "andere vragenlijst" in told.output


def test_a_question_that_one_file_lacks_is_odd(built, tmp_path):
    folder = _changed(built, tmp_path, lambda text: re.sub(r'item6 = "idee".*\n', "", text))
    told = study("build", folder)
    assert told.exit_code == 6
    assert "item6" in told.output


def test_a_scale_that_is_too_short_names_every_answer_beyond_it(built, tmp_path):
    folder = _changed(built, tmp_path, lambda text: text.replace('scale = "1-7"', 'scale = "1-5"'))
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 2
    assert FILES["spss"] in told.output
    assert not (folder / KEYS).exists(), "no pseudonym is drawn for what cannot be built"


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('scale = "1-7"', 'scale = "zeven"', "zeven"),
        ("min_items = 4", "min_items = 9", "min_items"),
        ("min_items = 4", "min_items = 4\nvreemd = 1", "vreemd"),
        ('language = "nl"', "language = ", "TOML"),
        ('role = "log"', 'role = "dagboek"', "dagboek"),
        ('= "name"', '= "naam"', "naam"),
        ('"Het Broodatelier" = "NO-08"', '"Het Broodatelier" = "NO-99"', "NO-99"),
        ('= "taal-werkvloer"', '= "taal-thuis"', "taal-thuis"),
        ('role = "companies"', 'role = "leave_out"', "bedrijvenlijst"),
        ('company_code = "Q1"', 'company_code = "Q9"', "Q9"),
    ],
)
def test_a_mistake_in_the_study_file_is_told_with_its_place(built, tmp_path, was, becomes, says):
    folder = _changed(built, tmp_path, lambda text: text.replace(was, becomes))
    told = study("build", folder, "--accept-warnings")
    assert told.exit_code == 2, told.output
    assert says in told.output
    assert sorted(path.name for path in folder.iterdir()) == [NAME]


def test_without_a_study_file_the_way_out_is_told(tmp_path):
    told = study("match", tmp_path)
    assert told.exit_code == 2
    assert "study look" in told.output


def _answers(path, words, n=30):
    """Write answers of people at three companies to four questions, in these words in turn."""
    asked = ["Ik leer hier veel", "Ik krijg hier tijd", "Wij helpen elkaar", "Mijn baas vraagt mij"]
    rows = [["bedrijfscode", *asked]]
    for person in range(n):
        given = [words[(person + question) % len(words)] for question in range(len(asked))]
        rows.append([f"B{person % 3 + 1}", *given])
    text = "\n".join(";".join(row) for row in rows)
    path.write_text(text + "\n", encoding="utf-8")


def test_a_word_that_is_not_on_the_scale_is_asked_and_then_read_as_it_was_decided(tmp_path):
    scale = ["helemaal oneens", "oneens", "neutraal", "eens", "helemaal eens"]
    _answers(tmp_path / "vooraf.csv", [*scale, "soms wel soms niet"])
    assert look_at(tmp_path, tmp_path / "study", "vooraf.csv").exit_code == 0
    settings = read_study_file(tmp_path / "study")
    assert dict(settings.answers) == {"soms wel soms niet": UNDECIDED}
    decide(tmp_path / "study", {"soms wel soms niet": "3"})
    (tmp_path / "bedrijven.csv").write_text("code;naam\nB1;A bv\nB2;B bv\nB3;C bv\n")
    assert look_at(tmp_path, tmp_path / "study", "bedrijven.csv").exit_code == 0
    told = study("build", tmp_path / "study", "--accept-warnings")
    assert told.exit_code == 0, told.output
    rows = rows_of(tmp_path / "study" / MEASUREMENTS)
    assert [int(row["n"]) for row in rows] == [10, 10, 10]


def test_rows_without_a_company_are_counted_and_told(tmp_path):
    _answers(tmp_path / "vooraf.csv", ["1", "2", "3", "4", "5"])
    text = (tmp_path / "vooraf.csv").read_text(encoding="utf-8")
    (tmp_path / "vooraf.csv").write_text(text.replace("B3;", "-;"), encoding="utf-8")
    (tmp_path / "bedrijven.csv").write_text("code;naam\nB1;A bv\nB2;B bv\n", encoding="utf-8")
    assert look_at(tmp_path, tmp_path / "study", "vooraf.csv", "bedrijven.csv").exit_code == 0
    told = study("build", tmp_path / "study", "--accept-warnings")
    assert told.exit_code == 0, told.output
    assert "zonder bedrijf: 10" in told.output


def test_a_model_learns_from_what_was_built(built, tmp_path):
    _, folder = built
    trained = CliRunner().invoke(
        main,
        ["retrain", str(folder / TRIALS), "--models", str(tmp_path), "--quick"],
        catch_exceptions=False,
    )
    assert trained.exit_code == 4, "quick: nothing was judged"
    assert re.search(r"Getraind op \d\d proeven", trained.output)


def test_a_report_that_fails_leaves_nothing_half_made(built, tmp_path, monkeypatch):
    def fails(study, language):
        raise OSError(28, "No space left on device")

    folder = tmp_path / "study"
    shutil.copytree(built[1], folder)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / TRIALS).write_text("of before", encoding="utf-8")
    monkeypatch.setattr("matcher.study_report.page.write_study_report", fails)
    assert study("build", folder, "--accept-warnings").exit_code != 0
    left = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert left == made | {TRIALS: b"of before"}


def test_a_build_tells_of_each_file_that_it_read_and_made(built, monkeypatch):
    told = []

    class Bar:
        def __init__(self, **settings):
            told.append(settings["total"])

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def set_description(self, name):
            told.append(name)

        def update(self):
            pass

    monkeypatch.setattr("tqdm.tqdm", Bar)
    assert study("build", built[1], "--accept-warnings").exit_code == 0
    total, *names = told
    assert total == len(names) == len(FILES) + 2
    assert names[-2:] == [MEASUREMENTS, TRIALS]


def test_a_list_alone_can_be_matched_and_says_what_is_missing_for_a_build(tmp_path):
    (tmp_path / "bedrijven.csv").write_text("code;naam\nB1;A bv\nB2;B bv\n", encoding="utf-8")
    assert look_at(tmp_path, tmp_path / "study", "bedrijven.csv").exit_code == 0
    assert study("match", tmp_path / "study").exit_code == 0
    told = study("build", tmp_path / "study")
    assert told.exit_code == 2
    assert "antwoorden van medewerkers" in told.output
