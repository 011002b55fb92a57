"""A page about what the model that answers says: its banner tells where that comes from."""

from __future__ import annotations

from flask import render_template

from service.live.current import current_engine


def render(template: str, **values: object) -> str:
    """Return a page with what the version that answers says of itself as ``info``."""
    return render_template(template, info=current_engine().info, **values)
