"""Signing in with a real OpenID provider, which runs in a process of its own."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from service import create_app
from service.settings import BadSettings, Settings, refuse_unsafe

SECRET = "a-secret-of-the-provider"


@pytest.fixture(scope="module")
def issuer():
    """Return the address of a provider; what it says on stderr shows when it does not start."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).parents[1] / "openid_provider.py", "0", SECRET],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def make_client(models, tmp_path_factory):
    """Return a function that starts an application that signs people in with a provider."""

    def make(issuer, **settings):
        folder = tmp_path_factory.mktemp("oidc")
        named = {
            "auth": "oidc",
            "oidc_issuer": issuer,
            "oidc_client": "leermatch",
            "oidc_secret": SECRET,
        } | settings
        return create_app(Settings(models=models, instance=folder, **named)).test_client()

    return make


@pytest.fixture
def client(make_client, issuer):
    return make_client(issuer)


def sent_to(client):
    """Begin at the page of signing in; return where the browser is sent."""
    answer = client.get("/aanmelden/organisatie")
    assert answer.status_code == 302
    return answer.headers["Location"]


def vouched(address, user):
    """Sign in at the provider; return the path and query with which it sends the browser back."""
    answer = requests.post(address, data={"user": user}, allow_redirects=False, timeout=60)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["Location"])
    assert (back.netloc, back.path) == ("localhost", "/aanmelden/terug")
    return f"{back.path}?{back.query}"


def changed(address, **parameters):
    """Return an address with other parameters."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return parts._replace(query=urlencode(query)).geturl()


def test_who_is_not_signed_in_goes_to_the_provider_and_comes_back_where_they_were(client):
    away = client.get("/advies")
    assert away.headers["Location"] == "/aanmelden?next=/advies"
    page = client.get(away.headers["Location"])
    assert 'href="/aanmelden/organisatie?next=/advies"' in page.text
    assert 'type="password"' not in page.text
    back = client.get(vouched(sent_to(client), "anna"))
    assert (back.status_code, back.headers["Location"]) == (303, "/advies")
    page = client.get("/advies")
    assert page.status_code == 200
    assert "Ynbusiness · anna" in page.text


def test_a_form_that_came_too_late_is_there_after_the_provider(client):
    client.get(vouched(sent_to(client), "anna"))
    with client.session_transaction() as session:
        session["signed_in"] = "0" * 32
    way = client.post("/advies", data={"employees": "38"}).location
    assert way.startswith("/aanmelden?next=/verder/")
    go_on = re.search(r'href="(/aanmelden/organisatie[^"]*)"', client.get(way).text)[1]
    back = client.get(vouched(client.get(go_on).location, "anna"))
    assert back.location == way.partition("next=")[2]
    assert 'name="employees" value="38"' in client.get(back.location).text


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(client):
    query = parse_qs(urlsplit(sent_to(client)).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["scope"] == ["openid profile email"]
    assert all(len(query[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_a_role_may_stand_in_a_list(client):
    client.get(vouched(sent_to(client), "bea"))
    assert "Ynbusiness · bea" in client.get("/").text


@pytest.mark.parametrize("user", ["roleless", "homeless", "stranger", "doubtful"])
def test_somebody_without_one_role_and_an_organisation_is_refused_in_words(client, user):
    answer = client.get(vouched(sent_to(client), user))
    assert answer.status_code == 403
    assert "U hebt nog geen toegang" in answer.text
    assert client.get("/").status_code == 303


def test_the_claims_may_have_other_names(make_client, issuer):
    client = make_client(issuer, oidc_organisation_claim="preferred_username")
    client.get(vouched(sent_to(client), "homeless"))
    assert "homeless · homeless" in client.get("/").text


def test_an_answer_to_somebody_else_s_question_is_refused(client, make_client, issuer):
    back = vouched(sent_to(client), "anna")
    other = make_client(issuer)
    assert other.get(back).status_code == 400
    assert other.get("/").status_code == 303


def test_an_answer_counts_once(client):
    back = vouched(sent_to(client), "anna")
    client.get(back)
    client.post("/afmelden")
    assert client.get(back).status_code == 400
    assert client.get("/").status_code == 303


TAMPERED = {
    "another state": lambda address: (address, {"state": "made-up"}),
    "another code": lambda address: (address, {"code": "made-up"}),
    "another nonce": lambda address: (changed(address, nonce="made-up" * 4), {}),
    "another challenge": lambda address: (changed(address, code_challenge="x" * 43), {}),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_what_was_tampered_with_signs_nobody_in(client, tamper):
    address, answer = tamper(sent_to(client))
    back = client.get(changed(vouched(address, "anna"), **answer))
    assert back.status_code == 400
    assert "Begin opnieuw" in back.text
    assert client.get("/").status_code == 303


def test_a_wrong_secret_signs_nobody_in(make_client, issuer):
    client = make_client(issuer, oidc_secret="another")
    assert client.get(vouched(sent_to(client), "anna")).status_code == 400


def test_who_does_not_finish_at_the_provider_is_not_signed_in(client):
    sent_to(client)
    answer = client.get("/aanmelden/terug?error=access_denied&state=x")
    assert answer.status_code == 400
    assert client.get("/").status_code == 303


def test_a_provider_that_does_not_answer_is_a_503_and_no_fault(make_client):
    answer = make_client("http://127.0.0.1:9").get("/aanmelden/organisatie")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "antwoordt nu niet" in answer.text


def test_a_provider_that_calls_itself_otherwise_is_not_believed(make_client, issuer):
    client = make_client(issuer.replace("127.0.0.1", "localhost"))
    assert client.get("/aanmelden/organisatie").status_code == 503


def test_signing_in_ends_the_session_of_before(client):
    client.get(vouched(sent_to(client), "anna"))
    before = client.get_cookie("session").value
    client.get(vouched(sent_to(client), "bea"))
    assert client.get_cookie("session").value != before
    assert "bea" in client.get("/").text


def test_passwords_do_not_sign_in_where_a_provider_does(client):
    assert client.post("/aanmelden", data={"name": "x", "password": "y"}).status_code == 404
    assert client.get("/wachtwoord").status_code == 303


ISSUERS = ["", "login.example.org", "http://login.example.org", "https://", "https://x.nl/?a=b"]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_an_issuer_that_others_could_pose_as_is_refused(issuer):
    with pytest.raises(BadSettings) as refusal:
        refuse_unsafe(Settings(auth="oidc", oidc_issuer=issuer, oidc_client="x", oidc_secret="y"))
    assert [fault.where for fault in refusal.value.faults] == ["LEERMATCH_OIDC_ISSUER"]


def test_all_that_a_provider_needs_is_asked_at_once():
    with pytest.raises(BadSettings) as refusal:
        refuse_unsafe(Settings(auth="oidc"))
    assert {fault.where for fault in refusal.value.faults} == {
        "LEERMATCH_OIDC_ISSUER",
        "LEERMATCH_OIDC_CLIENT",
        "LEERMATCH_OIDC_SECRET",
    }
