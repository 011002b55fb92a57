"""Many callers at once are all answered."""

import http.client
import threading
from contextlib import closing

import pytest

from tests.service.server.test_serving import QUESTION, still_answers
from tests.strength import strength

AT_ONCE = strength(150, 500)


@pytest.mark.proof
def test_many_connections_at_once_are_all_answered(server):
    opened = threading.Barrier(AT_ONCE)
    statuses = []

    def ask():
        with closing(http.client.HTTPConnection(*server.address, timeout=60)) as connection:
            connection.connect()
            opened.wait(60)
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/api/v1/recommendations", QUESTION, headers)
            statuses.append(connection.getresponse().status)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * AT_ONCE
    assert still_answers(server)
