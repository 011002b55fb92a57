"""One version: what stands behind it, and its pages as they were saved."""

from __future__ import annotations

from flask import Response, abort

from matcher.model import registry
from service.pages.research import words
from service.pages.research.blueprint import bp
from service.pages.shared.guards import render
from service.pages.shared.language import page_language
from service.research import versions as store
from service.research.workspace import current_workspace

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""A report carries its style and drawings in itself, and neither script nor address."""


@bp.get("/versies/<version>")
def version(version: str) -> str:
    """Show what stands behind a version."""
    workspace, language = current_workspace(), page_language()
    found = store.find(workspace, version) or abort(404)
    return render(
        "research/version.html",
        version=found,
        current=registry.current(workspace.models),
        why=words.why(found.why, language),
        decisions=[d for d in reversed(registry.ledger(workspace.models)) if d.version == version],
    )


@bp.get("/versies/<version>/<name>")
def version_page(version: str, name: str) -> Response:
    """Give a page of a version as it was saved."""
    content = store.page(current_workspace(), version, name)
    if content is None:
        abort(404)
    headers = {"Content-Security-Policy": REPORT_POLICY}
    return Response(content, content_type=f"{store.PAGES[name]}; charset=utf-8", headers=headers)
