"""A drawing of matplotlib as SVG that can stand in a page: small, self-contained, always the same.

Text stays text. No date, no address of another host, no name that two drawings on a page share.
Importing matplotlib takes over a second: only training imports this module.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

INK, SOFT, LINE = "#1f1a1d", "#5a5156", "#d5ccd0"
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#6e6e6e"
"""Blue and vermilion of Okabe and Ito (2008): told apart by every kind of colour vision."""

STYLE: Mapping[Any, Any] = {
    # It ships with matplotlib, so that a drawing has the same measures on every machine; it is
    # wide, so that the font of the page, which replaces it, fits.
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "leermatch",
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "axes.unicode_minus": True,
    "path.simplify": False,
}

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_OPENING = re.compile(r"<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)
_SCRAPS = re.compile(r"<!--.*?-->|^\s+", re.DOTALL | re.MULTILINE)


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches; to be used under ``STYLE``."""
    return Figure(figsize=(width, height), layout="constrained")


def as_svg(drawing: Figure, name: str, title: str, description: str) -> str:
    """Return a figure as an ``<svg>`` element that says what it shows.

    Parameters
    ----------
    drawing : Figure
        The figure.
    name : str
        Prefix of every id in it, unique on the page.
    title, description : str
        What a screen reader says.
    """
    buffer = io.StringIO()
    with mpl.rc_context(dict(STYLE)):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        # Once: to save a figure that has yet to be laid out, all of it is drawn twice.
        engine = drawing.get_layout_engine()
        if engine is not None:
            engine.execute(drawing)
            drawing.set_layout_engine("none")
        drawing.savefig(buffer, format="svg", metadata=nothing)
    text = _METADATA.sub("", _HEAD.sub("", buffer.getvalue()))
    text = _SCRAPS.sub("", text).replace("xlink:href", "href")
    text = _numbered(text, name)
    view = _OPENING.search(text)
    assert view is not None  # matplotlib always writes one
    opening = (
        f'<svg role="img" viewBox="{view[1]}" style="min-width:{_width(view[1])}px" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    return text[: view.start()] + opening + text[view.end() :].strip()


def _numbered(text: str, name: str) -> str:
    """Return the drawing with ids of its own on the page, counted in their order.

    matplotlib hashes places that its layout finds to the last bit only, and not always the same.
    """
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', text))
    number = {old: f"{name}-{place}" for place, old in enumerate(ids)}
    return re.sub(
        r'(\bid="|url\(#|href="#)([^")]+)', lambda found: found[1] + number[found[2]], text
    )


def _width(view: str) -> int:
    """Return the least width in pixels: below it, letters are under 12 pixels."""
    return round(1.25 * float(view.split()[2]))
