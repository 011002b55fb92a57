"""Scripts in every field that takes text: what comes back is text, on every page.

One of each way out of a text; ``make harden`` sends forty.
"""

import csv
import html
import io
import json
import re
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from werkzeug.datastructures import MultiDict

from matcher.profile.schema import PROFILE_FIELDS
from service import create_app
from service.pages.follow_up.company_links import signed
from service.pages.follow_up.reporting import DAYS, NUMBERS
from service.pages.intake import pressure
from service.pages.intake.answers import LIMITS, NEEDS_FIRST
from service.research.uploads import shown_name
from service.research.workspace import current_workspace
from service.settings import Settings
from tests.matcher.table_makers import TRIAL
from tests.service.pages.test_follow_up_pages import BUILDER, answered, field, recorded
from tests.service.payloads import MARK, OF_EACH_WAY, PAYLOADS
from tests.strength import strength

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("looked_into_here")]
SENT = strength(OF_EACH_WAY, PAYLOADS)
TAKES_TEXT = {"value", "content", "title", "aria-label", "data-words"}
"""Attributes whose content a browser shows and never runs."""
LEADS = {"href", "src", "action", "formaction"}


def runs(name, value):
    """Return whether an attribute holds code, whoever wrote it."""
    return name.startswith("on") or (name in LEADS and "javascript:" in value)


def strays(name, value):
    """Return whether what was sent stands where it is more than text or an address of ours."""
    ours = name in LEADS and value.startswith("/") and not value.startswith("//")
    return MARK in name or (MARK in value and name not in TAKES_TEXT and not ours)


class Reader(HTMLParser):
    """Reads a page, and keeps where the mark of a payload stands where it could run."""

    def __init__(self, page):
        super().__init__()
        self.got_in, self._inside = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self._inside = tag
        if MARK in tag:
            self.got_in.append(tag)
        for name, value in attributes:
            value = (value or "").casefold()
            if runs(name, value) or strays(name, value):
                self.got_in.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in ("script", "style") and data.strip():
            self.got_in.append(f"{self._inside}: {data[:60]}")


def harmless(answer):
    """Hold that no payload got into an answer, and that its policy would not let one run."""
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.status_code < 500
    assert not re.search(MARK, str(answer.headers).replace(answer.headers.get("Location", " "), ""))
    assert not answer.headers.get("Location", "/").startswith(("//", "javascript:"))
    if answer.mimetype == "text/html":
        assert Reader(answer.text).got_in == []
    return answer


@pytest.fixture(scope="module")
def app(make_app):
    app = make_app()
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def place(client):
    return recorded(client)[0]


@pytest.fixture(scope="module")
def link(app, place):
    with app.app_context():
        return f"/terugblik/{signed(place.rpartition('/')[2])}"


INTAKE = (*PROFILE_FIELDS, *pressure.FIELDS, *LIMITS, *NEEDS_FIRST)


@pytest.mark.parametrize("address", ["/advies", "/druk", "/widget"])
def test_in_every_answer_of_the_intake(app, address):
    client = app.test_client()
    for payload in SENT:
        harmless(client.post(address, data=dict.fromkeys(INTAKE, payload)))
    harmless(client.get("/"))


def test_among_right_answers(app):
    """Where one answer is wrong and the others right, the page is another one."""
    client = app.test_client()
    for payload, name in zip(PAYLOADS, INTAKE * 3, strict=False):
        harmless(client.post("/advies", data=MultiDict(BUILDER | {name: payload})))


def test_in_the_limits_the_ticks_and_the_own_pick(client):
    answered(client)
    for payload in SENT:
        harmless(client.post("/eigen-keuze", data={"kaart": payload}))
        harmless(client.post("/keuze", data={"keuze": payload, "once": payload}))
        harmless(client.post("/code", data={"code": payload}))
        harmless(client.post("/grenzen", data=dict.fromkeys(LIMITS, payload)))
    harmless(client.post("/vergelijk", data={"pick": [*PAYLOADS, "bbl"]}))


def test_in_the_choice_its_reason_and_the_pseudonyms(client, place):
    revision = field(client.get(place).text, "revision")
    for payload in SENT:
        names = {"company": payload, "table": payload, "reden": payload}
        sent = {"revision": revision, "keuze": "referred", **names}
        assert harmless(client.post(f"{place}/keuze", data=sent)).status_code == 400
        harmless(client.post(f"{place}/keuze", data=sent | {"keuze": payload}))


