import pytest

from matcher.survey.reading import read_survey
from matcher.survey.result import Reason
from matcher.survey.roles import recognise
from tests.matcher.survey.survey_makers import QUALTRICS, qualtrics, table

WORDS = ("Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens")
ITEMS = [f"Stelling {n}" for n in range(1, 5)]


def respondents(path, day="2024-03-01", days=True, wave=None):
    heading = ["Bedrijfscode", *(["Ingevuld op"] if days else []), *ITEMS]
    heading += ["Meting"] if wave else []
    rows = [
        [f"BAK-0{at % 4}", *([day] if days else []), *(WORDS[(at + n) % 5] for n in range(4))]
        + ([wave[at % 2]] if wave else [])
        for at in range(24)
    ]
    return read_survey(table(path, [heading, *rows]))


def companies(path, heading=("Bedrijf", "Code", "Sector", "Medewerkers", "Provincie")):
    rows = [[f"Bakkerij {n}", f"BAK-0{n}", "C", str(12 + n), "Utrecht"] for n in range(8)]
    return read_survey(table(path, [list(heading), *rows]))


def log(path):
    heading = ["bedrijf", "wat", "wanneer", "status"]
    told = ("cursus lassen", "coaching op de werkvloer", "jobcrafting in twee rondes")
    rows = [[f"BAK-0{n % 4}", told[n % 3], "maart 2023", "klaar"] for n in range(9)]
    return read_survey(table(path, [heading, *rows]))


def roles(*surveys):
    return [each.role for each in recognise(surveys)]


def test_each_file_of_a_study_is_recognised_by_what_stands_in_it(tmp_path):
    before = respondents(tmp_path / "enquete1.csv", "2023-03-01")
    after = respondents(tmp_path / "enquete2.csv", "2024-03-01")
    found = recognise(
        [after, companies(tmp_path / "lijst.csv"), before, log(tmp_path / "acties.csv")]
    )
    assert [each.role for each in found] == ["after", "companies", "before", "log"]
    assert all(not each.doubt for each in found)
    assert all(reason.text("nl") != reason.text("en") for each in found for reason in each.because)


NAMES = {
    "nulmeting.csv": "before",
    "enquete_voor.csv": "before",
    "survey T0.csv": "before",
    "Nameting 2024.csv": "after",
    "results_post.csv": "after",
    "enquête na.csv": "after",
    "T1.csv": "after",
    "vragenlijst voor medewerkers.csv": "respondents",
    "postcodes na controle.csv": "respondents",
}


@pytest.mark.parametrize(("name", "role"), NAMES.items())
def test_the_name_of_a_file_tells_its_wave(tmp_path, name, role):
    (found,) = recognise([respondents(tmp_path / name, days=False)])
    assert found.role == role
    assert [reason.code for reason in found.doubt] == ["no_wave"] * (role == "respondents")


def test_a_before_file_given_as_after_is_doubted(tmp_path):
    before = respondents(tmp_path / "nulmeting.csv", "2024-03-01")
    after = respondents(tmp_path / "nameting.csv", "2023-03-01")
    found = recognise([before, after])
    assert [each.role for each in found] == ["before", "after"]
    assert [[reason.code for reason in each.doubt] for each in found] == [
        ["day_after"],
        ["day_before"],
    ]


@pytest.mark.parametrize("wave", [("1", "2"), ("Nulmeting", "Nameting"), ("T0", "T1")])
def test_a_file_with_a_column_of_waves_holds_both(tmp_path, wave):
    (found,) = recognise([respondents(tmp_path / "enquete.csv", wave=wave)])
    assert (found.role, found.wave) == ("both", "Meting")


def test_the_days_of_the_tool_tell_the_wave(tmp_path):
    questions = {"bedrijf": ("bedrijf", "bedrijf")} | {
        f"Q1_{n}": (text, f"QID1_{n}") for n, text in enumerate(ITEMS)
    }
    answers = [[f"BAK-0{at % 3}", *WORDS[:4]] for at in range(9)]
    survey = read_survey(qualtrics(tmp_path / "enquete.csv", questions, answers))
    later = respondents(tmp_path / "tweede.csv", "2024-06-01")
    assert roles(later, survey) == ["after", "before"]
    assert set(QUALTRICS) - {"EndDate"} <= {*survey.personal, *survey.technical}


def test_what_is_like_nothing_is_said_to_be(tmp_path):
    rows = [["kleur", "maat"], *(["rood", "xl"], ["blauw", "s"]) * 9]
    (found,) = recognise([read_survey(table(tmp_path / "t.csv", rows))])
    assert (found.role, [reason.code for reason in found.doubt]) == ("other", ["unlike_all"])


def test_respondents_without_a_company_are_doubted(tmp_path):
    rows = [ITEMS, *([WORDS[(at + n) % 5] for n in range(4)] for at in range(9))]
    (found,) = recognise([read_survey(table(tmp_path / "nulmeting.csv", rows))])
    assert [reason.code for reason in found.doubt] == ["no_company"]


def test_the_name_of_a_company_is_kept_and_that_of_somebody_there_is_not(tmp_path):
    heading = ("Naam", "Contactpersoon", "Sector", "Medewerkers", "Provincie")
    survey = companies(tmp_path / "lijst.csv", heading)
    assert survey.personal == ("Contactpersoon",)
    assert survey.columns[0].kind == "company"
    assert roles(survey) == ["companies"]


def test_a_number_in_a_reason_is_written_as_in_the_language():
    assert "gemiddeld 3 rijen" in Reason("rows_each", {"n": 3.0}).text("nl")
    assert "gemiddeld 1,2 rijen" in Reason("company_again", {"n": 1.2}).text("nl")
    assert "1.2 rows" in Reason("company_again", {"n": 1.2}).text("en")
    assert "van 1 tot en met 5." in Reason("points", {"least": 1.0, "most": 5.0}).text("nl")
