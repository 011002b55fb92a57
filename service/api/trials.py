"""The outcomes over the API, in exactly the form that retraining reads."""

from __future__ import annotations

from flask import Response

from service.api.conversations import CONVERSATIONS
from service.api.reading import answers, api_blueprint, with_tag
from service.caller import organisation
from service.store.current import current_database
from service.store.trials import trials_csv

bp = api_blueprint("trials", __name__, CONVERSATIONS)
CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}


@bp.get(
    "/trials",
    summary="Haal de uitkomsten op",
    description=(
        "Alle gemelde proeven van uw organisatie als CSV, in de vorm die het hertrainen leest. Er "
        "staan pseudoniemen in en geen namen."
    ),
    operation_id="exportTrials",
    responses=answers(200, CSV),
)
def trials() -> Response:
    """Tell every outcome as a row of a file of trials."""
    with current_database().reading() as connection:
        told = "".join(trials_csv(connection, organisation()))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="trials.csv"',
    }
    return with_tag(Response(told, headers=headers, mimetype="text/csv"))