@pytest.mark.parametrize("who", ["advisor", "company"])
def test_in_the_state_the_days_and_the_reason_to_stop(app, client, place, link, who):
    where = place if who == "advisor" else link
    for payload in SENT:
        page = harmless(client.get(where)).text
        sent = {"revision": field(page, "revision"), "correction": "ja"}
        wrong = sent | dict.fromkeys((*DAYS, "state"), payload)
        assert harmless(client.post(f"{where}/stand", data=wrong)).status_code == 409
        right = sent | {"state": "stopped", "stopped_reason": payload}
        assert harmless(client.post(f"{where}/stand", data=right)).status_code == 303
    assert 'value="' in harmless(client.get(place)).text
    harmless(client.get("/op-te-volgen"))
    kept = client.get("/api/v1/trials")
    assert SENT[-1] in {row["stopped_reason"] for row in csv.DictReader(io.StringIO(kept.text))}
    assert kept.mimetype == "text/csv"


@pytest.mark.parametrize("who", ["advisor", "company"])
def test_in_every_number_of_the_measurement(client, place, link, who):
    where = f"{place if who == 'advisor' else link}/meting"
    revision = field(client.get(where).text, "revision")
    for payload in SENT:
        sent = dict.fromkeys((*NUMBERS, "scale", "would_continue"), payload)
        assert harmless(client.post(where, data=sent | {"revision": revision})).status_code == 400


ARGUMENTS = ("punt", "uren", "weken", "kosten", "plaats", "taal", "dank", "verder", "next")


@pytest.mark.parametrize("page", ["menu", "company"])
def test_in_everything_that_stands_behind_the_question_mark(client, link, page):
    for payload in SENT:
        where = "/menukaart" if page == "menu" else link
        harmless(client.get(where, query_string=dict.fromkeys(ARGUMENTS, payload)))
    harmless(client.get("/menukaart?taal=nl"))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_in_each_of_them_alone(client, name):
    for payload in SENT[::3]:
        harmless(client.get("/menukaart", query_string={name: payload}))
    harmless(client.get("/menukaart?taal=nl"))


def test_in_the_address_itself(client):
    starts = ("/", "//", "/menukaart/", "/advies/", "/gesprek/", "/terugblik/")
    for at, payload in enumerate(SENT):
        for start in (starts[0], starts[at % len(starts)]):
            harmless(client.get(start + quote(payload, safe="/")))


def test_in_the_name_of_whoever_signs_in(models, tmp_path):
    app = create_app(Settings(models=models, instance=tmp_path, auth="local"))
    client = app.test_client()
    with closing(app.extensions["leermatch.database"]):
        for payload in SENT:
            harmless(client.get("/aanmelden", query_string={"next": payload}))
        # Half are guesses, each paid for with the work of a password; the rest come too often.
        for payload in SENT:
            sent = {"name": payload, "password": payload}
            page = harmless(client.post("/aanmelden", data=sent)).text
            assert field(page, "name") == payload


def uploaded(client, content, name):
    sent = {"file": (io.BytesIO(content.encode()), name)}
    return client.post("/onderzoek/bestanden", data=sent)


def test_in_every_cell_the_heading_and_the_name_of_a_file(client):
    def line(cells):
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerow(cells)
        return out.getvalue()

    rows = "".join(line([payload] * len(TRIAL)) for payload in PAYLOADS)
    assert harmless(uploaded(client, line(TRIAL) + rows, "x9x.csv")).status_code == 400
    heading = line([*TRIAL, *PAYLOADS])
    page = harmless(uploaded(client, heading + line(TRIAL.values()), f"{PAYLOADS[8]}.csv"))
    assert page.status_code == 400


def test_in_the_name_of_a_file(app, client):
    good = "\n".join(";".join(map(str, row)) for row in (TRIAL, TRIAL.values()))
    looked = harmless(uploaded(client, good, f"{PAYLOADS[8]}.csv"))
    assert looked.status_code == 303
    page = harmless(client.get(looked.location)).text
    assert html.escape(PAYLOADS[8].rpartition("/")[2]) in page
    # The others in the place of this one, so that no process has to read them all.
    with app.app_context():
        [kept] = current_workspace().uploads.glob("*/looked.json")
    told = json.loads(kept.read_text())
    for payload in SENT:
        kept.write_text(json.dumps(told | {"name": shown_name(f"{payload}.csv")}))
        assert ".csv</strong>" in harmless(client.get(looked.location)).text
    sent = {"by": "anna"}
    harmless(client.post(looked.location, data=sent))
    harmless(client.get("/onderzoek/bestanden"))


def test_in_the_name_and_the_reason_of_a_decision(client):
    for payload in SENT:
        sent = {"by": payload, "reason": payload, "source": payload, "how": payload}
        harmless(client.post("/onderzoek/trainen", data=sent))
