"""What is told of a company stands in no log, no metric and no address."""

import json

import requests

from tests.service.conftest import PROFILE

TELLING = {"employees": 47113, "province": "friesland", "culture_baseline": 3.7193}
SECRETS = ("47113", "friesland", "3.7193", "geheim-bedrijf", "geheime-tafel", "geheime-reden")
BY_CHANCE = {"time", "request", "ms", "version", "before"}


def test_nothing_that_is_told_reaches_a_log_a_metric_or_an_address(start_server, tmp_path):
    server = start_server(tmp_path)
    addresses = []

    def call(method, place, body=None, **how):
        how["headers"] = server.opened | how.get("headers", {})
        answer = requests.request(
            method, server.url + place, json=body, timeout=60, allow_redirects=False, **how
        )
        addresses.extend(answer.headers.get(name, "") for name in ("Location", "Link"))
        return answer

    profile = PROFILE | TELLING
    for body in ({"profile": profile}, {"profile": profile | {"geheim-bedrijf": 47113}}):
        call("POST", "/api/v1/recommendations", body)
        call("POST", "/api/v1/conversations", body | {"company": "geheim-bedrijf"})
        batch = [{"id": "geheim-bedrijf", **body}]
        call("POST", "/api/v1/recommendation-batches", {"profiles": batch})
    named = {"company": "geheim-bedrijf", "table": "geheime-tafel"}
    made = call("POST", "/api/v1/conversations", {"profile": profile} | named)
    assert made.status_code == 201
    place = made.headers["Location"]
    told = {"state": "stopped", "stopped_reason": "geheime-reden", "cost_eur": 47113}
    assert call("PUT", f"{place}/outcomes/leermeester", told).status_code == 200
    tag = {"If-Match": made.headers["ETag"]}
    call("PUT", f"{place}/choice", {"kind": "chosen", "intervention": "geheime-tafel"}, headers=tag)
    for page in ("/api/v1/trials", "/api/v1/conversations?limit=1", place):
        assert call("GET", page).status_code == 200
    # The pages keep what they are told on the device, in the session and never in the address.
    for page in ("/", "/advies", "/widget"):
        form = {name: str(value) for name, value in profile.items()} | named
        requests_form = {"data": form, "headers": {"Sec-Fetch-Site": "same-origin"}}
        call("POST", page, **requests_form)
    metrics = call("GET", "/metrics")
    assert metrics.status_code == 200
    server.wait_for_log(len(addresses) // 2)  # two a request
    lines = [json.loads(line) for line in list(server.log)]
    assert len(lines) > 10
    kept = [{k: v for k, v in line.items() if k not in BY_CHANCE} for line in lines]
    for secret in SECRETS:
        assert secret not in str(kept)
        assert secret not in "".join(line for line in metrics.text.splitlines() if "{" in line)
        assert secret not in " ".join(addresses)
