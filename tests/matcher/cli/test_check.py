"""What `check` says of the menu, its region, the expert prior and the outcomes."""

from matcher.paths import MENU
from tests.matcher.commands import run
from tests.matcher.menu.test_menu import SMALL
from tests.matcher.table_makers import TRIAL, write_csv


def test_check_says_what_is_good(models):
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    files = [line for line in result.stdout.splitlines() if not line.startswith("  ")]
    assert [line.split(":")[0] for line in files] == [
        "menu.toml",
        "places.toml",
        "regions.toml",
        "expert.toml",
        "outcomes.csv",
    ]
    assert "26" in result.stdout
    assert "no faults" in run("--lang", "en", "check").stdout


def test_check_lists_what_ends_soon_with_its_cards_and_is_no_fault():
    result = run("check", "--on", "2026-12-01")
    assert result.exit_code == 0
    ends = "slim-drempel-5000: geldt tot en met 2026-12-31; op de kaarten slim-doorlichting, loop"
    assert f"  {ends}" in result.stdout
    assert (
        "wtta-melden: geldt tot en met 2026-12-31; op de kaarten collegiale-uitleen"
        in result.stdout
    )
    assert "cursus-7-611a" not in result.stdout
    assert (
        "wtta-melden: may have lapsed since 2026-12-31"
        in run("--lang", "en", "check", "--on", "2027-01-02").stdout
    )


def test_check_lists_who_helps_that_was_looked_up_a_year_ago():
    assert "Ynbusiness" in run("check", "--on", "2026-12-01").stdout, "nobody could confirm it"
    told = run("--lang", "en", "check", "--on", "2027-10-05").stdout
    assert "Firda (checked on 2026-11-29)" in told


def test_check_says_what_was_never_checked(tmp_path):
    menu = tmp_path / "former.toml"
    menu.write_text(SMALL, "utf-8")
    told = run("check", "--menu", menu, "--on", "2026-12-01").stdout
    assert "4 van de 4 feiten" in told
    assert "terugblik--money: nooit nagekeken; op de kaarten terugblik" in told


def test_check_names_a_fact_of_a_place_that_the_region_does_not_know(tmp_path):
    menu = tmp_path / "elsewhere.toml"
    menu.write_text(MENU.read_text("utf-8").replace('["groningen"]', '["gronningen"]'), "utf-8")
    result = run("check", "--menu", menu)
    assert result.exit_code == 2
    assert "gor-groningen, region: " in result.stderr
    assert "gronningen" in result.stderr and "groningen" in result.stderr


def test_check_refuses_a_day_that_is_none():
    result = run("check", "--on", "31-12-2026")
    assert result.exit_code == 2
    assert "'31-12-2026' is geen dag" in result.stderr


def test_check_says_what_is_not_in_the_outcomes(tmp_path):
    row = {name: cell for name, cell in TRIAL.items() if name != "culture_after"}
    rows = [row, row | {"company": "b", "source": "simulated"}]
    told = run("check", "--trials", write_csv(tmp_path / "t.csv", rows)).stdout
    assert "Er is geen kolom culture_after." in told
    assert "1 nagebootste rijen doen niet mee" in told


def test_check_prints_every_fault_of_every_file(faulty, broken_menu, broken_expert):
    result = run("check", "--trials", faulty, "--expert", broken_expert)
    assert result.exit_code == 2
    assert "menu.toml" in result.stdout
    for word in ("faulty.csv, rij 4, employees", "faulty.csv, rij 7, sbi_version", "thrust"):
        assert word in result.stderr
    result = run("check", "--menu", broken_menu, "--expert", broken_expert)
    assert result.exit_code == 2
    for word in ("broken.toml", "version", "thrust"):
        assert word in result.stderr


# simulate
