"""The pages for the researcher, on real files and a real background process."""

import io
import os
import pickle
import re
import shutil
import signal
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import openpyxl
import pytest

from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.paths import MENU
from service.research import counts, jobs, uploads
from service.research.workspace import current_workspace
from service.store.current import current_database
from tests.matcher.table_makers import EXPERIMENT, OPEN_EXPERIMENT, TRIAL, write_xlsx
from tests.service.conftest import PROFILE
from tests.service.server.test_serving import call

ADDRESS = "/onderzoek/bestanden"
JOB = "0123456789abcdef" * 2


@pytest.fixture
def looked_into_apart():
    """Ask for the process of its own in which a file is looked into."""


@pytest.fixture(autouse=True)
def _looked_into(request):
    if "looked_into_apart" not in request.fixturenames:
        request.getfixturevalue("looked_into_here")


@pytest.fixture(scope="module")
def two_versions(write_version, tmp_path_factory):
    """Return a folder with two versions, the older of them promoted; never write in it."""
    models = tmp_path_factory.mktemp("two")
    older = write_version(models, 3)
    write_version(models, 9)
    registry.promote(models, older, "Anna", "Eerste model")
    return models


@pytest.fixture
def app(make_app, two_versions, tmp_path):
    """Return an application of our own with those versions."""
    return make_app(Path(shutil.copytree(two_versions, tmp_path / "models")))


@pytest.fixture
def workspace(app):
    with app.app_context():
        return current_workspace()


def send(client, content, name="uitkomsten.csv"):
    """Send a file as a browser does; a text becomes bytes."""
    content = content.encode() if isinstance(content, str) else content
    quoted = name.replace('"', "%22").encode()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\n'
    body = head + content + b"\r\n--x--\r\n"
    return client.post(ADDRESS, data=body, content_type="multipart/form-data; boundary=x")


def csv_of(**changes):
    row = dict(TRIAL) | changes
    return ";".join(row) + "\n" + ";".join(row.values()) + "\n"


def wait(workspace, id_=JOB):
    """Return a job when it has ended."""
    for _ in range(1800):
        job = jobs.find(workspace, id_)
        if job.ended:
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def stored(workspace):
    """Return what stands in the folder of files."""
    return (
        sorted(path.name for path in workspace.uploads.glob("*"))
        if workspace.uploads.exists()
        else []
    )


# Files


@pytest.mark.usefixtures("looked_into_apart")
def test_a_fault_stands_at_its_cell_and_nothing_is_kept(client, workspace):
    answer = send(client, csv_of(employees="veel"))
    assert answer.status_code == 400
    cell = re.search(r'<td class="faulty">(.*?)</td>', answer.text, re.DOTALL).group(1)
    assert '<span class="value">veel</span>' in cell
    assert "&#39;veel&#39; is geen getal." in cell
    assert '<th scope="row">2</th>' in answer.text
    assert stored(workspace) == []


def test_a_fault_of_the_heading_stands_in_its_row(client):
    answer = send(client, csv_of().replace("employees", "employes"))
    assert answer.status_code == 400
    assert "Bedoelt u &#39;employees&#39;?" in answer.text
    assert '<th scope="row">1</th>' in answer.text


def test_of_many_faults_the_first_are_shown_and_all_are_counted(client):
    rows = csv_of(employees="veel").splitlines()
    answer = send(client, "\n".join([rows[0], *[rows[1]] * 700]))
    assert "1400 fouten" in answer.text
    assert "Dit zijn de eerste 999 fouten." in answer.text
    assert answer.text.count('class="faulty') == 300


