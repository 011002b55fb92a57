"""Files with faults in them, for the commands that read them."""

import pytest

from matcher.paths import EXPERT, MENU, TRIALS


@pytest.fixture
def faulty(tmp_path):
    """Return a file of trials with three faults in two rows."""
    lines = TRIALS.read_text(encoding="utf-8").splitlines()
    cells = lines[3].split(",")
    cells[0] = "0"  # employees
    lines[3] = ",".join(cells).replace(",simulated,", ",invented,")
    lines[6] = lines[6].replace("2008", "1993").replace("2025", "1993")
    path = tmp_path / "faulty.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def broken_menu(tmp_path):
    """Return a menu card with two faults."""
    text = MENU.read_text(encoding="utf-8")
    path = tmp_path / "broken.toml"
    path.write_text(text.replace('version = "', "version = 5 # ", 1).replace('id = "evc"', "", 1))
    return path


@pytest.fixture
def broken_expert(tmp_path):
    path = tmp_path / "expert.toml"
    path.write_text(EXPERT.read_text(encoding="utf-8").replace("[trust]", "[thrust]"))
    return path


# retrain
