"""``python -m tests.benchmarks.sockets.apps KIND FOLDER``: what the service is measured against.

On the same server with the same settings. ``bare`` is the least that Flask can do: a view that
returns the bytes of an answer. ``forest`` and ``ridge`` are the usual app: a frame of the profile
beside every intervention and one scikit-learn pipeline, which ranks by a single number without
intervals, ties, reasons or conditions.
"""

import sys
from pathlib import Path

from flask import Flask, Response, jsonify, request

from service.server.http import address_of, listen, serve, server_on
from service.settings import Settings

PATH = "/api/v1/recommendations"


def bare(folder):
    told = (folder / "answer.json").read_bytes()
    app = Flask("bare")
    app.post(PATH)(lambda: Response(told, mimetype="application/json"))
    return app


def usual(kind):
    import pandas as pd

    from matcher.menu.card import read_menu
    from matcher.paths import MENU

    menu = read_menu(MENU)
    cards = pd.DataFrame(card_row(card) for card in menu)
    pipeline = fitted(kind, cards)
    app = Flask("usual")

    @app.post(PATH)
    def recommend():
        question = request.get_json()
        rows = cards.assign(**profile_row(question["profile"]))
        ranked = cards[["intervention"]].assign(gain=pipeline.predict(rows))
        best = ranked.sort_values("gain", ascending=False).head(question.get("limit", 5))
        return jsonify(ranking=best.to_dict("records"))

    return app


def card_row(card):
    return {
        "intervention": card.id,
        "place": card.place,
        "direction": card.direction,
        "evidence": card.evidence,
        "capacity": card.capacity,
        "hours": card.hours_off_job.min if card.hours_off_job else None,
    }


def profile_row(profile):
    """Return a company as columns: the first need, and numbers as numbers."""
    return {
        "employees": profile["employees"],
        "sector": profile["sector"],
        "first_need": profile["needs"][0],
        "pressure": profile["staffing_pressure"],
        "hr_function": profile.get("hr_function") or "unknown",
        "owner_support": profile.get("owner_support"),
        "culture_baseline": profile.get("culture_baseline"),
    }


def fitted(kind, cards):
    import pandas as pd
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from matcher.menu.card import read_menu
    from matcher.paths import MENU, TRIALS
    from matcher.trials.reader import read_trials

    frame = read_trials(TRIALS, read_menu(MENU)).frame
    frame = frame.assign(gain=frame["culture_after"] - frame["culture_before"])
    frame = frame[frame["gain"].notna() & frame["intervention"].isin(cards["intervention"])]
    companies = pd.DataFrame(profile_row(row) for row in profiles(frame))
    rows = cards.set_index("intervention").loc[frame["intervention"]].reset_index()
    X = pd.concat([rows, companies], axis=1)
    text = make_column_selector(dtype_exclude="number")
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), text),
        (numbers, make_column_selector(dtype_include="number")),
    )
    regressor = RandomForestRegressor(random_state=0) if kind == "forest" else Ridge()
    return make_pipeline(columns, regressor).fit(X, frame["gain"].to_numpy(float))


def profiles(frame):
    """Yield the company of each trial; what is not a number or a text is unknown."""
    for row in frame.to_dict("records"):
        known = {name: None if value != value else value for name, value in row.items()}
        yield known | {"sector": str(known["sector"]), "needs": list(known["needs"])}


def main(kind, folder):
    app = bare(Path(folder)) if kind == "bare" else usual(kind)
    settings = Settings(port=0)
    listening = listen(settings)
    print(address_of(listening), flush=True)
    serve(server_on(listening, app, settings))


if __name__ == "__main__":
    main(*sys.argv[1:])
