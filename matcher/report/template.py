"""Templates of pages that stand alone, and how they show the parts of a report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from matcher.report.parts import Plot, Table


def render(name: str, **values: object) -> str:
    """Return the text that a template makes of values."""
    return _template(name).render(**values, kind=_kind)


def _kind(part: object) -> str:
    """Return how the template shows a part."""
    kinds: Mapping[type, str] = {str: "text", list: "list", Table: "table", Plot: "plot"}
    return kinds[type(part)]


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("matcher"),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
