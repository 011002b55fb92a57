"""``python -m service.api FILE``: write the OpenAPI document of the code to a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from service import api
from service.api.document import make_application, openapi_document


def written_document() -> str:
    """Return the document as it is kept in the repository: no model or database is needed."""
    app = make_application("leermatch")
    api.init_app(app)
    return json.dumps(openapi_document(app), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(written_document(), encoding="utf-8")
