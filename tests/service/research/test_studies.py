"""The three steps of a study as pages: from raw files to a file of outcomes, and nothing left."""

import io
import os
import re
import shutil
import time

import pytest
from sqlalchemy import select

from matcher.study.example import FILES, write_example
from service.research import inspection, studies, uploads
from service.research.workspace import current_workspace
from service.store.current import current_database
from service.store.tables import audit
from tests.conftest import step_here
from tests.matcher.study.test_steps import DECISIONS
from tests.service.pages.tab import Tab

pytestmark = pytest.mark.usefixtures("studied_here", "looked_into_here")

ADDRESS = "/onderzoek/studies"
ON_TO_WHO, ON_TO_OUTCOME = "Verder: wie is wie?", "Verder: dit komt eruit"
STEP_APART = inspection.study_step
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
    return {"name": "Oost 2024", "by": "Bram", **fields, "files": content}


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
    tab.send(ON_TO_OUTCOME, **answered(tab), accept_warnings="ja")
    tab.send("Maak de bestanden", accept_warnings="ja").send(CLOSE, keep="ja")
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
    assert "Oost 2024.csv" in third.text
    assert uploads.uploads(workspace) == []
    third.send("Bewaar dit bestand", by="Bram", accept_warnings="ja")
    (kept,) = uploads.uploads(workspace)
    assert (kept.name, kept.trials, kept.companies) == ("Oost 2024.csv", 25, 23)


# Whose it is, and for how long


def test_a_study_of_another_organisation_is_not_there(third, workspace):
    path = folder_of(workspace) / "study.json"
    path.write_text(path.read_text().replace('"local"', '"elsewhere"'))
    place = third.address.removesuffix("/uitkomst")
    shown = [place, f"{place}/wie", f"{place}/uitkomst", f"{place}/uitkomst/trials.csv"]
    assert [third.client.get(each).status_code for each in shown] == [404] * 4
    sent_to = [place, *(f"{place}/{n}" for n in ("wie", "afsluiten", "sleutel", "bewaren", "weg"))]
    assert [third.client.post(each).status_code for each in sent_to] == [404] * 6
    assert "Oost 2024" not in third.client.get(ADDRESS).text
    assert path.exists()


def test_a_study_that_nobody_touches_is_erased_unless_it_is_kept(third, workspace):
    path = folder_of(workspace) / "study.json"
    old = time.time() - 86_400 * (studies.KEPT_DAYS + 1)
    third.send(CLOSE, keep="ja")
    os.utime(path, (old, old))
    assert "Oost 2024" in third.client.get(ADDRESS).text
    path.write_text(path.read_text().replace('"kept"', '"open"'))
    os.utime(path, (old, old))
    assert "Oost 2024" not in third.client.get(ADDRESS).text
    assert list(workspace.studies.iterdir()) == []


def test_somebody_can_throw_a_study_away(first, workspace):
    first.send("Ja, wis alles")
    assert "Er is nog geen studie." in first.text
    assert list(workspace.studies.iterdir()) == []


def test_the_audit_trail_tells_what_was_done_and_no_content(app, third, workspace):
    third.send(CLOSE)
    third.client.post(third.address.replace("/uitkomst", "/sleutel"))
    third.send("Ja, wis alles")
    with app.app_context(), current_database().reading() as connection:
        rows = connection.execute(select(audit.c.action, audit.c.subject)).all()
    token = third.client and rows[-1].subject
    done = [row.action for row in rows if row.subject == token]
    assert done[-3:] == ["study.close-and-erase", "study.keys", "study.erase"]
    assert done[0] == "study.start"


def test_no_row_or_name_gets_into_the_log(client, raw, workspace, capsys):
    begun(client, raw).send(ON_TO_WHO, file2_item_5="idee")
    told = "".join(capsys.readouterr())
    assert "/onderzoek/studies" in told
    assert not re.search(r"Noordpol|NO-\d\d|voor-qualtrics", told)


# Two tabs


def test_who_changes_what_another_changed_is_told_and_loses_nothing(first, workspace):
    other = Tab(first.client, first.address)
    other.send("Bewaar en blijf hier", min_items="5")
    first.send("Bewaar en blijf hier", instrument="Leerklimaat")
    assert first.status == 409
    assert 'value="Leerklimaat"' in first.text
    assert 'name = "Leerklimaat"' not in (folder_of(workspace) / "study.toml").read_text()
    first.send("Bewaar en blijf hier", min_items="5")
    assert 'name = "Leerklimaat"' in (folder_of(workspace) / "study.toml").read_text()


