"""Three companies and a researcher's file, as docs/verhalen.md tells them.

What a sensible advisor expects of each company was written down before anyone looked at a ranking;
the tests hold the ranking to it, from the expert prior alone and from a model trained on the
simulated outcomes. Sets and orders, never exact numbers.

The answers quoted in the document are the product's own. After a change of the menu, the expert
prior, the outcomes or the model, renew them: ``python -m tests.stories.test_stories``.
"""

import csv
import re
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.cli import main
from matcher.design.cards import middle
from matcher.menu.card import read_menu
from matcher.model.registry import versions
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.profile.schema import read_profile
from matcher.ranking.conditions import MANY_HOURS
from matcher.ranking.loading import load_engine
from matcher.retraining import retrain
from service import create_app
from service.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/verhalen.md"
EXCEL = ROOT / "tests/matcher/files/experiment-excel.csv"

pytestmark = pytest.mark.usefixtures("quick_apps")

COMPANIES = {
    "bouwbedrijf": {
        "employees": 38,
        "sector": "F",
        "sbi_version": "2008",
        "needs": ["inwerken", "breed-inzetbaar"],
        "staffing_pressure": "zeer_krap",
        "province": "drenthe",
        "hr_function": "erbij",
    },
    "thuiszorg": {
        "employees": 120,
        "sector": "Q",
        "sbi_version": "2008",
        "needs": ["taal", "inwerken"],
        "staffing_pressure": "krap",
        "shift_work": "ja",
        "share_practical": "hoog",
    },
    "webbureau": {
        "employees": 6,
        "sector": "K",
        "sbi_version": "2025",
        "needs": ["vakkennis", "digitaal"],
        "staffing_pressure": "gemiddeld",
    },
}
PRIOR, TRAINED = "the expert prior alone", "trained on the simulated outcomes"


def folders_below(folder):
    """Return the folder of versions of each kind of answer: none, and one trained on our file."""
    models = {PRIOR: folder / "none", TRAINED: folder / "trained"}
    models[PRIOR].mkdir()
    retrain(TRIALS, read_menu(MENU), EXPERT, models[TRAINED], quick=True)
    return models


@pytest.fixture(scope="session")
def models(trained_folder, tmp_path_factory):
    return {PRIOR: tmp_path_factory.mktemp("none"), TRAINED: trained_folder.parent}


@pytest.fixture(scope="session", params=[PRIOR, TRAINED])
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def engine(models, kind):
    return load_engine(models[kind], read_menu(MENU))


def ask(engine, company, **changes):
    return engine.rank(read_profile(COMPANIES[company] | changes), explain=100)


def order_of(ranking):
    return [line.intervention for line in ranking.recommendations]


def line_of(ranking, card):
    (line,) = (line for line in ranking.recommendations if line.intervention == card)
    return line


def cards_in(engine, test):
    """Return the ids of the cards that the test holds for."""
    return {card.id for card in engine.menu if test(card)}


def least_hours(card):
    return card.hours_off_job.min if card.hours_off_job else 0


def warned_for(ranking, code):
    return {
        line.intervention
        for line in ranking.recommendations
        if code in {warning.code for warning in line.warnings}
    }


LONG = {"bbl", "mbo-certificaat", "hybride-docent"}


def test_long_is_what_asks_at_least_sixty_hours(engine):
    assert cards_in(engine, lambda card: least_hours(card) >= 60) == LONG


# A construction firm of 38 that can spare hardly anyone and needs newcomers to find their feet


@pytest.fixture(scope="module")
def builder(engine):
    return ask(engine, "bouwbedrijf")


def test_the_builder_s_own_people_teach_its_newcomers(builder):
    order = order_of(builder)
    assert {"mentor-buddy", "leermeester"} <= set(order[:5])
    assert {"mentor-buddy", "leermeester"} & set(order[:3])


def test_swapping_tasks_serves_the_builder_s_second_need(builder):
    assert "taakroulatie" in order_of(builder)[:5]


def test_nothing_long_leads_where_hardly_anyone_can_be_spared(builder):
    order = order_of(builder)
    assert not LONG & set(order[:5])
    # An apprenticeship is about newcomers too, and still comes after what costs less.
    assert order.index("bbl") > max(order.index("mentor-buddy"), order.index("leermeester"))


