"""Commands as they are typed, run in this process."""

import csv
import io

from click.testing import CliRunner

from matcher.cli import main

COLUMNS = [
    "profile",
    "rank",
    "intervention",
    *("expected_gain", "low", "high"),
    *("p_started", "p_completed", "p_top3"),
    "tied_with",
    "known_case",
    "condition",
]
SIGNED = ("--by", "An", "--reason", "test")


def run(*words):
    """Run a command in this process; whatever ends it is no traceback."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def refused(*words, code=2):
    """Run a command that refuses; return what it says."""
    result = run(*words)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    return result.stderr


def table(text):
    """Return the rows of each profile in a printed table of rankings."""
    reader = csv.DictReader(io.StringIO(text))
    assert reader.fieldnames == COLUMNS
    rankings = {}
    for row in reader:
        rankings.setdefault(row["profile"], []).append(row)
    return rankings
