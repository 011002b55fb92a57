"""The three steps of a study as pages: from raw files to a file of outcomes, and nothing left."""

import io
import re
import shutil

import pytest

from matcher.study.example import FILES, write_example
from service.research import inspection, uploads
from service.research.workspace import current_workspace
from tests.conftest import step_here
from tests.matcher.study.test_steps import DECISIONS
from tests.service.pages.tab import Tab

pytestmark = pytest.mark.usefixtures("studied_here", "looked_into_here")

ADDRESS = "/onderzoek/studies"
ON_TO_WHO, ON_TO_OUTCOME = "Verder: wie is wie?", "Verder: dit komt eruit"
CLOSE = "Sluit af en haal de bestanden op"


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    write_example(folder, 1)
    return {name: (folder / name).read_bytes() for name in FILES.values()}


@pytest.fixture(scope="module")
def app(make_app, models):
    """Return an application of our own."""
    return make_app(models)


@pytest.fixture
def workspace(app):
    with app.app_context():
        place = current_workspace()
    for folder in (place.studies, place.uploads):
        shutil.rmtree(folder, ignore_errors=True)
    return place


def sent(files, **fields):
    content = [(io.BytesIO(content), name) for name, content in files.items()]
    return {"name": "Noord 2025", "by": "Bram", **fields, "files": content}


def start(client, files, **fields):
    return client.post(ADDRESS, data=sent(files, **fields), content_type="multipart/form-data")


def begun(client, files):
    """Return a tab on the first step of a study."""
    answer = start(client, files)
    assert answer.status_code == 303, answer.text
    return Tab(client, answer.location)


def folder_of(workspace):
    (folder,) = workspace.studies.iterdir()
    return folder


def asked(tab):
    """Return words that are asked -> how the form calls them."""
    found = re.findall(
        r'<fieldset class="dish[^>]*id="(d_\w+)".*?class="said">(.*?)<', tab.text, re.S
    )
    return {words: name for name, words in found}


def answered(tab):
    """Return the fields by which somebody who knows the study answers what is asked."""
    fields = {}
    for words, name in asked(tab).items():
        fields |= {name: "other", f"{name}_other": DECISIONS[words]}
    return fields


@pytest.fixture(scope="module")
def steps(app, raw, tmp_path_factory):
    """Return the address of each step of a study of the example, and its folder at that step."""
    with app.app_context():
        place = current_workspace().studies
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "study_step", step_here)
        tab = begun(app.test_client(), raw)
        found = {}

        def keep(name):
            copy = tmp_path_factory.mktemp(name) / "studies"
            shutil.copytree(place, copy)
            found[name] = tab.address, copy

        keep("first")
        tab.send(ON_TO_WHO, file2_item_5="idee")
        keep("second")
        tab.send(ON_TO_OUTCOME, **answered(tab), accept_warnings="ja")
        keep("third")
    return found


def at(name):
    """Return a fixture: a tab at that step."""

    @pytest.fixture
    def tab(steps, client, workspace):
        address, folder = steps[name]
        shutil.copytree(folder, workspace.studies)
        return Tab(client, address)

    return tab


first, second, third = at("first"), at("second"), at("third")


# From raw files to outcomes


def test_each_file_is_shown_with_why_and_what_was_left_out(first):
    assert first.text.count('class="dish"') == len(FILES) + 1
    assert "De naam &#39;voor-qualtrics&#39; zegt dat het de meting vooraf is." in first.text
    assert "niet afgemaakt: 3" in first.text
    assert "RecipientEmail" in first.text
    fields = first.form(ON_TO_WHO)[0].fields
    assert (fields["file0_role"], fields["file0_wave"]) == ("respondents", "before")
    assert (fields["file4_role"], fields["file5_role"]) == ("companies", "log")
    assert (fields["scale"], fields["min_items"], fields["reversed_4"]) == ("1-7", "4", "ja")


def test_what_nobody_could_guess_is_asked_before_the_next_step(first):
    first.send(ON_TO_WHO)
    assert first.status == 400
    assert 'href="#file2_item_5"' in first.text


def test_only_what_is_doubtful_is_asked_and_nothing_twice(second):
    assert set(asked(second)) == set(DECISIONS) - {"item6"}
    second.send(ON_TO_OUTCOME)
    assert second.status == 400
    one = asked(second)["Kunstof Noordpol"]
    second.send(ON_TO_OUTCOME, **{one: "NO-17"})
    assert "Kunstof Noordpol" not in asked(second)
    assert "NO-17 (Kunststof Noordpool B.V.)" in second.text
    second.send(ON_TO_OUTCOME, **answered(second), accept_warnings="ja")
    assert second.address.endswith("/uitkomst")


def test_what_comes_out_is_shown_and_handed_over_once_the_study_is_closed(third, workspace):
    assert third.address.endswith("/uitkomst")
    assert "25 proeven van 23 bedrijven" in third.text
    assert third.client.get(f"{third.address}/trials.csv").status_code == 404
    third.send(CLOSE)
    trials = third.client.get(f"{third.address}/trials.csv")
    assert len(trials.text.splitlines()) == 26
    assert trials.headers["Content-Disposition"] == 'attachment; filename="trials.csv"'
    assert "NO-" not in trials.text


def test_nothing_that_was_sent_is_kept_unless_somebody_says_so(third, workspace):
    third.send(CLOSE)
    names = {path.name for path in folder_of(workspace).rglob("*")}
    assert not names & {"files", "study.toml", "matched.json", "looked.json", *FILES.values()}
    text = b"".join(p.read_bytes() for p in folder_of(workspace).iterdir() if p.name != "keys.csv")
    assert b"Noordpool" not in text


def test_a_study_that_is_kept_takes_a_later_wave_without_asking_again(client, raw, workspace):
    first_wave = {n: raw[n] for k, n in FILES.items() if k not in ("spss", "limesurvey")}
    tab = begun(client, first_wave).send(ON_TO_WHO)
    known = set(asked(tab))
    tab.send(ON_TO_OUTCOME, **answered(tab), accept_warnings="ja").send(CLOSE, keep="ja")
    assert (folder_of(workspace) / "files" / FILES["qualtrics"]).exists()
    keys = (folder_of(workspace) / "keys.csv").read_bytes()
    tab.go(tab.address.removesuffix("/uitkomst"))
    more = {n: raw[n] for n in raw if n not in first_wave}
    answer = client.post(f"{tab.address}/bestanden", data=sent(more))
    assert answer.status_code == 303
    tab.go(answer.location).send(ON_TO_WHO, file4_item_5="idee")
    assert not known & set(asked(tab))
    tab.send(ON_TO_OUTCOME, **answered(tab))
    assert "25 proeven van 23 bedrijven" in tab.text
    assert (folder_of(workspace) / "keys.csv").read_bytes() == keys


def test_the_key_file_is_given_once_and_is_then_gone(third, workspace):
    third.send(CLOSE)
    place = third.address.replace("/uitkomst", "/sleutel")
    keys = third.client.post(place)
    assert "VERTROUWELIJK" in keys.text and "NO-17" in keys.text
    assert not (folder_of(workspace) / "keys.csv").exists()
    again = third.client.post(place)
    assert again.status_code == 409
    assert "NO-17" not in again.text


def test_the_trials_go_on_to_the_files_of_outcomes(third, workspace):
    third.send(CLOSE).send("Bewaar als bestand met uitkomsten")
    # They are looked into as any file is, and kept only after that.
    assert "Noord 2025.csv" in third.text
    assert uploads.uploads(workspace) == []