def test_what_is_long_stands_in_the_lower_half_for_the_builder(builder):
    order = order_of(builder)
    assert not LONG & set(order[: len(order) // 2])


def test_borrowing_staff_comes_with_the_builder_s_many_hours_and_has_no_place(builder, engine):
    many = cards_in(engine, lambda card: middle(card.hours_off_job, 0.0) >= MANY_HOURS)
    assert LONG | {"leermeester"} <= many
    assert "mentor-buddy" not in many
    carried = {
        line.intervention
        for line in builder.recommendations
        if "collegiale-uitleen" in line.goes_with
    }
    assert carried == many
    assert "collegiale-uitleen" not in order_of(builder)
    assert [card.intervention for card in builder.enablers] == ["collegiale-uitleen"]


def test_an_apprenticeship_waits_for_an_answer_and_falls_away_on_no(builder, engine):
    recognised = "recognised_training_company"
    assert "bbl" in warned_for(builder, recognised)
    refused = {
        card.intervention: card.condition
        for card in ask(engine, "bouwbedrijf", recognised_training_company=False).not_suitable
    }
    assert refused["bbl"] == recognised


# A home-care organisation of 120 with rosters, where reading and writing come hard


@pytest.fixture(scope="module")
def home_care(engine):
    return ask(engine, "thuiszorg")


def test_language_comes_first_in_home_care(home_care):
    assert {"taal-werkvloer", "leerambassadeur"} <= set(order_of(home_care)[:5])


def test_a_buddy_fits_any_roster(home_care):
    assert "mentor-buddy" in order_of(home_care)[:5]


def test_learning_in_a_group_away_from_work_warns_of_the_rosters(home_care, engine):
    warned = warned_for(home_care, "shift_work")
    # Where only the owner goes, no roster is in the way.
    group = cards_in(
        engine,
        lambda card: (
            card.place == "off_the_job"
            and {"group", "team", "between_companies"} & set(card.delivery)
            and (card.hours_off_job is None or card.hours_off_job.max != 0)
        ),
    )
    assert group | {"taal-werkvloer"} <= warned
    assert not warned & cards_in(engine, lambda card: card.place == "on_the_job")


def test_a_course_a_game_and_peer_groups_do_not_lead_in_home_care(home_care):
    assert not {"korte-vakcursus", "serious-game", "intervisie"} & set(order_of(home_care)[:5])


def test_lending_staff_carries_language_lessons(home_care):
    assert "collegiale-uitleen" in line_of(home_care, "taal-werkvloer").goes_with


def test_home_care_is_large_enough_for_every_card(home_care):
    assert home_care.not_suitable == ()


# A web agency of 6 that wants to stay up to date


@pytest.fixture(scope="module")
def agency(engine):
    return ask(engine, "webbureau")


SHORT = {"microlearning", "online-blended", "korte-vakcursus", "werkplek-evaluatie"}


def test_the_agency_learns_online_and_in_short_lessons(agency):
    assert {"microlearning", "online-blended"} <= set(order_of(agency)[:5])


def test_the_agency_s_first_three_are_about_its_needs_and_not_long(agency, engine):
    for card in order_of(agency)[:3]:
        assert {"vakkennis", "digitaal"} & set(engine.menu.by_id[card].needs), card
        assert card not in LONG


def test_short_online_and_peer_forms_lead_the_agency_s_list(agency):
    order = order_of(agency)
    assert len(SHORT & set(order[:5])) >= 3
    # The two long forms are about its needs too; of those they come after every short one.
    last = max(order.index(card) for card in SHORT)
    assert min(order.index(card) for card in LONG & set(order)) > last


def test_what_asks_a_larger_company_falls_away_with_the_number_that_it_needs(agency):
    smallest = {
        "leerambassadeur": 25,
        "hybride-docent": 15,
        "bedrijfsschool": 10,
        "taakroulatie": 8,
        "skillspaspoort": 8,
        "leidinggevende-coach": 8,
    }
    told = {card.intervention: card for card in agency.not_suitable}
    assert {id_: dict(card.nearest_change) for id_, card in told.items()} == {
        id_: {"employees": number} for id_, number in smallest.items()
    }
    for id_, number in smallest.items():
        assert told[id_].condition == "min_employees"
        assert str(number) in told[id_].text.nl


# Of all three


def test_nobody_short_of_people_hears_that_many_hours_are_easy_to_spare(engine):
    for company in ("bouwbedrijf", "thuiszorg"):
        for line in ask(engine, company).recommendations:
            hours = middle(engine.menu.by_id[line.intervention].hours_off_job, 0.0)
            if hours >= MANY_HOURS:
                easy = {r.code for r in line.reasons if r.effect > 0.002}
                assert "hours_pressure" not in easy, (company, line.intervention)


@pytest.mark.parametrize("company", COMPANIES)
def test_the_answer_says_how_little_stands_behind_it(engine, kind, company):
    ranking = ask(engine, company)
    assert ("expert_only" if kind == PRIOR else "simulated") in ranking.notices
    first, *rest = ranking.recommendations
    if kind == PRIOR:
        assert first.tied_with, "experts alone tell no card from all the others"
    # Data may tell one card from the others, and yet not how much it gains: its interval holds
    # what the second is expected to bring.
    assert first.expected_gain.low < rest[0].expected_gain.mean
    assert all(first.expected_gain.mean >= line.expected_gain.mean for line in rest)


# The researcher's export from Excel: what was reported of some two dozen companies


@pytest.fixture(scope="module")
def from_excel(tmp_path_factory):
    """Retrain on the export and rank the three companies, as a researcher does it."""
    folder = tmp_path_factory.mktemp("excel")
    profiles, out = folder / "bedrijven.csv", folder / "volgorde.csv"
    fields = list(dict.fromkeys(key for facts in COMPANIES.values() for key in facts))
    with profiles.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["id", *fields])
        for company, facts in COMPANIES.items():
            cells = [facts.get(field, "") for field in fields]
            writer.writerow([company, *("|".join(c) if isinstance(c, list) else c for c in cells)])
    models = ["--models", str(folder / "models")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.training.folds.N_FOLDS", 2)
        words = ["retrain", str(EXCEL), *models, "--no-report"]
        trained = CliRunner().invoke(main, words)
    ranked = CliRunner().invoke(main, ["rank", str(profiles), *models, "--out", str(out)])
    return trained, ranked, folder / "models", out


def test_the_export_is_read_as_it_is_and_gives_a_version(from_excel):
    trained, _, models, _ = from_excel
    assert trained.exit_code in (0, 3, 4), trained.output
    assert trained.stdout.splitlines()[-1] == versions(models)[-1]


def test_what_companies_reported_is_not_called_simulated(from_excel):
    trained, ranked, models, _ = from_excel
    engine = load_engine(models, read_menu(MENU))
    assert not engine.info.simulated
    assert 20 <= engine.info.companies <= engine.info.trials
    for spoken in (trained.output, ranked.output):
        assert "nagebootst" not in spoken.lower()


def test_two_dozen_companies_do_not_put_a_new_model_live(from_excel):
    trained, *_ = from_excel
    assert trained.exit_code != 0


def test_the_three_companies_are_ranked_from_the_export(from_excel):
    _, ranked, _, out = from_excel
    assert ranked.exit_code == 0, ranked.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    menu = read_menu(MENU)
    for company in COMPANIES:
        lines = [row for row in rows if row["profile"] == company]
        assert {row["intervention"] for row in lines} == set(menu.ids)
        places = [int(row["rank"]) for row in lines if row["rank"]]
        assert places == list(range(1, len(places) + 1))
    # Twenty-odd companies move a card a little; they do not turn sense upside down.
    first = {
        company: [r["intervention"] for r in rows if r["profile"] == company][:5]
        for company in COMPANIES
    }
    assert {"mentor-buddy", "leermeester"} & set(first["bouwbedrijf"])
    assert {"taal-werkvloer", "leerambassadeur"} <= set(first["thuiszorg"])
    assert SHORT & set(first["webbureau"])
    assert not LONG & {card for five in first.values() for card in five}


# The document


def quote(models):
    """Return what the product says of each company, as the document quotes it."""
    quoted = {}
    for kind, heading in ((PRIOR, "vooraf"), (TRAINED, "getraind")):
        client = client_of(models[kind])
        for company, profile in COMPANIES.items():
            answer = client.post(
                "/api/v1/recommendations", json={"profile": profile, "limit": 3}
            ).get_json()
            quoted[f"{company} {heading}"] = "\n".join(told(answer))
    return quoted


def client_of(models):
    settings = Settings(models=models, instance=models.parent / "instance")
    return create_app(settings).test_client()


def told(answer):
    """Yield an answer as lines of Markdown: notices, then the first three with their reasons."""
    for notice in answer["notices"]:
        yield f"> {notice}"
    for line in answer["ranking"]:
        gain = line["expected_gain"]
        mean, low, high = (rounded(gain[part]) for part in ("mean", "low", "high"))
        yield ""
        yield f"{line['rank']}. **{line['name']}**: {mean} punt ({low} tot {high})"
        for reason in line["reasons"]:
            yield f"   - {'Voor' if reason['effect'] > 0 else 'Tegen'}: {reason['text']}"
        for warning in line["warnings"]:
            yield f"   - Let op: {' '.join(warning['text'].split())}"
        if "collegiale-uitleen" in line["goes_with"]:
            yield "   - Hier hoort collegiale uitleen bij."


def rounded(points):
    return f"{round(points, 2) + 0.0:.2f}".replace(".", ",")


def block_of(name):
    mark = re.escape(f"<!-- antwoord: {name} -->")
    return re.compile(rf"({mark}\n\n)(.*?)(\n\n<!-- einde -->)", re.DOTALL)


NUMBER = re.compile(r"-?\d+,\d+")


def test_the_document_quotes_the_product(models):
    """Word for word; a number may differ by a hundredth, which another processor can do."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, now in quote(models).items():
        found = block_of(name).search(text)
        assert found, f"docs/verhalen.md has no answer: {name}"
        told_before = found.group(2)
        renew = "renew with: python -m tests.stories.test_stories"
        assert NUMBER.sub("#", told_before) == NUMBER.sub("#", now), renew
        for before, after in zip(NUMBER.findall(told_before), NUMBER.findall(now), strict=True):
            gap = abs(float(before.replace(",", ".")) - float(after.replace(",", ".")))
            assert gap < 0.015, renew


def renew():
    """Write the product's present answers into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, now in quote(folders_below(Path(folder))).items():
            text, count = block_of(name).subn(
                lambda found, now=now: found.group(1) + now + found.group(3), text
            )
            if count != 1:
                sys.exit(f"docs/verhalen.md has {count} answers: {name}")
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()