@pytest.mark.usefixtures("looked_into_apart")
def test_a_good_file_is_kept_only_when_somebody_says_so(client, workspace):
    answer = send(client, EXPERIMENT.read_bytes(), "experiment.csv")
    assert answer.status_code == 303
    assert uploads.uploads(workspace) == []
    page = client.get(answer.location).text
    assert "32 proeven van 24 bedrijven, met 18 aanpakken." in page
    token = answer.location.split("/")[-2]
    assert client.post(f"{ADDRESS}/{token}/bewaren", data={"by": " "}).status_code == 400
    for _ in range(2):
        kept = client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
        assert kept.status_code == 303
    (upload,) = uploads.uploads(workspace)
    assert (upload.name, upload.by, upload.trials) == ("experiment.csv", "Bram", 32)
    assert uploads.path_of(workspace, upload).read_bytes() == EXPERIMENT.read_bytes()
    assert stored(workspace) == [upload.digest]


MEASURED = {"scale": "1-6", "culture_before": "3.41", "culture_before_sd": "0.83"}


@pytest.mark.parametrize(
    ("people", "shown"), [("5", True), ("4", False), ("", False), ("onbekend", False)]
)
def test_a_preview_shows_no_mean_of_fewer_than_five_people(client, people, shown):
    more = MEASURED | {"respondents_before": people, "culture_baseline": "3.41"}
    page = client.get(send(client, csv_of(**more)).location).text
    assert ("3.41" in page) == ("0.83" in page) == shown
    assert shown or "niet getoond: minder dan 5 mensen" in page


def test_beside_a_fault_no_mean_of_fewer_than_five_people_is_shown(client):
    """The cell that the sender must mend is shown, and no other mean of the row or of others."""
    few = MEASURED | {"respondents_before": "4", "culture_after": "3.52"}
    rows = [csv_of(**few | one).splitlines() for one in ({"culture_before_sd": "9.9"}, {})]
    rows[1][1] = rows[1][1].replace("3.52", "7.77")
    page = send(client, "\n".join([*rows[0], rows[1][1]])).text
    assert "9.9" in page
    assert "7.77" in page
    assert "0.83" not in page
    assert "niet getoond: minder dan 5 mensen" in page


PEOPLE = ("respondents_before", "respondents_after", "participants")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize(
    ("typed", "shown"),
    [("4", False), ("4,0", False), ("1", False), ("0", True), ("5", True), ("17", True)],
)
def test_a_preview_shows_no_count_of_fewer_than_five_people(client, name, typed, shown):
    """Nor a mean of them: a reader who knows the rule learns that it is one to four."""
    means = {"culture_before": "", "culture_after": "", "satisfaction_staff": ""}
    row = MEASURED | means | dict.fromkeys(PEOPLE, "38") | {name: typed}
    page = client.get(send(client, csv_of(**row)).location).text
    heads = re.findall(r'<th scope="col"[^>]*>(\w+)</th>', page)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    cell = re.sub("<[^>]+>", "", cells[heads.index(name) - 1]).strip()
    assert cell == (typed if shown else "niet getoond: minder dan 5 mensen")


ODD = {"participants": "45", "company": "12345678"}


def test_an_odd_file_is_kept_only_when_somebody_says_that_it_is_right(client, workspace):
    location = send(client, csv_of(**ODD)).location
    page = client.get(location).text
    assert "2 waarschuwingen" in page
    assert "rij 2, participants: &#39;45&#39; is meer dan de 38 mensen" in page
    assert "rij 2, company: &#39;12345678&#39; lijkt op een nummer" in page
    token = location.split("/")[-2]
    refused = client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
    assert refused.status_code == 409
    assert 'href="#accept_warnings"' in refused.text
    assert uploads.uploads(workspace) == []
    data = {"by": "Bram", "accept_warnings": "ja"}
    assert client.post(f"{ADDRESS}/{token}/bewaren", data=data).status_code == 303
    (upload,) = uploads.uploads(workspace)
    assert upload.accepted == {"more_than_employees": 1, "number_of_a_register": 1}
    listed = client.get(ADDRESS).text
    assert "Bevestigd: meer mensen dan er werken, schuilnaam als een nummer" in listed