def test_a_form_that_is_sent_twice_is_no_quarrel(first):
    form, _ = first.form("Bewaar en blijf hier")
    fields = form.fields.to_dict(flat=False) | {"min_items": ["6"]}
    answers = [first.client.post(first.address, data=fields).status_code for _ in range(2)]
    assert answers == [303, 303]


def test_a_company_that_another_tab_decided_otherwise_is_told(second):
    other = Tab(second.client, second.address)
    one = asked(second)["Kunstof Noordpol"]
    other.send(ON_TO_OUTCOME, **{one: "NO-17"})
    second.send(ON_TO_OUTCOME, **{one: "-"})
    assert second.status == 409
    assert "NO-17 (Kunststof Noordpool B.V.)" in second.text


def test_what_was_chosen_can_be_asked_again(third):
    tab = third.go(third.address.replace("/uitkomst", "/wie"))
    name = re.search(r'name="(d_\w+_again)"[^>]*><span>[^<]*<strong>Kunstof', tab.text)[1]
    tab.send(ON_TO_OUTCOME, **{name: "ja"})
    assert set(asked(tab)) == {"Kunstof Noordpol"}


# What is wrong, all at once, and nothing half-kept


def test_what_is_missing_is_told_at_once(client, workspace):
    answer = client.post(ADDRESS, data={"name": " ", "by": ""})
    assert answer.status_code == 400
    for said in (
        "Geef de studie een naam.",
        "Kies eerst een of meer bestanden.",
        "Vul uw naam in.",
    ):
        assert said in answer.text
    assert not workspace.studies.exists()


def test_a_kind_of_file_that_is_not_read_is_named(client, raw, workspace):
    answer = start(client, {"plan.pdf": b"%PDF", "foto.png": b"x", **raw})
    assert answer.status_code == 400
    assert "plan.pdf, foto.png" in answer.text
    assert not workspace.studies.exists()


def test_files_that_cannot_be_read_are_all_told_and_nothing_is_kept(client, raw, workspace):
    cut = b"\n".join(raw[FILES["qualtrics"]].split(b"\n")[:2])
    bad = {"leeg.csv": b"", "stuk.sav": b"no file of SPSS", "gesneden.csv": cut}
    answer = start(client, bad | {FILES["log"]: raw[FILES["log"]]})
    assert answer.status_code == 400
    for name in bad:
        assert f"<p>{name}" in answer.text
    assert 'value="Oost 2024"' in answer.text
    assert list(workspace.studies.iterdir()) == []


def test_a_file_that_is_added_with_a_fault_leaves_the_study_as_it_was(first, workspace):
    folder = folder_of(workspace)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    answer = first.client.post(f"{first.address}/bestanden", data=sent({"leeg.csv": b""}))
    assert answer.status_code == 400
    assert "leeg.csv" in answer.text
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert before == after


def test_the_same_file_is_taken_once_also_under_another_name(first, raw, workspace):
    more = {"kopie.csv": raw[FILES["qualtrics"]]}
    assert first.client.post(f"{first.address}/bestanden", data=sent(more)).status_code == 303
    assert len(list((folder_of(workspace) / "files").iterdir())) == len(FILES)


def test_a_name_never_becomes_a_path(client, raw, workspace):
    answer = start(client, {"../../etc/<b>logboek.xlsx": raw[FILES["log"]]})
    assert answer.status_code == 303
    names = [path.name for path in (folder_of(workspace) / "files").iterdir()]
    assert names == ["-b-logboek.xlsx".lstrip("-")]


def test_without_a_list_of_companies_the_way_out_is_told(client, raw, workspace):
    tab = begun(client, {FILES["qualtrics"]: raw[FILES["qualtrics"]]}).send(ON_TO_WHO)
    assert "Er is geen bedrijvenlijst. Voeg er in stap 1 een toe" in tab.text
    tab.go(tab.address.replace("/wie", "/uitkomst"))
    assert "Er is geen bedrijvenlijst." in tab.text
    assert CLOSE not in tab.text


