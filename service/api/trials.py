"""The outcomes over the API, in exactly the form that retraining reads."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint

from service.access import organisation
from service.api.conversations import CONVERSATIONS
from service.api.document import BASE_PATH, PROBLEM
from service.store.current import current_database
from service.store.trials import trials_csv

bp = APIBlueprint(
    "trials",
    __name__,
    url_prefix=BASE_PATH,
    abp_responses={405: PROBLEM, 500: PROBLEM, 503: PROBLEM},
)


@bp.get(
    "/trials",
    summary="Haal de uitkomsten op",
    description=(
        "Alle gemelde proeven van uw organisatie als CSV, in de vorm die het hertrainen leest. Er "
        "staan pseudoniemen in en geen namen."
    ),
    operation_id="exportTrials",
    tags=[CONVERSATIONS],
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
def trials() -> Response:
    """Tell every outcome as a row of a file of trials."""
    with current_database().reading() as connection:
        told = "".join(trials_csv(connection, organisation()))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="trials.csv"',
    }
    return Response(told, headers=headers, mimetype="text/csv")