def test_what_is_odd_in_a_faulty_file_is_told_beside_its_faults(client):
    page = send(client, csv_of(**ODD, cost_eur="veel")).text
    assert "Kijk dit ook na" not in page  # the row is told for its fault
    good, bad = csv_of(**ODD).splitlines(), csv_of(cost_eur="veel").splitlines()
    page = send(client, "\n".join([*good, bad[1]])).text
    assert "Kijk dit ook na" in page
    assert "rij 2, participants" in page


def test_a_good_file_asks_for_no_tick(client):
    page = client.get(send(client, csv_of()).location).text
    assert "accept_warnings" not in page
    assert "Dit bestand is goed" in page


def test_warnings_are_told_in_english_where_the_page_is(client):
    location = send(client, csv_of(**ODD)).location
    page = client.get(f"{location}?taal=en").text
    assert "row 2, participants: &#39;45&#39; is more than the 38 people" in page
    assert "2 warnings" in page


def test_the_same_file_is_kept_once(client, workspace):
    for name in ("Bram", "Carla"):
        token = send(client, csv_of()).location.split("/")[-2]
        client.post(f"{ADDRESS}/{token}/bewaren", data={"by": name})
    assert [upload.by for upload in uploads.uploads(workspace)] == ["Bram"]


def test_a_file_that_is_thrown_away_or_forgotten_is_gone(client, workspace):
    token = send(client, csv_of()).location.split("/")[-2]
    client.post(f"{ADDRESS}/{token}/weg")
    assert stored(workspace) == []
    send(client, csv_of())
    (forgotten,) = workspace.uploads.iterdir()
    long_ago = time.time() - uploads.WAITS - 1
    os.utime(forgotten, (long_ago, long_ago))
    token = send(client, csv_of()).location.split("/")[-2]
    assert stored(workspace) == [f".pending-{token}"]


def test_a_withdrawn_file_leaves_its_name_and_no_content(client, workspace):
    token = send(client, csv_of()).location.split("/")[-2]
    client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
    (upload,) = uploads.uploads(workspace)
    assert client.post(f"{ADDRESS}/{upload.digest}/intrekken", data={}).status_code == 400
    client.post(f"{ADDRESS}/{upload.digest}/intrekken", data={"by": "Carla"})
    assert "Ingetrokken door Carla" in client.get(ADDRESS).text
    assert not uploads.path_of(workspace, upload).exists()
    assert upload.digest not in client.get("/onderzoek/trainen").text


def workbook():
    """Return a workbook of one good row."""
    with TemporaryDirectory() as folder:
        return write_xlsx(Path(folder) / "a.xlsx", [TRIAL]).read_bytes()


class _Harmful:
    def __reduce__(self):
        return os.system, ("touch leermatch-was-here",)


def bomb():
    """Return a small workbook that unpacks to 300 MB."""
    packed = io.BytesIO(workbook())
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 300_000_000)
    return packed.getvalue()


HARMFUL = {
    "a pickle named csv": (lambda: pickle.dumps(_Harmful()), "a.csv", "nul-bytes"),
    "a bomb": (bomb, "a.xlsx", "veel te groot"),
}
REFUSED = {
    "a pickle named xlsx": (lambda: pickle.dumps(_Harmful()), "a.xlsx", "beschadigd"),
    "a pickle": (lambda: pickle.dumps(_Harmful()), "a.pkl", "We lezen alleen .csv, .xlsx en .ods"),
    "a workbook with macros": (workbook, "a.xlsm", "We lezen alleen"),
    "a pickle named ods": (lambda: pickle.dumps(_Harmful()), "a.ods", "beschadigd"),
    "nothing": (lambda: b"", "a.csv", "Dit bestand is leeg"),
    "no name": (lambda: b"x", "", "Kies eerst een bestand"),
    "a path": (lambda: b"", "../../a.csv", "Dit bestand is leeg"),
}