def test_every_choice_that_breaks_a_rule_is_told_at_its_field(first, workspace):
    before = (folder_of(workspace) / "study.toml").read_bytes()
    wrong = {"scale": "hoog", "min_items": "99", "file0_wave": "later", "file4_head_1": "code"}
    first.send("Bewaar en blijf hier", **wrong)
    assert first.status == 400
    for name in ("scale", "min_items", "file0_later", "file4_head_1"):
        assert f'href="#{name}"' in first.text
    assert 'value="hoog"' in first.text
    assert (folder_of(workspace) / "study.toml").read_bytes() == before


def test_a_file_may_be_something_else_than_was_guessed(first, workspace):
    first.send("Bewaar en blijf hier", file5_role="other")
    assert first.form(ON_TO_WHO)[0].fields["file5_role"] == "other"
    first.send("Bewaar en blijf hier", file5_role="log")
    fields = first.form(ON_TO_WHO)[0].fields
    assert fields["file5_role"] == "log"
    assert "intervention" in [fields[name] for name in fields if name.startswith("file5_head")]
    first.send("Bewaar en blijf hier", file5_role="respondents")
    assert first.status == 400
    assert "zien we geen vragen op een schaal" in first.text


def test_a_company_that_is_not_in_the_list_is_refused_and_the_rest_is_kept(second):
    fields = answered(second)
    one = asked(second)["Het Broodatelier"]
    second.send(ON_TO_OUTCOME, **fields | {f"{one}_other": "NO-99"}, accept_warnings="ja")
    assert second.status == 400
    assert "NO-99" in second.text
    assert set(asked(second)) == {"Het Broodatelier"}


def test_warnings_wait_for_a_tick(second):
    second.send(ON_TO_OUTCOME, **answered(second))
    assert second.status == 400
    assert "Kijk de waarschuwingen na." in second.text


def test_what_is_odd_in_what_comes_out_waits_for_a_tick_too(client, raw, workspace):
    one_wave = {n: raw[n] for k, n in FILES.items() if k not in ("spss", "limesurvey")}
    tab = begun(client, one_wave).send(ON_TO_WHO)
    tab.send(ON_TO_OUTCOME, **answered(tab), accept_warnings="ja")
    assert "Er is maar één meting" in tab.text
    tab.send("Maak de bestanden")
    assert tab.status == 400
    tab.send("Maak de bestanden", accept_warnings="ja")
    assert CLOSE in tab.text


IN_ENGLISH = {"first": "How we read it", "second": "Who is who?", "third": "This comes out"}


@pytest.mark.parametrize(("step", "heading"), IN_ENGLISH.items(), ids=IN_ENGLISH.keys())
def test_each_step_reads_in_english_and_keeps_what_was_filled_in(step, heading, request):
    tab = request.getfixturevalue(step)
    typed = {"first": {"instrument": "Klimaat"}, "third": {"keep": "ja"}}.get(step, {})
    tab.send("English", **typed)
    assert f"<h1>{heading}</h1>" in tab.text
    form, _ = tab.form({"first": "Next: who is who?"}.get(step, "Yes, erase everything"))
    assert step != "first" or form.fields["instrument"] == "Klimaat"
    assert step != "third" or re.search(r'name="keep" value="ja" checked', tab.text)


def test_files_are_read_by_a_process_of_their_own(client, monkeypatch, workspace):
    monkeypatch.setattr(inspection, "study_step", STEP_APART)
    answer = start(client, {"leeg.csv": b""})
    assert answer.status_code == 400
    assert "<p>leeg.csv" in answer.text


def test_a_file_that_takes_too_much_is_refused(client, monkeypatch, workspace):
    def too_heavy(*_):
        raise inspection.TooHeavy

    monkeypatch.setattr(inspection, "study_step", too_heavy)
    answer = start(client, {"groot.csv": b"a,b\n1,2\n"})
    assert answer.status_code == 400
    assert "kosten te veel geheugen of tijd" in answer.text
    assert list(workspace.studies.iterdir()) == []


def test_more_than_20_mb_is_refused(client, workspace):
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="groot.csv"\r\n\r\n'
    body = head + b"x" * (uploads.LARGEST + 100_000) + b"\r\n--x--\r\n"
    answer = client.post(ADDRESS, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "samen groter dan 20 MB" in answer.text
    assert not workspace.studies.exists()
