"""The service killed while others write to it; ``make harden`` kills two hundred."""

from contextlib import closing
from functools import partial

import pytest

from tests.hardening.kills import Violation
from tests.hardening.writes import Writer, Writes

KILLS = 2


@pytest.fixture(scope="module")
def writes(warm, tmp_path_factory):
    """Return a database whose services were killed, each time with all as it should be."""
    folder = tmp_path_factory.mktemp("writes")
    start = partial(warm.start, log=False)
    with closing(Writes(folder, seed=1, start=start)) as writes:
        for _ in range(KILLS):
            writes.kill()
        yield writes


def test_no_kill_loses_or_tears_a_write_that_was_acknowledged(writes):
    assert writes.kills == KILLS
    assert writes.acknowledged > 0


def test_a_write_that_is_gone_would_be_noticed(writes):
    writer = Writer("gone")
    writer.acknowledged["/api/v1/conversations/" + "0" * 32] = {"choice": None, "outcomes": []}
    with pytest.raises(Violation, match="404"):
        writes.check(writer)


def test_a_key_that_gives_another_answer_would_be_noticed(writes):
    writer = Writer("other")
    writer.keys["other-0"] = ({"profile": {}}, b"")
    with pytest.raises(Violation, match="another answer"):
        writes.check(writer)
