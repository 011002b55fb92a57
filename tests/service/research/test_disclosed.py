"""The readers of test_disclosure, before what goes out: preview, pages, API and report.

Whoever reads everything that one version tells, in one table or beside each other, may not be left
with one value for a count of one to four.
"""

import re
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.design.expert import read_expert
from matcher.disclosure import Told, by_part
from matcher.menu.card import read_menu
from matcher.model.artefact import Provenance, save
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.report.data_sections import coverage_section
from matcher.report.parts import Plot, Wording
from matcher.tables.cells import read_number
from matcher.trials.columns import PEOPLE_OF
from matcher.trials.plausible import HEADS
from matcher.trials.preview import inspect
from matcher.trials.reader import read_trials
from matcher.vocabulary import SECTOR_GROUPS, SIZE_BOUNDS
from service.research import counts as counting
from service.research import versions
from service.store.current import current_database
from tests.matcher.report_makers import findings
from tests.matcher.table_makers import TRIAL, write_csv
from tests.matcher.test_disclosure import ASKED, FEW, LETTERS, holds, possible, read_of, with_trials

MENU_CARD = read_menu(MENU)
NOTHING = Told(0, None)


# The preview of a file

TYPED = st.sampled_from(["", "onbekend", "0", "1", "3", "4", "4,0", "3.0", "5", "5,0", "12", "38"])


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(HEADS, TYPED)), min_size=1, max_size=4))
def test_a_preview_tells_no_count_of_few_people_and_no_mean_of_them(tmp_path_factory, rows):
    mean = {"culture_before": "3.41", "culture_before_sd": "0.83", "culture_baseline": "3.41"}
    mean |= {"culture_after": "3.52", "culture_after_sd": "0.71", "satisfaction_staff": "7.3"}
    base = dict(TRIAL) | mean
    for at, row in enumerate(rows):
        row["company"] = f"c{at}"
        for when in ("before", "after"):
            if row[f"respondents_{when}"] == "0":  # nobody has no mean
                row |= {f"culture_{when}": "", f"culture_{when}_sd": ""}
    path = write_csv(tmp_path_factory.getbasetemp() / "few.csv", [base | row for row in rows])
    told = inspect(path, MENU_CARD)
    assert told["good"]
    for row, shown in zip(rows, told["rows"], strict=True):
        for name in HEADS:
            cell, people = shown["cells"][name], read_number(row[name])
            hidden = not isinstance(people, str) and people in FEW
            assert cell == ("" if hidden else row[name])
            assert (name in shown["hidden"]) == hidden
        for name, of in PEOPLE_OF.items():
            people = read_number(row[of])
            assert not shown["cells"][name] or people >= 5


# The page of the researcher: what became of advice


class Tables(HTMLParser):
    """Collects the cells of the tables of a page, by their captions or in order."""

    def __init__(self, page):
        super().__init__()
        self.rows, self._open = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag):
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data):
        if self._open:
            self.rows[-1][-1] += data.strip()

    def by_head(self):
        return {row[0]: row[1:] for row in self.rows if row}


AGES = ("jonger dan 6 weken", "6 weken tot 3 maanden", "3 tot 6 maanden", "ouder dan 6 maanden")
MANY = st.one_of(st.integers(0, 6), st.integers(0, 40))


@pytest.fixture(scope="module")
def client(make_app):
    return make_app().test_client()


