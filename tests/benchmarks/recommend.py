"""POST /recommendations in process, on 256 different profiles, beside a bare Flask view.

Calls the WSGI application itself: no network and no test client. Every profile is asked once
per round and rounds of the two applications take turns, so that a busy machine slows both.
"""

import contextlib
import io
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import orjson
from flask import Flask, Response

from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.menu.card import read_menu
from matcher.model.artefact import Provenance, save
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.profile.schema import PROFILE_FIELDS, REQUIRED_FIELDS, read_question
from matcher.ranking.alternatives import possible_answers
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from matcher.vocabulary import NEEDS, PRESSURES, SECTORS
from service import create_app
from service.answering.answers import answer
from service.live.current import current_served
from service.settings import Settings

PROFILES = 256
ROUNDS = 12
ASKED = 300
"""Microseconds for a ranking of 26 cards with intervals, ties, p_top3 and five cards' reasons."""
PATH = "/api/v1/recommendations"


def questions(seed=1):
    """Return different questions as bytes: a third of the optional fields is unknown."""
    rng = random.Random(seed)
    optional = [name for name in PROFILE_FIELDS if name not in REQUIRED_FIELDS]
    for _ in range(PROFILES):
        scheme = rng.choice(list(SECTORS))
        profile = {
            "employees": rng.randint(2, 249),
            "sector": rng.choice(list(SECTORS[scheme])),
            "sbi_version": scheme,
            "needs": rng.sample(NEEDS, rng.randint(1, 4)),
            "staffing_pressure": rng.choice(PRESSURES),
        }
        known = {n: rng.choice(possible_answers(n)) for n in optional if rng.random() < 2 / 3}
        yield orjson.dumps({"profile": profile | known})


def call(app, body):
    """Ask a WSGI application once and return the body of its answer."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    statuses = []
    pieces = app(environ, lambda status, headers, info=None: statuses.append(status))
    told = b"".join(pieces)
    assert statuses == ["200 OK"], (statuses, told)
    return told


def bare_app(told):
    """Return the least Flask can do: a view that returns bytes of the same length."""
    app = Flask("bare")
    app.post(PATH)(lambda: Response(told, mimetype="application/json"))
    return app


def timed(ask, each):
    times = []
    for one in each:
        start = perf_counter()
        ask(one)
        times.append(perf_counter() - start)
    return times


def trained_models(folder):
    menu = read_menu(MENU)
    evidence = gather(read_trials(TRIALS, menu).frame, menu)
    model, _ = fit(evidence, Setup(menu, read_expert(EXPERT)))
    created = "2026-01-01T00:00:00+00:00"
    save(model, Provenance(created, "", "", "", "", 0, {}, "cannot tell"), folder)
    return folder


def loop():
    """Return the median seconds of an empty loop: how fast the machine is now, to compare runs."""
    return statistics.median(timed(lambda _: [0 for _ in range(1000)], range(500)))


def show(name, times):
    ordered = sorted(times)
    median, late = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
    print(f"  {name:<28} median {median * 1e3:6.3f} ms   p95 {late * 1e3:6.3f} ms")
    return median


def measure(folder):
    app = create_app(Settings(models=trained_models(folder / "m"), instance=folder / "i"))
    bodies = list(questions())
    bare = bare_app(call(app, bodies[0]))
    with app.app_context():
        served = current_served()
    asked = [read_question(orjson.loads(body)) for body in bodies]
    parts = {
        "complete": (lambda body: call(app, body), bodies),
        "bare view": (lambda body: call(bare, body), bodies),
        "of which ranking": (
            lambda q: served.engine.rank(q.profile, q.constraints, explain=q.limit),
            asked,
        ),
        "ranking and wording": (lambda q: answer(q, served, "nl"), asked),
    }
    times = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for name, (ask, each) in parts.items():
            times[name] += timed(ask, each)
    return times


def main():
    # Log lines are written, as in service, but to nowhere.
    with (
        tempfile.TemporaryDirectory() as folder,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stderr(nowhere),
    ):
        times = measure(Path(folder))
    medians = {name: show(name, each) for name, each in times.items()}
    ratio = medians["bare view"] / medians["complete"]
    told = medians["of which ranking"] * 1e6
    print(f"  ranking {told:.0f} microseconds, asked: under {ASKED} (one core, one BLAS thread)")
    print(f"  machine: a loop of 1000 steps takes {loop() * 1e6:.1f} microseconds")
    print(f"  throughput {ratio:.3f} of the bare view, over {PROFILES} profiles x {ROUNDS}")


if __name__ == "__main__":
    main()