@pytest.mark.usefixtures("looked_into_apart")
@pytest.mark.parametrize(("make", "name", "told"), HARMFUL.values(), ids=HARMFUL.keys())
def test_what_could_do_harm_is_refused_by_a_process_of_its_own(client, workspace, make, name, told):
    refuses(client, workspace, make, name, told)


@pytest.mark.parametrize(("make", "name", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_is_refused(client, workspace, make, name, told):
    refuses(client, workspace, make, name, told)


def refuses(client, workspace, make, name, told):
    answer = send(client, make(), name)
    assert answer.status_code == 400
    assert told in answer.text
    assert stored(workspace) == []


def test_a_workbook_of_opendocument_is_looked_into_and_kept(client, workspace):
    token = send(client, OPEN_EXPERIMENT.read_bytes(), "ronde 2.ods").location.split("/")[-2]
    client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
    (upload,) = uploads.uploads(workspace)
    assert (upload.trials, upload.suffix, upload.simulated) == (32, ".ods", False)


def test_what_is_to_be_said_of_a_good_file_is_shown_with_it(client):
    """A title above the names, simulated rows beside a real one, and no scores afterwards."""
    rows = [TRIAL | {"company": "b", "source": "simulated"}, TRIAL]
    names = [name for name in TRIAL if name != "culture_after"]
    lines = [names, *([row[name] for name in names] for row in rows)]
    text = "Ronde 2\n" + "\n".join(",".join(line) for line in lines)
    page = client.get(send(client, text).location).text
    assert "De namen van de kolommen staan op rij 2." in page
    assert "1 nagebootste rijen doen niet mee" in page
    assert "Er is geen kolom culture_after." in page


def test_faults_of_the_same_value_are_counted_as_they_are(client):
    rows = [TRIAL | {"company": f"c{at}", "state": "bezig"} for at in range(9)]
    text = "\n".join(",".join(line) for line in [TRIAL, *(row.values() for row in rows)])
    page = send(client, text).text
    assert "9 fouten." in page
    assert "Dit staat er 9 keer, ook op rij 3, 4, 5 en verder." in page
    assert "Dit zijn de eerste" not in page


def test_a_formula_is_shown_as_text(client):
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    sheet = book.active
    column = [cell.value for cell in sheet[1]].index("stopped_reason") + 1
    sheet.cell(2, column).value = '=CMD("calc")'
    changed = io.BytesIO()
    book.save(changed)
    refused = send(client, changed.getvalue(), "a.xlsx")
    assert refused.status_code == 400
    assert "staat een formule zonder uitkomst" in refused.text
    answer = send(client, csv_of(state="stopped", stopped_reason="=1+1"))
    assert '<span class="value">=1+1</span>' in client.get(answer.location).text


PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "{{7*7}}",
    "</td></table><iframe src=//example.com>",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_cell_or_a_name_holds_is_never_markup(client, payload):
    quoted = '"' + payload.replace('"', '""') + '"'
    answer = send(client, csv_of(company=quoted, stopped_reason=quoted), f"{payload}.csv")
    assert answer.status_code == 400
    assert payload not in answer.text or payload == "{{7*7}}"
    assert "49" not in re.findall(r'<span class="value">(.*?)</span>', answer.text)


def test_a_file_of_over_20_mb_is_refused_and_a_form_elsewhere_keeps_its_bound(client):
    answer = send(client, b"x" * (uploads.LARGEST + 100_000))
    assert answer.status_code == 413
    assert "groter dan 20 MB" in answer.text
    elsewhere = client.post("/onderzoek/trainen", data={"by": "x" * 70_000})
    assert elsewhere.status_code == 413


def test_a_form_of_another_site_is_refused(client, workspace):
    answer = client.post(
        ADDRESS,
        data={"file": (io.BytesIO(csv_of().encode()), "a.csv")},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 400
    assert stored(workspace) == []


# Training


def ask_for(client, *sources, id_=JOB, how="quick"):
    data = {"by": "Bram", "source": list(sources), "how": how, "job": id_}
    return client.post("/onderzoek/trainen", data=data)


@pytest.mark.usefixtures("warm_trainings")
def test_a_training_of_two_files_ends_with_a_version_and_leaves_no_outcomes(client, workspace):
    token = send(client, EXPERIMENT.read_bytes()).location.split("/")[-2]
    client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
    (upload,) = uploads.uploads(workspace)
    answer = ask_for(client, upload.digest, "repository-outcomes.csv")
    assert answer.status_code == 303
    assert "Stap 0 van 1" in client.get(answer.location).text
    job = wait(workspace)
    assert (job.state, job.verdict, job.step) == ("done", "cannot tell", 1)
    assert job.version in registry.versions(workspace.models)
    assert registry.current(workspace.models) != job.version
    page = client.get(answer.location).text
    assert "Dit model is niet beoordeeld" in page
    assert f"/onderzoek/versies/{job.version}/live" in page
    assert list((workspace.jobs / JOB).glob("trials*")) == []


@pytest.mark.usefixtures("warm_trainings")
def test_a_training_on_odd_outcomes_waits_until_somebody_says_that_they_are_right(
    client, workspace
):
    """Two files, each good by itself, that give one pseudonym two profiles."""
    for company in ({}, {"province": "friesland", "intervention": "bbl"}):
        token = send(client, csv_of(**company)).location.split("/")[-2]
        client.post(f"{ADDRESS}/{token}/bewaren", data={"by": "Bram"})
    keys = [upload.digest for upload in uploads.uploads(workspace)]
    location = ask_for(client, *keys).location
    job = wait(workspace)
    assert (job.state, job.version) == ("unconfirmed", None)
    page = client.get(location).text
    assert "Er is niets veranderd. In de gegevens is iets vreemds." in page
    assert "company: Op rij 2 en rij 3 heeft deze schuilnaam een ander profiel: province" in page
    form = re.search(r'<form class="panel".*?</form>', page, re.DOTALL).group(0)
    sent = dict(re.findall(r'name="(job|how)" value="([^"]*)"', form))
    sent |= {"source": re.findall(r'name="source" value="([^"]*)"', form)}
    sent |= {"by": "Bram", "accept_warnings": "ja"}
    assert set(sent["source"]) == set(keys)
    assert client.post("/onderzoek/trainen", data=sent).status_code == 303
    job = wait(workspace, sent["job"])
    assert (job.state, job.verdict) == ("done", "cannot tell")
    shown = client.get(f"/onderzoek/versies/{job.version}").text
    assert "een schuilnaam met twee profielen: rijen: 1-4" in shown


@pytest.mark.usefixtures("warm_trainings")
def test_another_training_waits_and_the_same_form_twice_is_one(client, workspace):
    with registry.writing(workspace.models):
        for _ in range(2):
            assert ask_for(client, "repository-outcomes.csv").status_code == 303
        other = ask_for(client, "repository-outcomes.csv", id_="f" * 32)
        assert other.status_code == 409
        assert "Er loopt al een training" in other.text
        job = wait(workspace)
    assert job.state == "busy"
    assert len(jobs.jobs(workspace)) == 1
    assert (
        "Niet gelukt: een andere training was bezig" in client.get(f"/onderzoek/trainen/{JOB}").text
    )


def test_a_training_is_stopped_with_all_its_processes(client, workspace):
    answer = ask_for(client, "repository-outcomes.csv", how="whole")
    pid = int((workspace.jobs / JOB / "pid").read_text())
    client.post(f"{answer.location}/stoppen")
    assert wait(workspace).state == "cancelled"
    with pytest.raises(ProcessLookupError):
        for _ in range(1000):
            os.killpg(pid, 0)
            time.sleep(0.05)
    assert "Er is niets veranderd." in client.get(answer.location).text
    assert len(registry.versions(workspace.models)) == 2


def test_a_training_that_was_killed_is_lost_and_the_next_one_starts(client, workspace, request):
    ask_for(client, "repository-outcomes.csv", how="whole")
    os.killpg(int((workspace.jobs / JOB / "pid").read_text()), signal.SIGKILL)
    assert wait(workspace).state == "lost"
    request.getfixturevalue("warm_trainings")
    assert ask_for(client, "repository-outcomes.csv", id_="e" * 32).status_code == 303
    assert wait(workspace, "e" * 32).state == "done"


def test_a_training_outlives_the_service_that_started_it(start_server, write_version, tmp_path):
    write_version(tmp_path / "models", 3)
    first = start_server(tmp_path)
    form = {"by": "Bram", "source": "repository-outcomes.csv", "how": "quick", "job": JOB}
    sent = Request(f"{first.url}/onderzoek/trainen", urlencode(form).encode(), first.opened)
    with urlopen(sent) as answer:
        assert JOB in answer.url
    first.stop(signal.SIGKILL)
    second = start_server(tmp_path)
    for _ in range(1800):
        asked = Request(f"{second.url}/onderzoek/trainen/{JOB}", headers=second.opened)
        with urlopen(asked) as answer:
            page = answer.read().decode()
        if "Bezig</h2>" not in page:
            break
        time.sleep(0.1)
    assert "Klaar</h2>" in page


def test_a_socket_takes_a_large_body_for_a_file_alone(server):
    body = b"x" * 3_000_000
    for path, code in (("/onderzoek/bestanden", 400), ("/onderzoek/trainen", 413)):
        headers = {"Content_Type": "text/plain"} | server.opened
        assert call(server, "POST", path, body, **headers)[0] == code


def test_without_a_source_nothing_starts(client, workspace):
    answer = ask_for(client)
    assert answer.status_code == 400
    assert "Kies minstens één bron." in answer.text
    assert jobs.jobs(workspace) == []


def test_a_job_nobody_started_does_not_exist(client):
    for id_ in ("0" * 32, "..", "x"):
        assert client.get(f"/onderzoek/trainen/{id_}").status_code == 404


# Decisions


def test_a_version_goes_live_once_with_name_and_reason(client, workspace):
    older, newer = registry.versions(workspace.models)
    address = f"/onderzoek/versies/{newer}/live"
    assert "voorbeeldbedrijven" in client.get(address).text
    assert client.post(address, data={"live": older, "by": "Bram"}).status_code == 400
    for _ in range(2):
        sent = client.post(address, data={"live": older, "by": "Bram", "reason": "Meer gegevens"})
        assert sent.status_code == 303
    assert [(d.by, d.version) for d in registry.ledger(workspace.models)] == [
        ("Anna", older),
        ("Bram", newer),
    ]
    # What answers follows at once.
    assert client.get("/api/v1/model").json["version"] == newer
    assert "Meer gegevens" in client.get("/onderzoek").text


def test_going_back_twice_with_one_form_goes_back_once(client, workspace):
    older, newer = registry.versions(workspace.models)
    registry.promote(workspace.models, newer, "Bram", "Meer gegevens")
    form = {"live": newer, "by": "Bram", "reason": "Toch niet"}
    for _ in range(2):
        assert client.post("/onderzoek/terug", data=form).status_code == 303
    assert registry.current(workspace.models) == older
    assert len(registry.ledger(workspace.models)) == 3


def test_going_back_twice_is_two_steps_and_forward_is_by_name(client, workspace, write_version):
    older, newer = registry.versions(workspace.models)
    newest = write_version(workspace.models, 12)
    for version in (newer, newest):
        registry.promote(workspace.models, version, "Bram", "Meer gegevens")
    for live in (newest, newer):
        form = {"live": live, "by": "Bram", "reason": "Toch niet"}
        assert client.post("/onderzoek/terug", data=form).status_code == 303
    assert registry.current(workspace.models) == older
    page = client.get("/onderzoek").text
    assert page.count("teruggedraaid naar") == 2
    form = {"live": older, "by": "Bram", "reason": "Weer vooruit"}
    assert client.post(f"/onderzoek/versies/{newest}/live", data=form).status_code == 303
    assert registry.current(workspace.models) == newest


def test_a_version_that_was_live_is_listed_however_old(client, workspace, monkeypatch):
    monkeypatch.setattr("service.research.versions.MOST_VERSIONS", 1)
    older, newer = registry.versions(workspace.models)
    page = client.get("/onderzoek").text
    assert f"/onderzoek/versies/{older}" in page and f"/onderzoek/versies/{newer}" in page


def test_who_decides_on_an_old_page_is_shown_the_new_one(client, workspace):
    older, newer = registry.versions(workspace.models)
    form = {"live": "20260101T000000Z-000000000000", "by": "Bram", "reason": "Meer gegevens"}
    answer = client.post(f"/onderzoek/versies/{newer}/live", data=form)
    assert answer.status_code == 409
    assert "Er is intussen een ander model live gezet." in answer.text
    assert registry.current(workspace.models) == older


def test_a_damaged_version_is_shown_and_cannot_go_live(client, workspace):
    older, newer = registry.versions(workspace.models)
    with (workspace.models / newer / "menu.toml").open("a") as file:
        file.write("\n")
    assert "Beschadigd" in client.get("/onderzoek").text
    assert "Dit model is beschadigd" in client.get(f"/onderzoek/versies/{newer}").text
    form = {"live": older, "by": "Bram", "reason": "Toch"}
    assert client.post(f"/onderzoek/versies/{newer}/live", data=form).status_code == 404
    assert registry.current(workspace.models) == older


def test_pages_of_a_version_come_from_its_manifest_alone(client, workspace, trained_folder):
    (workspace.models / trained_folder.name).symlink_to(trained_folder)
    version = f"/onderzoek/versies/{trained_folder.name}"
    answer = client.get(f"{version}/evaluation.nl.md")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    for name in ("evaluation.json", "model.json", "manifest.json", "report.nl.html", "..%2fledger"):
        assert client.get(f"{version}/{name}").status_code == 404


# Counts


@pytest.mark.parametrize(("n", "share"), [(10, 0.5), (6, None)], ids=["ten", "three of six"])
def test_conversations_are_counted_by_age_and_reason(client, app, ask, n, share):
    assert "Er zijn nog geen gesprekken genoteerd." in client.get("/onderzoek").text
    first = ask().json["ranking"][0]["intervention"]
    for number in range(n):
        body = {"profile": PROFILE, "own_pick": first if number < n // 2 else "evc"}
        made = client.post("/api/v1/conversations", json=body)
        choice = {"kind": "nothing_now", "intervention": None, "reason": "time"}
        client.put(f"{made.headers['Location']}/choice", json=choice)
        if number < n // 2:
            etag = client.get(made.headers["Location"]).headers["ETag"]
            told = client.put(
                f"{made.headers['Location']}/outcomes/{first}",
                json={"state": "started"},
                headers={"If-Match": etag},
            )
            assert told.status_code < 300, told.text
    with app.app_context(), current_database().reading() as connection:
        found = counts.count(connection)
    assert (found.followed[0].conversations, found.followed[0].share) == (n, share)
    assert found.reasons == {("nothing_now", "time"): n}
    assert (found.own_picks, found.same_first) == (n, share)
    page = client.get("/onderzoek").text
    assert "Doet nu niets: geen tijd" in page
    assert ("In 50 % van die keren" in page) == (share is not None)
    noted = "5" if n == 10 else "1-4"
    assert f">{noted} proeven die adviseurs noteerden" in client.get("/onderzoek/trainen").text


def test_the_map_says_which_approaches_have_no_row(client):
    whole = client.get("/onderzoek").text
    said = whole.split("Aanpakken die alleen bij een andere horen, hebben geen rij:")[1]
    named = re.findall(r">([^<]+)</a>", said.split("</p>")[0])
    assert named == [card.name.nl for card in read_menu(MENU) if card.enabler] != []