@settings(max_examples=30, deadline=None)
@given(
    followed=st.lists(st.tuples(MANY, MANY), min_size=4, max_size=4),
    reasons=st.lists(st.integers(1, 9), max_size=3),
    same=MANY,
)
def test_what_became_of_advice_tells_no_few_conversations(client, followed, reasons, same):
    everything = sum(map(sum, followed))
    keys = [("other", "time"), ("other", "cost"), ("referred", "none")]
    why = {k: n for k, n in zip(keys, reasons, strict=False) if sum(reasons) <= everything}
    picks = min(everything, same + 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_followed", lambda _: followed)
        patch.setattr(counting, "_reasons", lambda _: why)
        patch.setattr(counting, "_own_picks", lambda _: (picks, min(same, picks)))
        page = client.get("/onderzoek").text
    rows = Tables(page).by_head()
    if not everything >= 5:
        assert not set(AGES) & set(rows)
        return
    ages = [sum(pair) for pair in followed]
    told = [_number(rows[age][0]) for age in AGES]
    holds(told, ages, everything)
    for age, n, (known, _) in zip(AGES, told, followed, strict=True):
        share = rows[age][1]
        if share != "–":
            assert n.exact is not None
            assert {known, n.exact - known} & {*FEW} == set()
    parts = [_number(rows[w][0]) for w in rows if ": " in w]
    if why:
        assert len(parts) == len(why)
        # The rest told no reason: it is no row, and a reader can work it out from the total.
        counts = [*why.values(), everything - sum(why.values())]
        for n, values in zip(counts, possible([*parts, NOTHING], everything), strict=True):
            assert n in values
            assert n not in FEW or len(values) > 1
    for n in re.findall(r"Adviseurs kozen (\d+) keer", page):
        assert int(n) == picks
        assert picks not in FEW and everything - picks not in FEW
        assert {min(same, picks), picks - min(same, picks)} & {*FEW} == set()


def _number(cell):
    return Told(int(cell), int(cell)) if cell.isdecimal() else NOTHING


# Everything that one version tells: map, pages of cards, API


@pytest.fixture(scope="module", params=[(3, 14), (7, 60)], ids=["14 trials", "60 trials"])
def told(request, make_app, tmp_path_factory):
    """Return a model that learned from so few trials, and an application that answers from it."""
    seed, n = request.param
    model = with_trials(expert_model(MENU_CARD, read_expert(EXPERT)), seed, n)
    model = replace(model, facts=replace(model.facts, companies=n))
    models = tmp_path_factory.mktemp("few")
    made = Provenance("2026-05-03T10:15:00+00:00", "", "", "", "", 0, {}, "cannot tell")
    save(model, made, models)
    return model, make_app(models).test_client()


def test_the_map_of_the_researcher_holds_against_who_solves_for_it(told):
    model, client = told
    rows = Tables(client.get("/onderzoek").text).by_head()
    support = model.support.sum(axis=2)
    n = int(support.sum())
    totals = []
    for at, card in enumerate(MENU_CARD.ids):
        own = support[..., at].sum(axis=1).tolist()
        name = MENU_CARD.by_id[card].name.nl
        cells = [_band(cell) for cell in rows[name]] if name in rows else []
        shown = cells + [NOTHING] * (len(own) - len(cells))
        totals.append(sum(own))
        # No total stands on the page; that of the card's own page is beside it.
        page = client.get(f"/menukaart/{card}").text
        own_page = re.search(r"(\d+) (?:keer|proeven|bedrijven) geprobeerd", page)
        holds(_of_groups(model, shown), own, sum(own), shown=own_page is not None)
    assert not any(cell in map(str, FEW) for row in rows.values() for cell in row)
    holds(versions_totals(model), totals, n, shown=n >= 5)


def _of_groups(model, shown):
    """Return what is told of every group: groups without a company have no column."""
    there = model.companies.sum(axis=(1, 2)) > 0
    cells, told = iter(shown), []
    for group in range(len(SECTOR_GROUPS) + 1):
        here = group < len(SECTOR_GROUPS) and there[group]
        told.append(next(cells) if here else NOTHING)
    return told


def versions_totals(model):
    return model.told_trials(0)[0]


def _band(cell):
    bands = {"1-4": Told(1, 4), "–": NOTHING, "1+": Told(1, None)}
    if cell in bands:
        return bands[cell]
    least = int(cell.rstrip("+"))
    return Told(least, None if cell.endswith("+") else least)


def test_who_asks_the_api_about_every_company_learns_no_small_count(told):
    model, client = told
    said = client.get("/api/v1/model").json
    assert {said["trials"], said["companies"]} & {*FEW} == set()
    table = defaultdict(dict)
    for sector, letter in LETTERS.items():
        for size, employees in enumerate((1, *SIZE_BOUNDS)):
            profile = ASKED | {"sector": letter, "employees": employees}
            body = {"profile": profile, "limit": 100}
            for line in client.post("/api/v1/recommendations", json=body).json["ranking"]:
                table[line["intervention"]][sector, size] = line["comparable_trials"]
    totals = model.told_trials(0)[0]
    for card, seen in table.items():
        at = MENU_CARD.ids.index(card)
        own = model.support.sum(axis=2)[..., at]
        assert not {*seen.values()} & {*FEW}
        if total := totals[at].exact:
            for axis, counts in enumerate((own.sum(axis=1).tolist(), own.sum(axis=0).tolist())):
                holds(read_of(seen, axis, counts, total), counts, total)


def test_the_coverage_of_a_version_is_that_of_one_table(told, monkeypatch):
    model, _ = told
    monkeypatch.setattr(versions, "load", lambda _: (model, None))
    workspace = type("Folder", (), {"models": TRIALS.parent})()
    covered = versions.coverage(workspace, "v", MENU_CARD)
    if covered is not None:
        sums, _ = by_part(model.support.sum(axis=(1, 2)).T.tolist())
        known = dict(zip(MENU_CARD.ids, sums, strict=True))
        assert covered.totals == tuple(known[card] for card in covered.cards)


def test_the_map_of_a_report_holds_against_who_solves_for_it(told):
    model, _ = told
    found = findings(read_trials(TRIALS, MENU_CARD), model)
    parts = coverage_section(found, Wording("en", MENU_CARD)).parts
    (table,) = [part.table for part in parts if isinstance(part, Plot)]
    groups = found.outlook.coverage.groups
    support, never = model.support.sum(axis=2), Told(0, 0)
    for card, row in zip(found.outlook.coverage.cards, table.rows, strict=True):
        own = support[..., MENU_CARD.ids.index(card)].sum(axis=1).tolist()
        read = [NOTHING] * len(own)
        for group, cell in zip(groups, row[1:], strict=True):
            words = {"never": never, "1 or more": Told(1, None), "–": NOTHING}
            at = list(SECTOR_GROUPS).index(group)
            read[at] = words[cell] if cell in words else _band(cell)
        holds(read, own, sum(own), shown=sum(own) >= 5)


def test_counts_are_told_by_the_rule_and_not_by_the_page(client):
    with client.application.app_context(), current_database().reading() as connection:
        assert counting.count(connection).total == 0
