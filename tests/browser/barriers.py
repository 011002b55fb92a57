"""What a machine can find wrong with a page for people who see, hear or move otherwise."""

from axe_playwright_python.sync_playwright import Axe

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.0 to 2.2, A and AA."""


def barriers(page):
    """Return what axe-core finds against the levels, each with its place."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response
    return [
        (each["id"], node["html"][:120], node["failureSummary"])
        for each in found["violations"]
        for node in each["nodes"]
    ]
